"""Every address of the site, opened by everybody who there is: what each gets, and no word of a foreign event.

Pages of an event's workspace, with every role, are in tests/desk/test_rights.py."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from events.models import Event, LegalPage
from registration.models import ConsentRecord, Invitation, Membership, OutgoingMail, Registration
from tests.desk.conftest import LogIn
from tests.desk.conftest import foreign as foreign
from tests.desk.conftest import log_in as log_in

NOBODY, NEW, STRANGER, DOOR, GUESTS, EDITOR, LEAD, ALL = EVERYBODY = (
    *("nobody", "new", "stranger", "door", "guests", "editor", "lead", "superuser"),
)
AT_THE_DESK = {DOOR, GUESTS, EDITOR, LEAD, STRANGER, NEW, ALL}

# Who gets 200 of what is not for everybody; others at the desk get 403, or 404 where they must not know of it.
FOR = {
    **dict.fromkeys(["index", "help", "help_chapter", "account"], (AT_THE_DESK, 403)),
    **dict.fromkeys(["second_factor", "second_factor_app", "second_factor_passkey"], (AT_THE_DESK, 403)),
    "jsi18n": (AT_THE_DESK, 403),
    "second_factor_remove": (set(), 404),
    **dict.fromkeys(["team", "team_invite", "event_new"], ({LEAD, STRANGER, ALL}, 403)),
    "team_member": ({LEAD, ALL}, 403),
    "second_factor_reset": ({LEAD, ALL}, 404),
    "tables": ({ALL}, 403),
    "app_list": ({ALL}, 404),
    "account_password": ({ALL}, 302),  # the others of this test have none
}

# What answers everybody at the desk in another way than with a page.
ELSE_AT_THE_DESK = {
    "account_end": 405,
    "team_invitation": 405,
    "login": 302,
    "password_change": 302,
    "password_change_done": 200,
    "second_factor_codes": 302,
    "second_factor_confirm": 200,
    "autocomplete": 403,
}

# What everybody gets, logged in or not.
PUBLIC = {
    "admin_password_reset": 200,
    "password_reset_done": 200,
    "password_reset_complete": 200,
    "password_reset_confirm": 200,
    "invitation": 410,
    "second_step": 302,
    "logout": 405,
    "healthz": 200,
    "robots": 200,
    "sitemap": 200,
    "security": 200,
    "contact": 200,
    "contact_sent": 200,
    "register": 200,
    "unconfirmed": 404,
    "draft": 404,
    "lost_link": 200,
    "lost_link_sent": 200,
    "erased": 200,
    "own_page": 200,
    "change": 200,
    "hand_over": 200,
    "take": 302,
    "cancel": 200,
    "consent": 200,
    "confirm": 302,
    "erase": 200,
    "own_data": 200,
    "own_data_page": 200,
    "own_calendar": 200,
    "overview": 200,
    "feed": 200,
    "imprint": 200,
    "privacy": 200,
    "accessibility": 200,
    "picture": 404,
    "preview": 200,
    "livestream": 200,
    "livestream_captions": 200,
    "livestream_sign_language": 200,
    "event_calendar": 200,
    "event": 200,
}

# What superusers get of a table, by what is done with it; nobody else at the desk gets anything.
READ = {"changelist": 200, "add": 403, "history": 200, "delete": 403, "change": 200}
WRITTEN = READ | {"add": 200, "delete": 200}
TABLES = {
    "auth_user": WRITTEN,
    "events_event": READ | {"delete": 200},
    **dict.fromkeys(["events_speaker", "events_venue", "events_organiser"], WRITTEN),
    "events_legalpage": READ,
    "auth_user_password": {"change": 200},
    **{f"registration_{name}": READ for name in ("registration", "consenttext", "consentrecord", "outgoingmail")},
}


def addresses() -> list[tuple[str, str]]:
    """Name and pattern of every address, but for the workspace of an event."""
    found = list(_walk(get_resolver()))
    return [(name, pattern) for name, pattern in found if name != "None" and "admin/fachtag/<slug" not in pattern]


def _walk(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, str]]:
    for found in resolver.url_patterns:
        pattern = before + str(found.pattern)
        if isinstance(found, URLPattern):
            yield str(found.name), pattern
        else:
            yield from _walk(found, pattern)


def expected(who: str, name: str) -> int:
    """The status of what somebody gets who opens it."""
    if name in PUBLIC:
        return PUBLIC[name]
    if who == NOBODY:
        return 200 if name == "login" else 302
    if name in ELSE_AT_THE_DESK:
        return ELSE_AT_THE_DESK[name]
    if (name, who) == ("team_member", STRANGER):
        return 404
    if name in FOR:
        allowed, otherwise = FOR[name]
        return 200 if who in allowed else otherwise
    table, _, act = name.rpartition("_")
    return TABLES[table][act] if who == ALL else 403


@pytest.fixture
def keys(event: Event, bob: Registration) -> dict[str, Any]:
    """What stands for the parts of an address."""
    member = Membership.objects.create(
        user=User.objects.create_user("mia", is_staff=True), organiser=event.organiser, role=EDITOR
    )
    invitation = Invitation.objects.create(
        email="nina@example.org", organiser=event.organiser, role=EDITOR, digest="x", valid_until=timezone.now()
    )
    assert event.venue is not None
    record = ConsentRecord.objects.earliest("pk")
    rows = {
        "auth/user": member.user_id,
        "events/event": event.pk,
        "events/speaker": event.organiser.speakers.earliest("pk").pk,
        "events/venue": event.venue.pk,
        "events/organiser": event.organiser_id,
        "events/legalpage": LegalPage.objects.earliest("pk").pk,
        "registration/registration": bob.pk,
        "registration/consenttext": record.text_id,
        "registration/consentrecord": record.pk,
        "registration/outgoingmail": OutgoingMail.objects.earliest("pk").pk,
        "team/einladung": invitation.pk,
        "team": member.pk,
    }
    return rows | {"slug": event.slug, "token": bob.token, "app_label": "events"}


def filled(pattern: str, keys: dict[str, Any]) -> str:
    row = next(
        (key for table, key in keys.items() if "/" in table or table == "team" if f"admin/{table}/<" in pattern), 1
    )
    values = {"slug": keys["slug"], "token": keys["token"], "uidb64": "MQ", "name": "x.png", "app_label": "events"}
    if "hilfe/" in pattern:
        pattern = pattern.replace("<slug:key>", "gaeste")
    pattern = re.sub(r"\^\(\?P<app_label>[^)]*\)/\$", "events/", pattern)
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values.get(found[1], row)), pattern)


@pytest.fixture
def visit(log_in: LogIn, event: Event, foreign: Event, admin_user: User) -> Any:
    def client(who: str) -> Client:
        if who == STRANGER:
            return log_in(LEAD, at=foreign)
        if who in {DOOR, GUESTS, EDITOR, LEAD}:
            return log_in(who)
        found = Client()
        if who != NOBODY:
            found.force_login(admin_user if who == ALL else User.objects.create_user("new", is_staff=True))
        return found

    return client


@pytest.mark.parametrize("who", EVERYBODY)
def test_it_works(visit: Any, keys: dict[str, Any], foreign: Event, who: str) -> None:
    client, found = visit(who), {}
    for name, pattern in addresses():
        if "admin/r/" in pattern or "(?P<url>" in pattern:
            continue
        response = client.get(filled(pattern, keys))
        found[name, pattern] = response.status_code
        if who in {DOOR, GUESTS, EDITOR, LEAD, NEW} and pattern.startswith("admin/"):
            assert foreign.title not in response.content.decode(errors="replace"), pattern
    assert found == {(name, pattern): expected(who, name) for name, pattern in found}
    assert len(found) > 100
