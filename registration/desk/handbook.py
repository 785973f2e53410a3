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
    """A chapter from `desk/help/<key>.md`; the key stands in the address. What its picture shows, in
    `static/help/<key>.webp`, is said in words too; empty: it has none."""

    key: str
    title: str
    shown: str = ""

    @property
    def text(self) -> str:
        return render_to_string(f"desk/help/{self.key}.md")


CHAPTERS = (
    Chapter("anfangen", "Anfangen", "Die Startseite: links, was zu tun ist, rechts die Fachtage mit ihren Zahlen."),
    Chapter("fachtag", "Ein Fachtag entsteht", "Vor dem Veröffentlichen: was noch fehlt, was in Ordnung ist."),
    Chapter("programm", "Programm", "Das Programm zum Bearbeiten, daneben die Ansicht der Gäste."),
    Chapter("workshops", "Workshops und Plätze", "Jeder Workshop mit belegten Plätzen und Warteliste."),
    Chapter("gaeste", "Gäste", "Die Liste der Gäste, darüber die Ansichten und die Suche."),
    Chapter("nachrichten", "Nachrichten", "Eine Nachricht: wer sie bekommt, was darin steht, wie ein Gast sie liest."),
    Chapter("am-tag", "Am Tag"),
    Chapter("danach", "Danach", "Löschen und Fristen: was bis wann bleibt."),
    Chapter("datenschutz", "Datenschutz"),
    Chapter("team", "Team und Anmeldung", "Das Team eines Amtes mit seinen Rollen."),
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
        chapter=found,
        picture=f"help/{found.key}.webp",
        text=markdown.render(found.text),
        number=number + 1,
        before=CHAPTERS[number - 1] if number else None,
        after=CHAPTERS[number + 1] if number + 1 < len(CHAPTERS) else None,
    )
