"""What templates of the desk ask for."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from events.models import Event
from registration.desk.compared import parts
from registration.desk.history import Entry, entries_of
from registration.models import Change, ConsentRecord, Registration
from registration.rights import SomeUser, offices_led_by

register = template.Library()


@register.simple_tag
def workplace(event: Event, name: str, query: str = "") -> str:
    """The address of a page of an event's workspace."""
    address = reverse(f"admin:event_{name}", args=[event.slug])
    return f"{address}?{query}" if query else address


@register.simple_tag
def leads_an_office(user: SomeUser) -> bool:
    """Whether the team is this user's business."""
    return offices_led_by(user).exists()


@register.simple_tag
def figure(event: Event, view: str, number: Any) -> SafeString:
    """A number that leads to the list of its guests."""
    return format_html('<a href="{}">{}</a>', workplace(event, "guests", f"zeigen={view}" if view else ""), number)


@register.filter
def of(found: Mapping[int, Any], key: int) -> Any:
    """What stands under this key; None: nothing does."""
    return found.get(key)


@register.simple_tag
def bar(taken: int, capacity: int | None) -> SafeString | str:
    """How full it is, for people who see; nothing where there is no limit."""
    if not capacity:
        return ""
    return format_html(
        '<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect width="{}" height="6"/></svg>',
        min(round(100 * taken / capacity), 100),
    )


@register.simple_tag
def decision(guest: Registration, decided: str | None) -> SafeString | str:
    """What a guest decided about pictures; a no stands out, for whoever holds a camera."""
    if guest.livestream:
        return _("not at the place")
    if decided is None:
        return _("not asked")
    return _("yes") if decided == ConsentRecord.Decision.GIVEN else format_html("<b>{}</b>", _("no"))


@register.simple_tag
def compared(change: Change, *, whole: bool = False) -> SafeString:
    """What stood there and what does now: the whole of both, or the words that differ. Screen readers do not tell the
    two apart by themselves."""
    found = [("gone", change.before), ("new", change.after)] if whole else parts(change.before, change.after)
    return format_html_join(" " if whole else "", "{}", ((_part(kind, text),) for kind, text in found if text))


def _part(kind: str, text: str) -> SafeString | str:
    match kind:
        case "gone":
            return format_html('<del><span class="sr">{}: </span>{}</del>', _("before"), text)
        case "new":
            return format_html('<ins><span class="sr">{}: </span>{}</ins>', _("now"), text)
    return text


@register.simple_tag
def changes_of(subject: Model) -> list[Entry]:
    """The newest entries of the history of something, for desk/_changes.html."""
    return entries_of(subject)
