"""What an organiser changes while a guest's form is open, or on its way."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from events import eventfile
from events.models import Event, Workshop
from registration import booking
from registration.booking import Choice
from registration.models import Registration
from tests import factories
from tests.conftest import Payload
from tests.desk.test_entering import by_hand
from tests.pages import Fields
from tests.registration.test_booking import states
from tests.registration.test_change import payload as change_payload
from tests.registration.test_change import url as change_url

FORM = "/fachtag-demo/anmeldung/"


def renumber(event: Event) -> None:
    """The second workshop becomes the third, and the third the second."""
    second, third = event.workshops.get(number=2), event.workshops.get(number=3)
    for workshop, number in ((second, 9), (third, 2), (second, 3)):
        workshop.number = number
        workshop.save()


def import_renumbered(event: Event) -> None:
    """The same, by a file."""
    content = factories.EXAMPLE.read_text()
    for number, key in ((3, "folklore"), (2, "beschaeftigung")):
        before, _key, after = content.partition(f'key = "{key}"\nnumber = ')
        content = f'{before}key = "{key}"\nnumber = {number}{after[1:]}'
    day = timezone.localtime(event.starts_at).date()
    eventfile.save(eventfile.parse(content.encode(), event.slug).starting(day))


@pytest.mark.parametrize("change", [renumber, import_renumbered])
def test_other_numbers_seat_nobody_elsewhere(
    client: Client, alice: Client, event: Event, payload: Payload, change: Callable[[Event], None]
) -> None:
    meant = event.workshops.get(number=2)
    bob = factories.registered(event, number=1)
    new, changed, phoned = payload(), change_payload(), by_hand(event, first_name="Dora")
    change(event)
    assert client.post(FORM, new).status_code == 302
    client.post(change_url(bob), changed)
    alice.post(f"/admin/fachtag/{event.slug}/gaeste/neu/", phoned)
    assert {row.first_name: factories.seat(row) for row in event.registrations.all()} == dict.fromkeys(
        ("Bob", "Charlie", "Dora"), meant
    )
    meant.refresh_from_db()
    assert meant.number == 3


def test_a_link_by_number_says_that_the_workshop_has_filled(client: Client, event: Event) -> None:
    factories.fill(event, 2)
    page = client.get(f"{FORM}?workshop=2").content.decode()
    assert "Der Workshop „2.\xa0Darf es etwas mehr als Folklore sein?“ ist inzwischen ausgebucht." in page
    assert " checked" not in page
    assert f'value="{factories.option("2-waiting")}"' in page
    page = client.get(f"{FORM}?workshop=2-waiting").content.decode()
    assert f'value="{factories.option("2-waiting")}" id="id_{factories.round_name()}_1" checked' in page
    assert "ist inzwischen ausgebucht" not in page
    assert "ist inzwischen ausgebucht" not in client.get(f"{FORM}?workshop=1").content.decode()


def test_a_link_to_a_waiting_list_chooses_the_seat_that_came_free(client: Client, event: Event) -> None:
    page = client.get(f"{FORM}?workshop=2-waiting").content.decode()
    assert f'value="{factories.option("2")}" id="id_{factories.round_name()}_1" checked' in page


@contextmanager
def in_the_middle(change: Callable[[], object]) -> Iterator[None]:
    """Do this once the form has been read from the database, before the first transaction of its request."""
    done: list[str] = []

    def before(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SAVEPOINT") and not done:
            done.append(sql)
            change()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(before):
        yield
    assert done


GONE = "Was Sie gewählt hatten, gibt es nicht mehr. Bitte wählen Sie neu."


def test_a_workshop_deleted_before_the_form_arrives(client: Client, event: Event, payload: Payload) -> None:
    form = payload()
    event.workshops.get(number=2).delete()
    refused(client.post(FORM, form), GONE)


def test_a_workshop_deleted_while_the_form_is_sent(client: Client, event: Event, payload: Payload) -> None:
    with in_the_middle(event.workshops.get(number=2).delete):
        refused(client.post(FORM, payload()), GONE)


GONE_FOR_GOOD = "Was Sie gewählt hatten, wird nicht mehr angeboten. Möchten Sie ohne das teilnehmen, senden Sie das"
ONLY_THE_LIVESTREAM = "Was Sie gewählt hatten, wird nicht mehr angeboten, wohl aber der Livestream. Möchten Sie ihm"
NO_WORKSHOP = "Zurzeit gibt es keinen Workshop zur Auswahl, deshalb wurde nichts gespeichert."


def without_workshops(event: Event, **values: Any) -> None:
    """No round any more, and these values."""
    event.slots.filter(kind="workshops").delete()
    Event.objects.filter(pk=event.pk).update(**values)


def test_a_livestream_that_is_not_offered_any_more_seats_nobody(client: Client, event: Event, payload: Payload) -> None:
    form = payload(workshop=None, attendance="livestream")
    without_workshops(event, livestream_offered=False)
    refused(client.post(FORM, form), GONE_FOR_GOOD)
    again = payload(workshop=None)  # as the form that came back sends it
    assert client.post(FORM, again).status_code == 302


@pytest.mark.parametrize("sends", ["livestream", None])
def test_a_livestream_switched_off_while_the_form_is_sent(
    client: Client, event: Event, payload: Payload, sends: str | None
) -> None:
    without_workshops(event, livestream_offered=True, **({} if sends else {"venue": None}))
    with in_the_middle(lambda: Event.objects.update(livestream_offered=False)):
        response = client.post(FORM, payload(workshop=None, attendance=sends))
    refused(response, GONE_FOR_GOOD)
    assert response.context["form"].errors.get_json_data().keys() == {"__all__"}
    assert len(response.context["form"].non_field_errors()) == 1


def test_a_place_that_is_not_offered_any_more_leads_nobody_to_the_livestream(
    client: Client, event: Event, payload: Payload
) -> None:
    form = payload(workshop=None, attendance="place")
    without_workshops(event, livestream_offered=True, venue=None)
    refused(client.post(FORM, form), ONLY_THE_LIVESTREAM)


@pytest.mark.parametrize(("choice", "livestream"), [("place", False), ("place-waiting", False), ("livestream", True)])
def test_what_happens_anyhow_need_not_be_chosen_again(
    client: Client, event: Event, payload: Payload, choice: str, livestream: bool
) -> None:
    form = payload(workshop=None, attendance=choice)
    without_workshops(event, livestream_offered=livestream, **({"venue": None} if livestream else {}))
    assert client.post(FORM, form).status_code == 302
    assert Registration.objects.get(first_name="Charlie").livestream == livestream


def test_an_evening_that_went_is_told(client: Client, event: Event, payload: Payload) -> None:
    dinner = factories.an_evening(event)
    form = payload(workshop=None)
    [main] = event.slots.filter(kind="workshops", optional=False)
    form |= {f"round_{main.pk}": factories.option("2"), f"round_{dinner.slot_id}": str(dinner.pk)}
    dinner.slot.delete()
    refused(client.post(FORM, form), GONE)


def test_an_evening_that_went_and_that_nobody_wanted_is_not_told(
    client: Client, event: Event, payload: Payload
) -> None:
    dinner = factories.an_evening(event)
    form = payload(workshop=None)
    [main] = event.slots.filter(kind="workshops", optional=False)
    form |= {f"round_{main.pk}": factories.option("2"), f"round_{dinner.slot_id}": "none"}
    dinner.slot.delete()
    assert client.post(FORM, form).status_code == 302


def test_without_any_workshop_left_nobody_is_registered(client: Client, event: Event, payload: Payload) -> None:
    form = payload()
    Event.objects.update(livestream_offered=False)
    event.workshops.all().delete()
    assert "form" not in client.get(FORM).context
    refused(client.post(FORM, form), NO_WORKSHOP)


def test_without_any_workshop_left_there_is_the_livestream_alone(
    client: Client, event: Event, payload: Payload
) -> None:
    form = payload()
    event.workshops.all().delete()
    refused(client.post(FORM, form), GONE)
    refused(client.post(FORM, payload(workshop=None, attendance="place")), GONE)
    assert 'value="place"' not in client.get(FORM).content.decode()
    assert client.post(FORM, payload(workshop=None, attendance="livestream")).status_code == 302
    assert Registration.objects.get(first_name="Charlie").livestream


def test_the_last_workshops_go_while_the_form_is_sent(client: Client, event: Event, payload: Payload) -> None:
    """An event with an evening alone, and a round that turns up in that moment."""
    dinner = factories.an_evening(event)
    event.slots.exclude(pk=dinner.slot_id).filter(kind="workshops").delete()
    Event.objects.update(livestream_offered=False)
    form = payload(workshop=None) | {f"round_{dinner.slot_id}": str(dinner.pk)}

    def announce() -> None:
        factories.another_round_at(event, event.starts_at)

    with in_the_middle(announce):
        refused(client.post(FORM, form), NO_WORKSHOP)


def test_by_hand_nobody_is_registered_without_a_workshop_either(alice: Client, event: Event) -> None:
    phoned = by_hand(event, first_name="Charlie")
    Event.objects.update(livestream_offered=False)
    event.workshops.all().delete()
    response = alice.post(f"/admin/fachtag/{event.slug}/gaeste/neu/", phoned)
    assert NO_WORKSHOP in response.content.decode()
    assert not event.registrations.exists()


@pytest.mark.parametrize("livestream", [True, False])
def test_who_came_before_workshops_were_announced_keeps_the_seat(
    client: Client, event: Event, livestream: bool
) -> None:
    without_workshops(event, livestream_offered=livestream)
    bob = booking.register(event, factories.BOB, Choice(), timezone.now(), agreed=["recording"]).registration
    factories.another_round_at(event, event.starts_at)
    form = {"first_name": "Robert", "last_name": "Müller", **({"attendance": "place"} if livestream else {})}
    assert client.post(change_url(bob), form).status_code == 302
    bob.refresh_from_db()
    assert (bob.first_name, bob.state, bob.livestream) == ("Robert", "confirmed", False)


def test_a_workshop_deleted_while_a_change_is_sent(client: Client, event: Event) -> None:
    bob = factories.registered(event, number=1)
    with in_the_middle(event.workshops.get(number=2).delete):
        refused(client.post(change_url(bob), change_payload(organisation="Amt für Übergänge & Anfänge")), GONE)
    assert states(event) == [("Bob", "confirmed", 1, None)]


def test_a_workshop_deleted_while_somebody_is_registered_by_hand(alice: Client, event: Event) -> None:
    form = by_hand(event, organisation="Amt für Übergänge & Anfänge")
    with in_the_middle(event.workshops.get(number=2).delete):
        response = alice.post(f"/admin/fachtag/{event.slug}/gaeste/neu/", form)
    assert GONE in response.content.decode()
    assert "Amt für Übergänge &amp; Anfänge" in response.content.decode()


def test_a_workshop_deleted_while_somebody_is_moved_there(alice: Client, event: Event, bob: Registration) -> None:
    third = event.workshops.get(number=3)
    chosen = {"do": "move", "workshop": third.pk}
    with in_the_middle(third.delete):
        response = alice.post(f"/admin/fachtag/{event.slug}/gaeste/{bob.pk}/", chosen, follow=True)
    assert "Bob Müller bleibt: Den Workshop 3. Beschäftigung" in response.content.decode()
    assert states(event) == [("Bob", "confirmed", 2, None)]


@pytest.mark.parametrize("change", [Event.delete, lambda _event: Event.objects.update(status="draft")])
def test_an_event_that_goes_while_the_form_is_sent(
    client: Client, event: Event, payload: Payload, change: Callable[[Event], object]
) -> None:
    copy = Event.objects.get(pk=event.pk)
    with in_the_middle(lambda: change(copy)):
        refused(client.post(FORM, payload()), "Diese Veranstaltung wird nicht mehr angeboten")
    assert client.get(FORM).status_code == 404


def refused(response: Any, says: str) -> None:
    """The form came back in words, with what was typed."""
    page = response.content.decode()
    assert response.status_code == 422
    assert says in page
    assert 'value="Amt für Übergänge &amp; Anfänge"' in page
    assert not Registration.objects.filter(first_name="Charlie").exists()


def test_a_workshop_stays_in_its_round_with_its_guests(alice: Client, event: Event, bob: Registration) -> None:
    later, workshop = factories.another_round(event, 3), event.workshops.get(number=2)
    page = f"/admin/fachtag/{event.slug}/workshops/{workshop.pk}/"
    data = Fields(alice.get(page).content.decode()).data | {"slot": str(later.pk)}
    assert "darum bleibt er in seinem Programmpunkt" in alice.post(page, data).content.decode()
    workshop.slot = later
    with pytest.raises(ValidationError):
        workshop.save()
    third = event.workshops.get(number=3)
    third.slot = later
    third.save()  # nobody is in it


# At the very same moment

only_postgres = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
at_once = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def meanwhile(change: Callable[[], object], verb: Callable[[], object]) -> Exception | None:
    """Begin the change, let the verb come and wait, then commit; say what stopped the verb."""

    def answer() -> Exception | None:
        try:
            verb()
        except (booking.Refused, DatabaseError) as refusal:
            return refusal
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            change()
            waiting = pool.submit(answer)
            with connection.cursor() as cursor:
                for _time in range(1000):
                    cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                    if cursor.fetchone() != (0,):
                        break
        return waiting.result(timeout=30)


@only_postgres
@at_once
def test_a_seat_in_a_workshop_that_is_being_deleted() -> None:
    event = factories.an_open_event()
    workshop = event.workshops.get(number=2)
    refusal = meanwhile(
        Workshop.objects.filter(pk=workshop.pk).delete,
        lambda: booking.register(event, factories.BOB, Choice.of(workshop), timezone.now(), agreed=["recording"]),
    )
    assert isinstance(refusal, booking.WorkshopGone)
    assert not Registration.objects.exists()


@only_postgres
@at_once
def test_deleting_a_workshop_in_which_somebody_is_taking_a_seat() -> None:
    event = factories.an_open_event()
    workshop = event.workshops.get(number=2)
    workshop.contributions.all().delete()
    refusal = meanwhile(lambda: factories.registered(event), workshop.delete)
    assert type(refusal) is IntegrityError  # no deadlock, whose victim may be the guest
    assert states(event) == [("Bob", "confirmed", 2, None)]


@only_postgres
@at_once
def test_an_organiser_deletes_it_at_that_moment(alice: Client) -> None:
    event = factories.an_open_event()
    workshop = event.workshops.get(number=2)
    workshop.contributions.all().delete()
    page = f"/admin/fachtag/{event.slug}/workshops/{workshop.pk}/loeschen/"
    answers = []
    meanwhile(lambda: factories.registered(event), lambda: answers.append(alice.post(page)))
    assert [answer.status_code for answer in answers] == [409]
    assert "1 Gast" in answers[0].content.decode()
    assert states(event) == [("Bob", "confirmed", 2, None)]


@only_postgres
@at_once
def test_cancelling_while_the_time_for_it_ends() -> None:
    event = factories.an_open_event()
    bob = factories.registered(event)
    now = timezone.now()
    earlier = Event.objects.filter(pk=event.pk)
    refusal = meanwhile(
        lambda: earlier.update(changes_close_at=now - timedelta(seconds=1)), lambda: booking.cancel(bob, now)
    )
    assert isinstance(refusal, booking.TooLate)
    assert states(event) == [("Bob", "confirmed", 2, None)]
