"""The handbook: how one works here, chapter by chapter, for everybody at the desk."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from events import markdown
from registration.desk.frame import page


@dataclass(frozen=True)
class Chapter:
    """A chapter from `desk/help/<key>.md`; the key stands in the address."""

    key: str
    title: str

    @property
    def text(self) -> str:
        return render_to_string(f"desk/help/{self.key}.md")


CHAPTERS = (
    Chapter("anfangen", "Anfangen"),
    Chapter("fachtag", "Ein Fachtag entsteht"),
    Chapter("programm", "Programm"),
    Chapter("workshops", "Workshops und Plätze"),
    Chapter("gaeste", "Gäste"),
    Chapter("nachrichten", "Nachrichten"),
    Chapter("am-tag", "Am Tag"),
    Chapter("danach", "Danach"),
    Chapter("datenschutz", "Datenschutz"),
    Chapter("team", "Team und Anmeldung"),
)


@require_safe
def contents(request: HttpRequest) -> HttpResponse:
    return page(request, "handbook", _("Help"), chapters=CHAPTERS)


@require_safe
def chapter(request: HttpRequest, key: str) -> HttpResponse:
    number = next((number for number, chapter in enumerate(CHAPTERS) if chapter.key == key), None)
    if number is None:
        raise Http404
    found = CHAPTERS[number]
    return page(
        request,
        "handbook_chapter",
        found.title,
        text=markdown.render(found.text),
        number=number + 1,
        before=CHAPTERS[number - 1] if number else None,
        after=CHAPTERS[number + 1] if number + 1 < len(CHAPTERS) else None,
    )
