"""Pages with forms, filled in and sent as a browser does it."""

from html.parser import HTMLParser
from typing import Any

from django.test import Client


class Fields(HTMLParser):
    """What a browser would send of a page's form that nobody touched; of several forms, of the one with most fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[list[tuple[str, str]]] = [[]]
        self.select = self.text = ""
        self.is_chosen = False
        self.feed(page)
        sent = [(name, value) for name, value in max(self.forms, key=len) if name and "__prefix__" not in name]
        self.data: dict[str, Any] = dict(sent)
        """By name; where several fields have the same, all values in a list."""
        for name in self.data:
            if len(values := [value for other, value in sent if other == name]) > 1:
                self.data[name] = values

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        name, kind, form = values.get("name", ""), values.get("type"), self.forms[-1]
        if tag == "form":
            self.forms.append([])
        elif tag == "select":
            self.select, self.is_chosen = name, False
        elif tag == "option" and self.select:
            self._choose(values["value"], is_selected="selected" in values)
        elif tag == "textarea":
            self.text = name
            form.append((name, ""))
        elif tag == "input" and kind in {"checkbox", "radio"}:
            if "checked" in values:
                form.append((name, values.get("value", "on")))
        elif tag == "input" and kind not in {"submit", "file"}:
            form.append((name, values.get("value", "")))

    def _choose(self, value: str, *, is_selected: bool) -> None:
        """The first option counts until one is selected."""
        form = self.forms[-1]
        if not self.is_chosen:
            form.append((self.select, value))
            self.is_chosen = True
        elif is_selected:
            form[-1] = (self.select, value)

    def handle_endtag(self, tag: str) -> None:
        form = self.forms[-1]
        if tag == "form":
            self.forms.append([])
        elif tag == "select":
            self.select = ""
        elif tag == "textarea":
            name, text = form[-1]
            text = text.removeprefix("\r\n").removeprefix("\n")
            form[-1] = (name, text.replace("\r\n", "\n").replace("\n", "\r\n"))
            self.text = ""

    def handle_data(self, data: str) -> None:
        if self.text:
            name, text = self.forms[-1][-1]
            self.forms[-1][-1] = (name, text + data)


def save(client: Client, address: str, **changes: Any) -> None:
    """Open the page and save it with these changes; None takes a field out."""
    data = Fields(client.get(address).content.decode()).data | changes
    response = client.post(address, {name: value for name, value in data.items() if value is not None})
    assert response.status_code == 302, errors(response)


def errors(response: Any) -> Any:
    """What the form of a page says that was not stored."""
    context = response.context
    form = context["adminform"].form if "adminform" in context else context.get("form") or context["attempt"].form
    return form.errors
