import time
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from events import eventfile, markdown
from events.models import Event, LegalPage, Slot, Speaker, Workshop
from tests import factories

LONGEST = 50_000  # letters of a legal page; every other field takes less


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**fett** und *kursiv*", "<p><strong>fett</strong> und <em>kursiv</em></p>\n"),
        ("Zeile  \nnoch eine", "<p>Zeile<br>\nnoch eine</p>\n"),
        ("- eins\n- zwei", "<ul>\n<li>eins</li>\n<li>zwei</li>\n</ul>\n"),
        ("[Amt](https://example.org/?a=1&b=2)", '<p><a href="https://example.org/?a=1&amp;b=2">Amt</a></p>\n'),
        ("<https://example.org>", '<p><a href="https://example.org">https://example.org</a></p>\n'),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("a <img src=x onerror=alert(1)>", "<p>a &lt;img src=x onerror=alert(1)&gt;</p>\n"),
        ("[x](javascript:alert(1))", '<p><a href="#harmful-link">x</a></p>\n'),
        ("[x](data:text/html,<b>)", '<p><a href="#harmful-link">x</a></p>\n'),
        ("![Bild](https://example.org/spy.png)", "<p></p>\n"),
        ("", ""),
    ],
)
def test_it_reads_as_html_that_does_no_harm(text: str, html: str) -> None:
    assert markdown.render(text) == html


@pytest.mark.parametrize(
    "piece",
    [
        *"[*`>(<&_#~\\",
        *("![", "[a](", "[a][", "**a", "*a_", "*_", "*a **b ", "[a]: b\n"),
        *("<a ", "<em>", "<em id=x><p>"),
        *("> ", "- ", "1. ", "# a\n", "a\n", "- a\n\n    b\n\n"),
    ],
)
def test_no_text_takes_long(piece: str) -> None:
    """Measured: the slowest takes half a second, in python-markdown more than a minute."""
    started = time.process_time()
    markdown.render((piece * LONGEST)[:LONGEST])
    assert time.process_time() - started < 2


def test_nested_lists() -> None:
    started = time.process_time()
    markdown.render("\n".join("  " * depth + "- a" for depth in range(220)))
    assert time.process_time() - started < 2


def test_a_page_shows_what_was_made_when_it_was_stored(
    client: Client, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    event.description = "**Worum** es geht"
    event.save()
    monkeypatch.setattr(markdown, "_to_html", None)
    html = client.get("/fachtag-demo/").content.decode()
    assert "<div><p><strong>Worum</strong> es geht</p>\n</div>" in html


def test_a_legal_page_of_the_organisers(client: Client, event: Event) -> None:
    page = LegalPage.objects.get(key=LegalPage.Key.IMPRINT)
    page.body = "**Unser** Impressum"
    page.save()
    assert "<p><strong>Unser</strong> Impressum</p>" in client.get("/impressum/").content.decode()


@pytest.mark.parametrize(
    ("model", "name", "longest"),
    [
        (Event, "description", 10_000),
        (Slot, "abstract", 5_000),
        (Workshop, "description", 5_000),
        (Speaker, "biography", 5_000),
        (LegalPage, "body", LONGEST),
    ],
)
def test_texts_are_bounded(model: type[Event], name: str, longest: int) -> None:
    field: Any = model._meta.get_field(name)
    assert field.clean("a" * longest, None) == "a" * longest
    with pytest.raises(ValidationError):
        field.clean("a" * (longest + 1), None)
    assert field.formfield().max_length == longest


def test_an_event_file_is_bounded_too() -> None:
    longer = factories.EXAMPLE.read_text().replace('description = """', 'description = """' + "[" * 10_001)
    with pytest.raises(eventfile.EventFileError) as caught:
        eventfile.parse(longer.encode())
    assert [path for path, _message in caught.value.errors] == ["description"]
