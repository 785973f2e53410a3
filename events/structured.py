"""An event as schema.org JSON-LD: objects in, dict out; no request, no settings, no clock."""

import json
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime

from events.models import Contribution, Event, PostalAddress, Slot, Venue
from events.programme import Cast, Item, Programme, Session

_STATUS = {
    Event.Status.DRAFT: "EventScheduled",
    Event.Status.PUBLISHED: "EventScheduled",
    Event.Status.POSTPONED: "EventPostponed",
    Event.Status.CANCELLED: "EventCancelled",
}


def event(
    event: Event, programme: Programme, site_url: str, *, is_over: bool, is_open: bool, seats_left: bool
) -> dict[str, Any]:
    """The event with its offer, unless it is over, its people and its parts.

    `is_open` says whether one can register now, `seats_left` whether a seat is free; nothing is in stock otherwise.
    """
    url = site_url + event.get_absolute_url()
    mode, locations = _attendance(event, site_url)
    part_of = locations[0].get("name") or locations[0]
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "@id": url,
        "url": url,
        "name": event.title,
        "description": event.teaser or event.title,
        "inLanguage": "de",
        **_times(event),
        **_status(event),
        "eventAttendanceMode": f"https://schema.org/{mode}EventAttendanceMode",
        "location": locations if mode == "Mixed" else locations[0],
        "organizer": {
            "@type": "Organization",
            "name": event.organiser.name,
            "email": event.organiser.email,
            "telephone": event.organiser.phone,
            "address": _address(event.organiser),
            "url": event.organiser.website or site_url,
        },
        "isAccessibleForFree": event.is_free,
        "performer": [_person(person.contributions[0]) for person in programme.people],
        "subEvent": [_item(item, part_of) for item in programme.items]
        + [_session(item.slot, session, part_of) for item in programme.items for session in item.sessions],
    }
    if not is_over:
        data["offers"] = {
            "@type": "Offer",
            **_price(event),
            "availability": "https://schema.org/" + ("InStock" if is_open and seats_left else "SoldOut"),
            "validThrough": localtime(event.registration_closes_at).isoformat(),
            "url": f"{url}anmeldung/",
        }
    if event.image:
        data["image"] = [site_url + event.image.url]
    return data


def script(data: dict[str, Any]) -> SafeString:
    """The data as an element for the page; no text in it can end the element or begin another."""
    content = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        content = content.replace(character, f"\\u{ord(character):04x}")
    return mark_safe(f'<script type="application/ld+json">{content}</script>')  # noqa: S308 - escaped above


def _address(place: PostalAddress) -> dict[str, str]:
    return {
        "@type": "PostalAddress",
        "streetAddress": place.street,
        "postalCode": place.postal_code,
        "addressLocality": place.city,
        "addressCountry": "DE",
    }


def _times(part: Event | Slot) -> dict[str, str]:
    return {
        "startDate": localtime(part.starts_at).isoformat(),
        "endDate": localtime(part.ends_at).isoformat(),
    }


def _status(event: Event) -> dict[str, str]:
    if event.status == Event.Status.PUBLISHED and event.previous_starts_at is not None:
        return {
            "eventStatus": "https://schema.org/EventRescheduled",
            "previousStartDate": localtime(event.previous_starts_at).isoformat(),
        }
    return {"eventStatus": f"https://schema.org/{_STATUS[Event.Status(event.status)]}"}


def _price(event: Event) -> dict[str, str]:
    """Nothing where the fee is told in words alone."""
    if event.price is None and not event.is_free:
        return {}
    return {"price": str(event.price or 0), "priceCurrency": "EUR"}


def _attendance(event: Event, site_url: str) -> tuple[str, list[dict[str, Any]]]:
    """How one takes part, and where: at the place, in the livestream, or in either."""
    address = event.get_livestream_url() if event.has_livestream else event.get_absolute_url()
    stream = {"@type": "VirtualLocation", "url": site_url + address}
    if event.venue is None:
        return "Online", [stream]
    if event.has_livestream:
        return "Mixed", [_place(event.venue), stream]
    return "Offline", [_place(event.venue)]


def _place(venue: Venue) -> dict[str, Any]:
    place = {"@type": "Place", "name": venue.name, "address": _address(venue)}
    if venue.latitude is None or venue.longitude is None:
        return place
    geo = {"@type": "GeoCoordinates", "latitude": float(venue.latitude), "longitude": float(venue.longitude)}
    return place | {"geo": geo}


def _person(contribution: Contribution) -> dict[str, Any]:
    speaker = contribution.speaker
    if speaker.is_group:
        return {"@type": "PerformingGroup", "name": speaker.name}
    person = {"@type": "Person", "name": speaker.name}
    if job := speaker.position or contribution.affiliation:
        person["jobTitle"] = job
    if speaker.organisation:
        return person | {"affiliation": {"@type": "Organization", "name": speaker.organisation}}
    return person


def _people(casts: list[Cast]) -> dict[str, Any]:
    people = [_person(contribution) for cast in casts for contribution in cast.contributions]
    return {"performer": people} if people else {}


def _item(item: Item, location: Any) -> dict[str, Any]:
    part = {"@type": "Event", "name": item.slot.title, **_times(item.slot), "location": location}
    return part | _people(item.casts)


def _session(slot: Slot, session: Session, location: Any) -> dict[str, Any]:
    workshop = session.workshop
    part: dict[str, Any] = {"@type": "Event", "name": workshop.title, **_times(slot), "location": location}
    if workshop.question:
        part["description"] = workshop.question
    if workshop.capacity is not None:
        part["maximumAttendeeCapacity"] = workshop.capacity
    return part | _people(session.casts)
