"""Markdown that organisers write: bounded, and made into harmless HTML when it is stored.

A page shows what is stored, so no text can slow it down. mistune, because it needs less than a second for the longest
text of any kind, where python-markdown needs minutes for 20,000 brackets and stops at 500 nested lists.
"""

from typing import Any

import mistune
import nh3
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils.safestring import SafeString, mark_safe

_TAGS = {"a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "li", "ol", "p", "strong", "ul"}
_to_html = mistune.create_markdown(escape=True)


def render(text: str) -> SafeString:
    """The Markdown as HTML that can do no harm, whatever was typed; HTML in it is text."""
    html = nh3.clean(str(_to_html(text)), tags=_TAGS, attributes={"a": {"href"}}, link_rel=None)
    return mark_safe(html)  # noqa: S308 - just cleaned


class MarkdownField(models.TextField):
    """Markdown of at most `max_length` letters, in forms and files alike."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.validators.append(MaxLengthValidator(self.max_length or 0))


class HTMLField(models.TextField):
    """The HTML of the Markdown in the field `of`, made whenever the row is stored."""

    def __init__(self, *, of: str, **kwargs: Any) -> None:
        self.of = of
        kwargs.setdefault("default", "")
        kwargs.setdefault("editable", False)
        super().__init__(**kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        html = render(getattr(model_instance, self.of))
        setattr(model_instance, self.attname, html)
        return str(html)

    def from_db_value(self, value: str, *args: Any) -> SafeString:
        return mark_safe(value)  # noqa: S308 - `render` made it
