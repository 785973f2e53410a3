"""Who may open what at the desk: every role, every address, one's own office and another one."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from events.models import Event
from registration.desk.urls import pages
from registration.models import Registration
from tests import factories
from tests.desk.conftest import LogIn

LEAD, EDITOR, GUESTS, DOOR = "lead", "editor", "guests", "door"
ROLES = (LEAD, EDITOR, GUESTS, DOOR)

# Who may open each page.
MAY = {
    "event_overview": {LEAD, EDITOR, GUESTS},
    "event_call_off": {LEAD},
    "event_programme": {LEAD, EDITOR},
    "event_slot_new": {LEAD, EDITOR},
    "event_fast": {LEAD, EDITOR},
    "event_slot": {LEAD, EDITOR},
    "event_slot_delete": {LEAD, EDITOR},
    "event_workshops": {LEAD, EDITOR},
    "event_workshop_new": {LEAD, EDITOR},
    "event_workshop": {LEAD, EDITOR},
    "event_workshop_delete": {LEAD, EDITOR},
    "event_questions": {LEAD, EDITOR},
    "event_question_new": {LEAD, EDITOR},
    "event_put_questions": {LEAD, GUESTS},
    "event_question": {LEAD, EDITOR},
    "event_question_delete": {LEAD, EDITOR},
    "event_consent_new": {LEAD, EDITOR},
    "event_consent": {LEAD, EDITOR},
    "event_consent_delete": {LEAD, EDITOR},
    "event_details": {LEAD, EDITOR},
    "event_times": {LEAD, EDITOR},
    "event_place": {LEAD, EDITOR},
    "event_venue": {LEAD, EDITOR},
    "event_seats": {LEAD, EDITOR},
    "event_office": {LEAD},
    "event_law": {LEAD},
    "event_publish": {LEAD},
    "event_delete": {LEAD},
    "event_copy": {LEAD},
    "event_preview": {LEAD, EDITOR},
    "event_guests": {LEAD, GUESTS},
    "event_many": {LEAD, GUESTS},
    "event_guest": {LEAD, GUESTS},
    "event_answered": {LEAD, GUESTS},
    "event_needs": {LEAD},
    "event_move_up": {LEAD, GUESTS},
    "event_enter": {LEAD, GUESTS},
    "event_guest_list": {LEAD, GUESTS},
    "event_guest_list_blank": {LEAD, GUESTS},
    "event_correct": {LEAD, GUESTS},
    "event_erase": {LEAD, GUESTS},
    "event_door": {LEAD, GUESTS, DOOR},
    "event_mails": {LEAD, EDITOR, GUESTS},
    "event_mail": {LEAD, EDITOR},
    "event_inquiries": {LEAD, GUESTS},
    "event_inquiry": {LEAD, GUESTS},
    "event_afterwards": {LEAD},
    "event_erase_early": {LEAD},
    "event_record": {LEAD},
    "event_history": {LEAD},
    "event_messages": {LEAD, GUESTS},
    "event_write": {LEAD, GUESTS},
    "event_message": {LEAD, GUESTS},
}

# What is only for sending something answers that nothing was sent.
POST_ONLY = {"event_many"}

# What is only for getting something.
SAFE_ONLY = {"event_guest_list_blank"}


def address(pattern: str, event: Event, guest: Registration) -> str:
    """Of the guest, or of something else that the event has and that goes by a number too."""
    keys: dict[str, Callable[[], Any]] = {
        "programm": lambda: event.slots.earliest("pk"),
        "workshops": lambda: event.workshops.earliest("pk"),
        "fragen": lambda: event.questions.earliest("pk"),
        "einwilligung": lambda: event.consent_requests.earliest("pk"),
        "nachrichten": lambda: event.messages.create(changed_at=guest.registered_at),
        "anfragen": lambda: factories.inquiry(event),
        "gaeste": lambda: guest,
    }
    found = pattern.replace("<slug:slug>", event.slug).replace("<slug:kind>", "confirmed")
    found = found.replace("<slug:what>", "gaeste")
    part = re.search("([a-z]+)/<int:", found)
    return "/admin/" + (re.sub("<int:[a-z]+>", str(keys[part[1]]().pk), found) if part else found)


def test_every_page_is_in_the_matrix() -> None:
    assert {name for _address, _view, name in pages} == MAY.keys()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("pattern", "name"), [(pattern, name) for pattern, _view, name in pages])
def test_own_office(log_in: LogIn, event: Event, bob: Registration, role: str, pattern: str, name: str) -> None:
    allowed = 405 if name in POST_ONLY else 200
    expected = allowed if role in MAY[name] or name in POST_ONLY else 403
    assert log_in(role).get(address(pattern, event, bob)).status_code == expected


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("pattern", "name"), [(pattern, name) for pattern, _view, name in pages])
def test_another_office(log_in: LogIn, foreign: Event, role: str, pattern: str, name: str) -> None:
    theirs = factories.registered(foreign)
    client = log_in(role)
    for send in (client.get, client.post):
        response = send(address(pattern, foreign, theirs))
        assert response.status_code in ({404, 405} if name in POST_ONLY | SAFE_ONLY else {404})
        assert "Fremder Fachtag" not in response.content.decode()


@pytest.mark.parametrize("role", ROLES)
def test_a_guest_of_another_event(log_in: LogIn, event: Event, foreign: Event, role: str) -> None:
    """The address names one's own event, and somebody else's guest."""
    theirs = factories.registered(foreign)
    client = log_in(role)
    expected = 404 if role in MAY["event_guest"] else 403
    assert client.get(f"/admin/fachtag/{event.slug}/gaeste/{theirs.pk}/").status_code == expected
    client.post(f"/admin/fachtag/{event.slug}/gaeste/mehrere/", {"do": "cancel", "gast": theirs.pk, "confirmed": ""})
    theirs.refresh_from_db()
    assert theirs.state == Registration.State.CONFIRMED


@pytest.mark.parametrize("role", ROLES)
def test_start_shows_ones_own_events_alone(log_in: LogIn, event: Event, foreign: Event, role: str) -> None:
    page = log_in(role).get("/admin/").content.decode()
    assert event.title in page
    assert "Fremder Fachtag" not in page


def test_nobody_without_a_login(client: Client, event: Event, bob: Registration) -> None:
    for pattern, _view, _name in pages:
        response = client.get(address(pattern, event, bob))
        assert (response.status_code, response.headers["Location"].split("?")[0]) == (302, "/admin/login/")


def test_a_superuser_sees_all(alice: Client, event: Event, foreign: Event) -> None:
    page = alice.get("/admin/").content.decode()
    assert event.title in page
    assert "Fremder Fachtag" in page


def test_tables_are_for_superusers(log_in: LogIn, alice: Client) -> None:
    assert alice.get("/admin/tabellen/").status_code == 200
    assert log_in("lead").get("/admin/tabellen/").status_code == 403


def test_staff_without_an_office_see_nothing(event: Event, django_user_model: Any) -> None:
    client = Client()
    client.force_login(django_user_model.objects.create_user("neu", is_staff=True))
    page = client.get("/admin/")
    assert page.status_code == 200
    assert event.title not in page.content.decode()
    assert client.get(f"/admin/fachtag/{event.slug}/").status_code == 404
