"""How dates, addresses and texts of an event read in a page."""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.db.models import prefetch_related_objects
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events import colours, pictures, structured, wording
from events import emblem as emblems
from events.models import Contribution, Event, Organiser, RegistrationWindow, Venue, Workshop, slots_with_tracks
from events.pictures import Picture
from events.programme import Cast, Programme, moments_of
from events.wording import (
    begin_of,
    city,
    clock,
    day,
    day_and_month,
    deadline,
    fee,
    kept_together,
    last_hour,
    moment,
    place,
    time_of,
    until,
    where,
    window_in_words,
)

register = template.Library()
register.filter("city", city)
register.filter("day", day)
register.filter("day_and_month", day_and_month)
register.filter("dates", wording.dates)
register.filter("deadline", deadline)
register.filter("fee", fee)
register.filter("last_hour", last_hour)
register.filter("moment", moment)
register.filter("place", place)
register.filter("time_of", time_of)
register.filter("until", until)
register.filter("where", where)
register.simple_tag(window_in_words)


@register.simple_tag
def timespan(starts_at: datetime, ends_at: datetime) -> SafeString:
    """From when to when, for people and machines: 8:30 – 16:00 Uhr."""
    return format_html(
        '<span class="times"><time datetime="{}">{}</time> – <time datetime="{}">{}</time></span>',
        localtime(starts_at).isoformat(timespec="seconds"),
        clock(starts_at),
        localtime(ends_at).isoformat(timespec="seconds"),
        _("%(time)s h") % {"time": clock(ends_at)},
    )


@register.filter
def when_and_where(workshop: Workshop, event: Event) -> SafeString:
    """When a workshop of the event is, its times in one piece, and in which room."""
    times = wording.timespan(*workshop.when_and_where[:2])
    before, _times, after = wording.when_and_where(workshop, event).partition(times)
    return format_html('{}<span class="times">{}</span>{}', before, times, after)


@register.simple_tag
def dates(event: Event) -> SafeString | str:
    """The day of an event, for people and machines, or its first and its last."""
    if event.has_several_days:
        return wording.dates(event)
    return format_html('<time datetime="{}">{}</time>', event.first_day.isoformat(), wording.dates(event))


@register.simple_tag
def times(event: Event) -> SafeString | str:
    """From when to when, for people and machines."""
    return wording.times(event) if event.has_several_days else timespan(event.starts_at, event.ends_at)


@register.simple_tag
def when(event: Event) -> SafeString | str:
    """The days of an event, and its times."""
    return wording.when(event) if event.has_several_days else format_html("{}, {}", wording.dates(event), times(event))


# Text between two tags that may hold one; what somebody typed into a form goes back as it was.
_TEXT = re.compile(r"<textarea[^<]*|(?:^|>)[^<>]*[\d–][^<>]*")


@register.filter(is_safe=True)
def unbroken(html: str) -> str:
    """HTML in which dates and times do not break within themselves, and no line begins with a dash."""

    def kept(found: re.Match[str]) -> str:
        return found[0] if found[0].startswith("<textarea") else kept_together(found[0])

    return _TEXT.sub(kept, html)


_INDENTS = re.compile(r"<textarea.*?</textarea>|\n\s+", re.DOTALL)


@register.filter(is_safe=True)
def unindented(html: str) -> str:
    """HTML without what indents it: a thirtieth of what a page weighs, compressed."""
    return _INDENTS.sub(lambda found: found[0] if found[0].startswith("<") else "\n", html)


@register.simple_tag
def folded(html: str, glance: int = 640) -> SafeString | str:
    """A text of an organiser; one of more letters than a glance takes goes on in a fold, after its first paragraph
    unless that is long itself."""
    if len(html) <= glance:
        return html
    first, end, rest = html.partition("</p>")
    if not html.startswith("<p>") or len(first) > glance or not rest.strip():
        first, end, rest = "", "", html
    begin, summary = mark_safe(first + end), _("Read on")  # noqa: S308 - made from our own Markdown
    return format_html(
        '{}<details class="more"><summary>{}</summary>{}</details>',
        begin,
        summary,
        mark_safe(rest),  # noqa: S308
    )


@register.filter
def is_long(title: str) -> bool:
    """Whether it needs smaller letters: it has many, or a word that is wider than a phone."""
    return len(title) > 60 or any(len(word) > 18 for word in re.split(r"[\s-]", title))


@register.filter
def telephone(number: str) -> str:
    """A number as printed, such as +49 (0) 3731 / 799 3683, as tel: wants it (RFC 3966)."""
    return "tel:" + re.sub(r"[^+\d]", "", number.replace("(0)", ""))


_ROLES_IN_PROGRAMME: dict[Contribution.Role, Callable[[int], str]] = {
    Contribution.Role.GREETING: lambda _number: _("Greeting"),
    Contribution.Role.SPEAKER: lambda number: ngettext("Speaker", "Speakers", number),
    Contribution.Role.MODERATOR: lambda _number: _("Moderation"),
    Contribution.Role.PANELIST: lambda number: ngettext("Guest on the panel", "Guests on the panel", number),
    Contribution.Role.LEAD: lambda _number: _("Workshop leaders"),
}


@register.filter
def role_heading(cast: Cast) -> str:
    """What stands before the people of one role, one or many."""
    return _ROLES_IN_PROGRAMME[cast.role](1 if cast.is_one else 2)


@register.simple_tag
def window(event: Event, now: datetime) -> RegistrationWindow:
    """Whether one may register, as `Event.registration_window` has it."""
    return event.registration_window(now)


@register.simple_tag
def streams(event: Event, now: datetime) -> list[tuple[str, str]]:
    """The streams that one can follow at this moment: the address of ours and what it is."""
    if not event.livestream_is_open(now):
        return []
    found = [
        (event.livestream_url, "events:livestream", _("To the livestream")),
        (event.livestream_captions_url, "events:livestream_captions", _("To the captions")),
        (event.livestream_sign_language_url, "events:livestream_sign_language", _("To the stream in sign language")),
    ]
    return [(reverse(name, args=[event.slug]), label) for address, name, label in found if address]


@register.simple_tag
def appearance(contribution: Contribution, event: Event) -> SafeString:
    """The way to where somebody appears: when, and as what, where that is news: 10:30, Gespräch: Moderation."""
    cast = Cast(Contribution.Role(contribution.role), [contribution])
    role = f": {role_heading(cast)}" if cast.role == Contribution.Role.MODERATOR else ""
    if contribution.workshop is not None:
        number = contribution.workshop.number
        title = _("Workshop %(number)s") % {"number": number}
        return format_html('<a href="#workshop-{}">{}{}</a>', number, title, role)
    assert contribution.slot is not None
    slot = contribution.slot
    what = slot.format or slot.title
    return format_html('<a href="#punkt-{}">{}, {}{}</a>', slot.pk, begin_of(slot, event), what, role)


@register.filter
def map(venue: Venue) -> str:  # noqa: A001 - the name of the filter
    """The address of a map that shows the place; nothing is loaded from there."""
    if venue.latitude is not None and venue.longitude is not None:
        return f"https://www.openstreetmap.org/?mlat={venue.latitude}&mlon={venue.longitude}#map=17/{venue.latitude}/{venue.longitude}"
    return "https://www.openstreetmap.org/search?" + urlencode({"query": venue.address})


@register.simple_tag
def structured_data(event: Event, programme: Programme, site_url: str, found: Any) -> SafeString:
    """The event for search engines; `found` is what `availability` of the registration says."""
    is_over, seats_left = found.window == RegistrationWindow.PAST, not found.only_waiting
    data = structured.event(event, programme, site_url, is_over=is_over, is_open=found.is_open, seats_left=seats_left)
    return structured.script(data)


@register.simple_tag
def preview_url(event: Event) -> str:
    """The address of the preview picture, another one as soon as what it shows is different."""
    figure = emblems.figure(event.uid, moments_of(event), pictures.EMBLEM_WIDTH)
    house = event.organiser.colours
    logo = event.organiser.logo.name
    shown = f"{house}|{logo}|{event.title}|{wording.beginning(event)}|{where(event)}|{figure}"
    version = hashlib.sha256(shown.encode()).hexdigest()[:8]
    return f"{reverse('events:preview', args=[event.slug])}?v={version}"


@register.simple_tag
def emblem(event: Event, width: int = emblems.SIZE) -> SafeString:
    """The figure that the event's programme makes, for people who see."""
    prefetch_related_objects([event], slots_with_tracks())
    return mark_safe(emblems.svg(event.uid, moments_of(event), width))  # noqa: S308 - numbers and our own words


@register.simple_tag
def picture(found: Picture, alt: str, width: int, loading: str = "lazy") -> SafeString:
    """A stored picture in its widths, to be shown `width` CSS pixels wide at most; most stand below the fold."""
    variants = found.variants
    return format_html(
        '<img src="{}" srcset="{}" sizes="min({}px, 100vw)" width="{}" height="{}" alt="{}" loading="{}">',
        variants[0][0],
        ", ".join(f"{address} {pixels}w" for address, pixels in variants),
        width,
        found.width,
        found.height,
        alt,
        loading,
    )


@register.simple_tag(takes_context=True)
def host(context: Context) -> Organiser | None:
    """Whose page this is: the event's organiser, or else the one who stands behind the site, if the page knows."""
    if (event := context.get("event")) is not None:
        return event.organiser  # type: ignore[no-any-return]
    return context.get("organiser")


@register.simple_tag
def icon() -> SafeString:
    """What a browser's tab shows."""
    return format_html('<link rel="icon" href="{}">', settings.ICON)


@register.simple_tag(takes_context=True)
def stylesheet(context: Context, host: Organiser | None) -> SafeString:
    """The whole stylesheet inside the page: the first view needs no second round trip. The CSP allows its hash; that of
    what another house wears beside it, `fachtag.headers` adds."""
    styles = [settings.STYLESHEET]
    if host is not None and (own := colours.style(*host.colours)):
        context["request"].own_style = own
        styles.append(own)
    return format_html_join("", "<style>{}</style>", ((mark_safe(style),) for style in styles))  # noqa: S308 - ours
