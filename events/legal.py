"""The texts of the pages that the law asks for."""

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from events import markdown
from events.models import Event, LegalPage, Organiser


def newest_organiser() -> Organiser | None:
    """Who stands behind the site: the organiser of the latest published event."""
    event = Event.objects.published().select_related("organiser").order_by("-starts_at", "-pk").first()
    return event.organiser if event else None


def text_of(page: LegalPage, organiser: Organiser | None) -> str:
    """The page's Markdown: the organisers' own text, or else the one that the site brings along."""
    context = {"organiser": organiser, "enforcement_body": settings.ENFORCEMENT_BODY}
    return page.body or render_to_string(f"events/legal/{page.key}.md", context).strip()


def html_of(page: LegalPage, organiser: Organiser | None) -> SafeString | str:
    """The page as it is shown: the organisers' own text, made when it was stored, or else the one of the site."""
    return page.body_html if page.body else markdown.render(text_of(page, organiser))
