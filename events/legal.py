"""The texts of the pages that the law asks for."""

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from events import markdown
from events.models import Event, LegalPage, Organiser

Key = LegalPage.Key

# What the law wants to stand on each page: fields of the organiser, and where it says so.
ASKED = {
    Key.IMPRINT: {"represented_by": "§ 5 DDG"},
    Key.PRIVACY: {
        "data_protection_email": "Art. 13 (1) b DSGVO",
        "supervisory_authority": "Art. 13 (2) d DSGVO",
        "processor": "Art. 13 (1) e DSGVO",
    },
    Key.ACCESSIBILITY: {
        "enforcement_body": "§ 12b BGG, § 7 BITV 2.0",
        "accessibility_statement_on": "§ 7 BITV 2.0",
    },
}


def newest_organiser() -> Organiser | None:
    """Who stands behind the site: the organiser of the latest published event."""
    event = Event.objects.published().select_related("organiser").order_by("-starts_at", "-pk").first()
    return event.organiser if event else None


def text_of(page: LegalPage, organiser: Organiser | None) -> str:
    """The page's Markdown: the organisers' own text, or else the one that the site brings along."""
    return page.body or render_to_string(f"events/legal/{page.key}.md", {"organiser": organiser}).strip()


def html_of(page: LegalPage, organiser: Organiser | None) -> SafeString | str:
    """The page as it is shown: the organisers' own text, made when it was stored, or else the one of the site."""
    return page.body_html if page.body else markdown.render(text_of(page, organiser))


def missing(organiser: Organiser, *keys: Key) -> list[tuple[str, str]]:
    """What the organiser has not filled in of what the law wants on these pages: the field's name, and the law's."""
    asked = {name: law for key in keys for name, law in ASKED[key].items()}
    fields = [field for field in Organiser._meta.fields if field.name in asked and not getattr(organiser, field.name)]
    return [(str(field.verbose_name), asked[field.name]) for field in fields]
