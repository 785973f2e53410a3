"""The words of mails, the site's or an organiser's own, with placeholders such as {name}.

What the site brings along stands in templates/mail/<kind>.txt, its first line the subject.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string
from django.utils.functional import Promise as StrPromise
from django.utils.translation import gettext_lazy

from events.models import Event
from events.plaintext import line
from registration.models import OutgoingMail

Kind = OutgoingMail.Kind

# What organisers may write in braces, and what a guest reads there. Some are empty for some guests.
PLACEHOLDERS = {
    "name": gettext_lazy("the guest's first and last name, if the address has been confirmed or you entered it"),
    "event": gettext_lazy("title of the event"),
    "date": gettext_lazy("day of the event"),
    "time": gettext_lazy("from when to when"),
    "place": gettext_lazy("name and address of the venue"),
    "organiser": gettext_lazy("name of the organiser"),
    "link": gettext_lazy("address of the guest's own page"),
    "seat": gettext_lazy("a sentence: which seat the guest holds, or the livestream"),
    "news": gettext_lazy("a sentence: which seats the guest has got since the last mail"),
    "queue": gettext_lazy("a sentence: for which workshop the guest waits, and at which place in the queue"),
    "livestream": gettext_lazy("a sentence for guests of the livestream: its address, and from when"),
    "entry": gettext_lazy("a sentence: what the attached calendar entry does"),
    "cancelling": gettext_lazy("a sentence: how to cancel, and until when"),
    "confirm_by": gettext_lazy("until when the address or the seat is to be confirmed"),
    "purpose": gettext_lazy("which consent it is about"),
    "alternative": gettext_lazy("what is offered to those who do not agree"),
    "questions": gettext_lazy("the questions that are put to the guest, a line each, with what they are for"),
    "answer_link": gettext_lazy("address of the page where the guest answers them"),
    "workshop": gettext_lazy("name of the workshop that does not take place"),
    "reason": gettext_lazy("why it does not take place, as the organiser wrote it"),
    "choose": gettext_lazy("a sentence: where the guest chooses something else, if there is anything"),
}

# These mean something in some mails alone.
_ONLY_IN = {
    "name": set(Kind) - {Kind.UNCONFIRMED, Kind.INVITED},
    "news": set(Kind) - {Kind.MESSAGE},
    "entry": set(Kind) - {Kind.MESSAGE},
    "confirm_by": {Kind.UNCONFIRMED, Kind.INVITED},
    "purpose": {Kind.CONSENT_WITHDRAWN, Kind.CONSENT_GIVEN},
    "alternative": {Kind.CONSENT_WITHDRAWN, Kind.CONSENT_GIVEN},
    "questions": {Kind.QUESTIONS},
    "answer_link": {Kind.QUESTIONS},
    "workshop": {Kind.WORKSHOP_CANCELLED},
    "reason": {Kind.WORKSHOP_CANCELLED},
    "choose": {Kind.WORKSHOP_CANCELLED},
}

_PLACEHOLDER = re.compile(r"\{([^{}\n]*)\}")
_PLACEHOLDER_WITH_SPACE = re.compile(rf"([ \t]*){_PLACEHOLDER.pattern}")


def in_force(event: Event, kind: OutgoingMail.Kind) -> tuple[str, str]:
    """The text and the subject that this mail has now, with their placeholders. An event under the lock knows whether
    it `has_own_words`."""
    own_words = event.mail_texts.all() if getattr(event, "has_own_words", True) else ()
    own = next((own for own in own_words if own.kind == kind), None)
    return standard(kind) if own is None else (own.text, own.subject)


def standard(kind: OutgoingMail.Kind) -> tuple[str, str]:
    """The text and the subject that the site brings along, with their placeholders."""
    return from_template(kind, {})


def from_template(kind: OutgoingMail.Kind, context: Mapping[str, Any]) -> tuple[str, str]:
    subject, _newline, text = render_to_string(f"{kind}.txt", context, using="mail").strip().partition("\n")
    return text.strip(), line(subject)


def placeholders(kind: OutgoingMail.Kind) -> dict[str, StrPromise]:
    """What this mail may have in braces, each with its meaning."""
    return {name: text for name, text in PLACEHOLDERS.items() if kind in _ONLY_IN.get(name, {kind})}


def unknown_placeholders(text: str, kind: OutgoingMail.Kind) -> list[str]:
    """What stands in braces and means nothing in this mail, and braces that stand alone."""
    known = placeholders(kind)
    unknown = [found[0] for found in _PLACEHOLDER.finditer(text) if found[1] not in known]
    return unknown + re.findall(r"[{}]", _PLACEHOLDER.sub("", text))


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """Every placeholder that is known; what is not stays as it stands, because a mail must leave in any case."""

    def fill(found: re.Match[str]) -> str:
        value = values.get(found[2], found[0].lstrip())
        return value and found[1] + value  # nothing takes the space before it along: “Guten Tag,”

    filled = _PLACEHOLDER_WITH_SPACE.sub(fill, text.replace("\r\n", "\n"))
    return re.sub(r"\s*\n\s*\n\s*", "\n\n", filled).strip()
