"""What an organiser sends for an event that somebody deletes at that moment: it is not found, and nothing breaks."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from events.models import Event
from registration.models import Change
from tests.desk.conftest import LogIn
from tests.registration.test_meanwhile import in_the_middle

DESK = "/admin/fachtag/fachtag-demo/"

# Each page that locks the event, with what is sent.
SENT: dict[str, dict[str, str]] = {
    "angaben/": {},
    "angaben/zeiten/": {},
    "angaben/ort/": {},
    "angaben/ort/adresse/": {},
    "angaben/anmeldung/": {},
    "angaben/veranstalter/": {},
    "angaben/rechtliches/": {},
    "loeschen/": {},
    "programm/": {"up": "{slot}"},
    "programm/neu/": {},
    "programm/schnell/": {"text": "9:00 Ankommen"},
    "programm/{slot}/": {},
    "programm/{slot}/loeschen/": {},
    "fragen/": {"up": "1"},
    "fragen/neu/": {},
    "fragen/einwilligung/neu/": {},
    "kopieren/": {"first_day": "2999-05-01"},
    "veroeffentlichen/": {"status": "cancelled", "confirmed": ""},
    "vorschau/": {},
    "mails/confirmed/": {},
    "nachher/loeschen/antworten/": {"count": "0"},
}


@pytest.fixture
def deleted_meanwhile(event: Event) -> Callable[..., Any]:
    """Delete the event as soon as a request has learned what its sender may do there."""

    def delete(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found = execute(sql, params, many, context)
        if sql.startswith('SELECT "registration_membership"'):
            Event.objects.all().delete()
        return found

    return delete


@pytest.mark.parametrize("address", SENT)
def test_it_works(log_in: LogIn, event: Event, deleted_meanwhile: Callable[..., Any], address: str) -> None:
    client, slot = log_in("lead"), event.slots.earliest("pk").pk
    sent = {name: value.format(slot=slot) for name, value in SENT[address].items()}
    with connection.execute_wrapper(deleted_meanwhile):
        assert client.post(DESK + address.format(slot=slot), sent).status_code == 404
    assert not Event.objects.exists()


@pytest.mark.parametrize("what", ["programm", "workshops", "fragen", "fragen/einwilligung"])
def test_what_somebody_else_deletes_at_that_moment_is_not_found(log_in: LogIn, event: Event, what: str) -> None:
    """And is not said to have been deleted twice."""
    found = {
        "programm": event.slots.exclude(kind="workshops"),
        "workshops": event.workshops.all(),
        "fragen": event.questions.all(),
        "fragen/einwilligung": event.consent_requests.all(),
    }[what].first()
    assert found is not None
    client, address = log_in("lead"), f"{DESK}{what}/{found.pk}/loeschen/"
    with in_the_middle(type(found)._default_manager.filter(pk=found.pk).delete):
        assert client.post(address).status_code == 404
    assert not Change.objects.exists()
