"""What is a yes of somebody who was asked for one, and what is none."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from events.models import Event
from registration import booking, consents, notices
from registration.booking import Choice, Guest, Pick
from registration.models import OutgoingMail, Registration
from tests import factories
from tests.registration.test_booking import kinds

NOW = timezone.now()
DORA = Guest("Dora", "Wartet", "dora@example.org")


@pytest.fixture
def asking(event: Event) -> Event:
    """An event whose second workshop is full, and where who moves up has a day to say yes."""
    event.accept_within = 24
    event.save()
    factories.fill(event, 2)
    return event


def again(registration: Registration) -> Registration:
    return Registration.objects.with_everything().get(pk=registration.pk)


def moved_up(event: Event, now: Any = None) -> Registration:
    """Bob, who waited, and for whom there is a seat now."""
    bob = factories.registered(event, waiting=True)
    booking.cancel(event.registrations.get(first_name="Frida"), now or NOW)
    return again(bob)


def called_off(event: Event) -> None:
    event.refresh_from_db()
    event.status = Event.Status.CANCELLED
    event.save()
    while notices.announce(timezone.now() + timedelta(minutes=5)):
        pass


def test_who_has_yet_to_say_yes_hears_that_the_event_is_off(asking: Event) -> None:
    assert moved_up(asking).to_confirm == "seat"
    called_off(asking)
    assert kinds("Bob")[-1] == "event_cancelled"


def test_who_was_invited_hears_that_the_event_is_off(event: Event, bob: Registration) -> None:
    booking.hand_over(bob, factories.CHARLIE, NOW)
    called_off(event)
    assert kinds("Charlie")[-1] == "event_cancelled"


def test_news_give_new_time_to_think(asking: Event) -> None:
    bob = moved_up(asking)
    asking.refresh_from_db()
    asking.starts_at += timedelta(days=7)
    asking.ends_at += timedelta(days=7)
    asking.save()
    later = NOW + timedelta(hours=20)
    while notices.announce(later):
        pass
    assert again(bob).confirm_by == later + timedelta(hours=24)


def test_a_corrected_address_is_no_yes_to_an_invitation(event: Event, bob: Registration) -> None:
    charlie = booking.hand_over(bob, Guest("Charlie", "Öztürk", "charly@exmaple.org"), NOW)
    booking.correct(charlie, factories.CHARLIE, NOW)
    charlie = again(charlie)
    assert (charlie.is_invited, charlie.address_known, charlie.all_consents) == (True, False, [])
    assert kinds("Charlie")[-1] == "invited"


@pytest.mark.parametrize(("hours", "asked"), [(None, "seat"), (48, "address")])
def test_a_corrected_address_is_no_yes_to_a_seat(asking: Event, hours: int | None, asked: str) -> None:
    bob = moved_up(asking)
    Event.objects.update(address_confirmed_within=hours)
    booking.correct(bob, Guest("Bob", "Müller", "robert@example.org"), NOW)
    assert again(bob).to_confirm == asked


def test_the_address_of_who_phoned_stays_known(asking: Event) -> None:
    Event.objects.update(address_confirmed_within=2)
    choice = Choice.of(asking.workshops.get(number=2), True)
    phone = {"channel": Registration.Channel.PHONE, "actor": "alice", "agreed": ["recording"]}
    bob = booking.register_by_hand(asking, factories.BOB, choice, NOW, **phone).registration  # type: ignore[arg-type]
    booking.cancel(asking.registrations.get(first_name="Frida"), NOW)
    booking.correct(again(bob), Guest("Bob", "Müller", "robert@example.org"), NOW)
    bob = again(bob)
    assert (bob.to_confirm, bob.address_known) == ("seat", True)


def test_a_second_seat_is_no_yes_to_the_first(event: Event) -> None:
    event.accept_within = 24
    event.save()
    second = factories.another_round(event, 2).workshops.create(event=event, number=8, title="Zwei", capacity=1)
    first = factories.workshop(event, 2, capacity=1)
    booking.register(event, DORA, Choice((Pick(first), Pick(second))), NOW, agreed=["recording"])
    both = Choice((Pick(first, True), Pick(second, True)), waiting=True)
    bob = booking.register(event, factories.BOB, both, NOW, agreed=["recording"]).registration
    for workshop in (first, second):
        workshop.capacity = 2
        workshop.save()
        booking.promote(event, NOW)
        assert again(bob).to_confirm == "seat"
    assert len(again(bob).held) == 2


def test_there_is_time_for_the_next_one(asking: Event) -> None:
    Event.objects.update(accept_within=48)
    asking.refresh_from_db()
    bob = moved_up(asking, asking.queues_stop_at - timedelta(hours=2))
    assert bob.confirm_by == asking.queues_stop_at


def test_nobody_is_asked_when_nothing_can_be_changed_any_more(asking: Event) -> None:
    Event.objects.update(queue_moves_up=False)
    asking.refresh_from_db()
    bob = factories.registered(asking, waiting=True)
    booking.cancel_by_hand(asking.registrations.get(first_name="Frida"), asking.starts_at)
    booking.promote(asking, asking.starts_at + timedelta(minutes=5), by_hand=True)
    bob = again(bob)
    assert (bob.state, bob.to_confirm) == ("confirmed", "")


def test_what_is_no_longer_asked_is_confirmed_one_by_one(asking: Event) -> None:
    Event.objects.update(address_confirmed_within=24)
    asking.refresh_from_db()
    dora = factories.registered(asking, DORA, 1)
    Event.objects.update(address_confirmed_within=None)
    booking.move_up(NOW + timedelta(hours=25))
    assert (again(dora).state, again(dora).to_confirm) == ("confirmed", "")


def test_whoever_said_yes_to_coming_instead_is_like_everybody(client: Client, asking: Event) -> None:
    bob = factories.registered(asking, waiting=True)
    charlie = again(booking.hand_over(bob, factories.CHARLIE, NOW))
    wish = Choice.of(asking.workshops.get(number=2), True)
    booking.change(charlie, factories.CHARLIE, wish, NOW, agreed=["recording"])
    booking.cancel(asking.registrations.get(first_name="Frida"), NOW)
    assert again(charlie).to_confirm == "seat"
    client.post(f"/anmeldung/{charlie.token}/bestaetigen/")
    assert again(charlie).to_confirm == ""


def test_a_free_seat_is_no_yes_to_an_invitation(client: Client, asking: Event) -> None:
    asking.consent_requests.all().delete()
    charlie = booking.hand_over(factories.registered(asking, waiting=True), factories.CHARLIE, NOW)
    page = client.get(charlie.get_absolute_url()).content.decode()
    assert f"/anmeldung/{charlie.token}/nehmen/" not in page
    response = client.post(f"/anmeldung/{charlie.token}/nehmen/", {"workshop": asking.workshops.get(number=1).pk})
    assert response.status_code == 422
    assert "Bitte sagen Sie zuerst, ob Sie kommen." in response.content.decode()
    assert (again(charlie).is_invited, again(charlie).held) == (True, [])


def test_an_organiser_registers_an_invited_guest_who_phones(event: Event, bob: Registration) -> None:
    charlie = booking.hand_over(bob, factories.CHARLIE, NOW)
    choice = Choice.of(event.workshops.get(number=1))
    phone = {"channel": Registration.Channel.PHONE, "actor": "alice", "agreed": ["recording"]}
    booking.register_by_hand(event, factories.CHARLIE, choice, NOW, **phone)  # type: ignore[arg-type]
    charlie = again(charlie)
    assert (charlie.to_confirm, str(charlie.held[0].workshop)[:2]) == ("", "1.")
    assert [(one.text.purpose, one.actor) for one in charlie.all_consents] == [
        ("privacy", "alice"),
        ("recording", "alice"),
    ]


def test_an_organiser_says_yes_once_on_the_page_of_an_invited_guest(event: Event, bob: Registration) -> None:
    charlie = booking.hand_over(bob, factories.CHARLIE, NOW)
    choice = Choice.of(event.workshops.get(number=2))
    for _time in range(2):
        charlie = again(charlie)
        booking.change(charlie, factories.CHARLIE, choice, NOW, agreed=["recording"], actor="alice")
    assert again(charlie).to_confirm == ""
    assert consents.informed(again(charlie)) is not None
    assert OutgoingMail.objects.filter(registration=charlie).count() == 2


@pytest.mark.parametrize("late", [False, True])
def test_who_sent_somebody_hears_that_they_do_not_come(
    client: Client, event: Event, bob: Registration, late: bool
) -> None:
    charlie = booking.hand_over(bob, factories.CHARLIE, NOW)
    if late:
        booking.move_up(NOW + timedelta(days=3))
    else:
        client.post(f"/anmeldung/{charlie.token}/absagen/")
    assert kinds("Bob") == ["confirmed", "handed_over", "declined"]
    assert kinds("Charlie") == ["invited", *(["released"] if late else [])]


def test_the_mail_says_what_is_new_and_asks_one_thing(asking: Event) -> None:
    mail = factories.read(OutgoingMail.objects.get(registration=moved_up(asking), kind="moved_up"))
    assert "Neu für Sie: ein Platz in „2. Darf es etwas mehr als Folklore sein?“." in mail
    assert "Bitte sagen Sie auf Ihrer Seite bis" in mail
    assert "absagen" not in mail


def test_organisers_see_who_has_yet_to_say_yes(alice: Client, asking: Event) -> None:
    moved_up(asking)
    page = alice.get(f"/admin/fachtag/{asking.slug}/gaeste/?zeigen=unbestaetigt")
    assert "Zusage steht aus</span>" in page.content.decode()
    assert [guest.first_name for guest in page.context["guests"]] == ["Bob"]
