"""What the law wants to be kept about an event's data: what there is, what for, until when, and what has been erased.
All of it is read from what the event, its organiser and the site really are."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events.models import Event, Question
from events.wording import day
from registration import consents, erasing, inquiries, limits, mailboxes
from registration.consents import Wording
from registration.models import ConsentRecord, Erasure, Inquiry, Membership, Registration

Decision = ConsentRecord.Decision


@dataclass(frozen=True)
class Kept:
    """Something that is stored: what for, how much there is now, and until when it stays."""

    what: str
    purpose: str
    count: int | None
    until: str


def kept(event: Event, now: datetime) -> list[Kept]:
    """All that leads to people, in the order in which it is erased."""
    asked = inquiries.of_office(event.organiser)
    return [
        Kept(
            _("Sensitive answers, such as food and what somebody needs"),
            _("To prepare the place for those who come"),
            erasing.sensitive(event).count(),
            _until(event, event.needs_erased_at, now),
        ),
        Kept(
            _("Names, addresses, organisations, other answers, and what mails said"),
            _("To keep seats, to write to guests, and for the list of guests"),
            erasing.known(event).count(),
            _until(event, event.data_erased_at, now),
        ),
        Kept(
            _("Inquiries with their answers, of all events of this office"),
            _("To answer them"),
            asked.count(),
            _inquiries_until(asked.earliest("sent_in_at") if asked.exists() else None),
        ),
        Kept(
            _("Who of the organisers changed what"),
            _("To account for it (GDPR, article 5, 2)"),
            event.changes.count(),
            _("%(years)d years after each change") % {"years": erasing.CHANGES_KEPT.days // 365},
        ),
        *_of_the_site(),
    ]


def _until(event: Event, at: datetime, now: datetime) -> str:
    if event.status == Event.Status.POSTPONED:
        return _("Open, because the event is postponed")
    return _("Over since %(day)s") % {"day": day(at)} if at <= now else day(at)


def _inquiries_until(oldest: Inquiry | None) -> str:
    words = _("%(days)d days after each came in") % {"days": erasing.INQUIRIES_KEPT.days}
    if oldest is None:
        return words
    return _("%(words)s; the oldest on %(day)s") % {
        "words": words,
        "day": day(oldest.sent_in_at + erasing.INQUIRIES_KEPT),
    }


def _of_the_site() -> list[Kept]:
    """What is not counted for one event, because nothing in it says whose it is."""
    return [
        Kept(
            _("Fingerprints of links whose registration is erased"),
            _("So that an old link says so"),
            None,
            _("%(days)d days") % {"days": erasing.KEYS_KEPT.days},
        ),
        Kept(
            _("Fingerprints of mailboxes that mails went to"),
            _("So that nobody is flooded with mails"),
            None,
            _("%(hours)d hours") % {"hours": mailboxes.DAY.total_seconds() // 3600},
        ),
        Kept(
            _("How often forms came from one connection, without its address"),
            _("So that nobody misuses the forms"),
            None,
            _("%(minutes)d minutes") % {"minutes": 2 * limits.WINDOW.total_seconds() // 60},
        ),
        Kept(
            _("Counts, consents without a name, and that something was erased"),
            _("To account for it (GDPR, article 5, 2)"),
            None,
            _("They stay; they lead to nobody any more"),
        ),
    ]


@dataclass(frozen=True)
class Erased:
    """What was erased on one day, for one reason."""

    day: str
    what: str
    why: str
    actor: str
    count: int


def log(event: Event) -> list[Erased]:
    """What has been erased, the last day first; portions of one day are one line."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for one in event.erasures.all():
        by_itself = _("the site by itself") if one.why == Erasure.Why.PERIOD else ""
        counts[day(one.at), one.get_what_display(), one.get_why_display(), one.actor or by_itself] += one.count
    return [Erased(*key, count) for key, count in counts.items()]


@dataclass(frozen=True)
class Asked:
    """A wording that guests are shown or were shown, and how often each was decided."""

    purpose: str
    kind: str
    version: int | None  # None: nobody has been shown it yet
    wording: str
    alternative: str
    given: int = 0
    refused: int = 0
    withdrawn: int = 0
    informed: int = 0


def wordings(event: Event) -> list[Asked]:
    """Every version that somebody was shown, and what is asked now."""

    def times(decision: ConsentRecord.Decision) -> Count:
        return Count("records", Q(records__decision=decision))

    stored = event.consent_texts.annotate(
        given=times(Decision.GIVEN),
        refused=times(Decision.REFUSED),
        withdrawn=times(Decision.WITHDRAWN),
        informed=times(Decision.INFORMED),
    )
    found = [
        Asked(
            text.get_purpose_display(),
            text.get_kind_display(),
            text.version,
            text.wording,
            text.alternative,
            text.given,
            text.refused,
            text.withdrawn,
            text.informed,
        )
        for text in stored
    ]
    known = {(text.purpose, text.sha256) for text in stored}
    now_asked = [consents.privacy(event), *consents.asked(event)]
    return found + [_new(wording) for wording in now_asked if (wording.purpose, wording.sha256) not in known]


def _new(wording: Wording) -> Asked:
    return Asked(str(wording.purpose.label), str(wording.kind.label), None, wording.text, wording.alternative)


@dataclass(frozen=True)
class Field:
    """Something that a guest enters or gets, and what for."""

    what: str
    purpose: str
    is_sensitive: bool = False
    lacks_a_purpose: bool = False


def fields(event: Event) -> list[Field]:
    """What is stored of a guest: what every registration has, and what this event asks beside it."""
    names = ("first_name", "last_name", "email", "organisation", "livestream", "language", "channel", "registered_at")
    labels = ", ".join(str(Registration._meta.get_field(name).verbose_name) for name in names)  # type: ignore[union-attr]
    usual = [
        Field(labels, _("To keep a seat, to write to the guest, and for the list of guests")),
        Field(_("workshops: seats and places in queues"), _("To keep the seat that was chosen")),
        Field(_("time of the check-in"), _("To know who is there, and how many came")),
        Field(_("decisions about consents, with wording, time and channel"), _("As proof (GDPR, article 7, 1)")),
        Field(_("mails to the guest: address, text, time, errors"), _("To deliver each mail, and to see that it was")),
    ]
    return usual + [_of_question(question) for question in event.questions.all()]


def _of_question(question: Question) -> Field:
    return Field(
        _("“%(question)s” (%(audience)s)") % {"question": question, "audience": question.get_audience_display()},
        question.purpose,
        question.sensitive,
        not question.purpose,
    )


def who_sees(event: Event) -> list[str]:
    """Who of the office sees guests' data, by role, and how many they are."""
    counted = dict(event.organiser.memberships.order_by().values_list("role").annotate(Count("pk")))
    sees = {
        Membership.Role.LEAD: _("Who leads (%(count)d): all data of guests"),
        Membership.Role.GUESTS: _("Who sees to guests (%(count)d): all but sensitive answers"),
        Membership.Role.DOOR: _(
            "Who is at the door (%(count)d): on the days of the event names, organisations, workshops and who agrees to"
            " no pictures"
        ),
        Membership.Role.EDITOR: _("Who writes texts (%(count)d): numbers alone"),
    }
    found = [words % {"count": counted[role]} for role, words in sees.items() if role in counted]
    if needs := event.organiser.memberships.filter(sees_needs=True).count():
        words = ngettext(
            "%(count)d person sees sensitive answers too", "%(count)d people see sensitive answers too", needs
        )
        found.append(words % {"count": needs})
    operators = User.objects.filter(is_superuser=True, is_active=True).count()
    return [*found, _("Who runs this site (%(count)d): everything") % {"count": operators}]


def measures() -> Sequence[str | Promise]:
    """What keeps the data safe on this site, as it is set up now (GDPR, article 32)."""
    hours = settings.SESSION_COOKIE_AGE // 3600
    found = [
        _("Pages travel encrypted (HTTPS).") if settings.SITE_IS_HTTPS else _("Pages travel without encryption."),
        _("Each organiser has a login and a role, and sees the events of the own office alone."),
        _("A login ends after %(hours)d hours.") % {"hours": hours},
        _(
            "Sensitive answers stand in a list of their own; whoever opens it is noted. Exports and searches at the"
            " door are noted too."
        ),
        _("Guests see and change their data through a link that cannot be guessed (122 random bits)."),
        _("Public pages set no cookie, load nothing from other servers, and measure nobody."),
        _("What is erased is overwritten in the database as well.")
        if connection.vendor == "sqlite"
        else _("What is erased is freed by the database when it tidies up."),
    ]
    if settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        safe = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL
        words = (
            _("Mails leave through %(host)s, encrypted.") if safe else _("Mails leave through %(host)s, unencrypted.")
        )
        found.append(words % {"host": settings.EMAIL_HOST})
    return found
