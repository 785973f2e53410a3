"""A workshop that does not take place: where its guests go, what they are told, and who gets the seats."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from events.models import Event, Workshop
from registration import booking, erasing
from registration.booking import Choice, Instead, Pick
from registration.models import Change, MailText, OutgoingMail, Place, Registration
from tests import factories
from tests.desk.conftest import LogIn
from tests.registration.test_meanwhile import in_the_middle


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in("lead")


@pytest.fixture
def gone(event: Event) -> Workshop:
    """The one that does not take place."""
    return event.workshops.get(number=2)


def address(workshop: Workshop) -> str:
    return f"/admin/fachtag/{workshop.event.slug}/workshops/{workshop.pk}/absagen/"


def some(event: Event, count: int, number: int = 2, first: int = 1, **more: Any) -> list[Registration]:
    who = range(first, first + count)
    return [factories.registered(event, factories.guest(one), number, **more) for one in who]


def fresh(guests: list[Registration]) -> list[Registration]:
    return [Registration.objects.get(pk=guest.pk) for guest in guests]


def places(guest: Registration) -> list[tuple[int, bool]]:
    """The numbers of workshops, each with whether it is only waited for."""
    found = Place.objects.filter(registration=guest).order_by("workshop__number")
    return [(place.workshop.number, place.queued_at is not None) for place in found]


def last(guest: Registration) -> str:
    return factories.read(guest.mails.latest("pk"))


def names(client: Client, event: Event) -> list[str]:
    """Who has no workshop, as the list of guests says."""
    page = client.get(f"/admin/fachtag/{event.slug}/gaeste/?zeigen=ohne-workshop").content.decode()
    return re.findall(r"</b>, ([^<]+)</a>", page)


def call_off(client: Client, workshop: Workshop, where: str, **more: str) -> str:
    response = client.post(address(workshop), {"where": where} | more, follow=True)
    found = re.search(r'<p class="note good" role="status">([^<]+)</p>', response.content.decode())
    assert found, response.status_code
    return found[1]


def nobody_is_left(event: Event, workshop: Workshop) -> bool:
    places = Place.objects.filter(workshop=workshop.pk)
    return not event.workshops.filter(pk=workshop.pk).exists() and not places.exists()


def test_it_works(client: Client, event: Event, gone: Workshop) -> None:
    guests, target = some(event, 3), event.workshops.get(number=1)
    page = client.get(address(gone)).content.decode()
    assert "3 Gäste haben dort einen Platz" in page
    assert f"In „{target}“: alle 3 finden einen Platz." in page
    said = call_off(client, gone, str(target.pk), reason="Frau Ü. ist\nerkrankt.")
    assert said == f"„{gone}“ fällt aus. Gäste, die eine Mail bekommen: 3."
    assert nobody_is_left(event, gone)
    assert [places(guest) for guest in guests] == [[(1, False)]] * 3
    text = last(guests[0])
    assert f"„{gone}“ fällt leider aus." in text
    assert "Frau Ü. ist\nerkrankt." in text
    assert f"Neu für Sie: ein Platz in „{target}“." in text
    assert [guest.mails.latest("pk").kind for guest in guests] == ["workshop_cancelled"] * 3
    assert guests[0].mails.latest("pk").facts["entry"] is not None
    assert [change.what for change in Change.objects.all()] == [f"Workshop abgesagt: {gone}"]


def test_more_than_a_portion(client: Client, event: Event, gone: Workshop) -> None:
    gone.capacity = None
    gone.save()
    guests, target = some(event, 43), factories.workshop(event, 1, capacity=30)
    page = client.get(address(gone)).content.decode()
    assert f"In „{target}“: 30 von 43 finden einen Platz; 13 kommen auf die Warteliste" in page
    assert call_off(client, gone, str(target.pk)).endswith(" 43.")
    assert [places(guest) for guest in guests] == [[(1, False)]] * 30 + [[(1, True)]] * 13
    assert [guest.queues[0].number_in_line for guest in fresh(guests)[30:]] == list(range(1, 14))
    assert [guest.state for guest in fresh(guests)] == ["confirmed"] * 30 + ["waiting"] * 13
    assert OutgoingMail.objects.filter(kind="workshop_cancelled").count() == 43
    assert f"Auf der Warteliste für den Workshop „{target}“ sind Sie Nummer 1." in last(guests[30])


def test_beyond_the_seats(client: Client, event: Event, gone: Workshop) -> None:
    guests, target = some(event, 3), factories.workshop(event, 1, capacity=1)
    call_off(client, gone, str(target.pk), over_capacity="on")
    assert [places(guest) for guest in guests] == [[(1, False)]] * 3


def test_where_they_should_go_is_deleted_meanwhile(client: Client, event: Event, gone: Workshop) -> None:
    """By somebody else, while this is on its way."""
    [guest], target = some(event, 1), event.workshops.get(number=1)
    with in_the_middle(event.workshops.filter(pk=target.pk).delete):
        response = client.post(address(gone), {"where": str(target.pk), "reason": "Krank."})
    assert response.status_code == 422
    page = response.content.decode()
    assert "Das steht nicht mehr zur Wahl. Bitte wählen Sie noch einmal." in page
    assert "Krank." in page
    assert places(guest) == [(2, False)]
    assert not Change.objects.exists()


def test_somebody_else_called_it_off_meanwhile(client: Client, event: Event, gone: Workshop) -> None:
    with in_the_middle(event.workshops.filter(pk=gone.pk).delete):
        assert client.post(address(gone), {}).status_code == 404
    assert not Change.objects.exists()


def test_each_chooses(client: Client, event: Event, gone: Workshop) -> None:
    guests = some(event, 2)
    call_off(client, gone, "choose")
    assert [(guest.state, places(guest)) for guest in fresh(guests)] == [("confirmed", [])] * 2
    assert "Bitte wählen Sie auf Ihrer Seite einen anderen Workshop" in last(guests[0])
    assert f"{guests[0].get_absolute_url()}aendern/" in last(guests[0])
    overview = client.get(f"/admin/fachtag/{event.slug}/").content.decode()
    assert "2 Gäste haben keinen Workshop" in overview
    assert len(names(client, event)) == 2
    form = Client().get(f"{guests[0].get_absolute_url()}aendern/").content.decode()
    assert gone.title not in form
    booking.change(guests[0], factories.guest(1), Choice.of(event.workshops.get(number=3)), timezone.now())
    assert places(guests[0]) == [(3, False)]
    assert names(client, event) == ["Gast 2"]


def test_an_evening_that_one_may_do_without(client: Client, event: Event) -> None:
    evening = factories.an_evening(event)
    other = evening.slot.workshops.create(number=10, title="Rundgang")
    workshop = event.workshops.get(number=1)
    choice = Choice((Pick(workshop), Pick(evening)))
    bob = booking.register(event, factories.BOB, choice, timezone.now(), agreed=["recording"]).registration
    assert other.title in client.get(address(evening)).content.decode()
    call_off(client, evening, "choose")
    assert (places(bob), bob.state) == ([(1, False)], "confirmed")
    assert "Wenn Sie möchten" in last(bob)


def test_the_only_one_of_its_round(client: Client, event: Event) -> None:
    evening = factories.an_evening(event)
    choice = Choice((Pick(event.workshops.get(number=1)), Pick(evening)))
    bob = booking.register(event, factories.BOB, choice, timezone.now(), agreed=["recording"]).registration
    page = client.get(address(evening)).content.decode()
    assert "ohne Workshop in dieser Runde" in page
    assert "over_capacity" not in page
    call_off(client, evening, "cancel")
    assert (fresh([bob])[0].state, places(bob)) == ("confirmed", [(1, False)])
    assert "aendern" not in last(bob)


def test_cancelled(client: Client, event: Event, gone: Workshop) -> None:
    guests = some(event, 2)
    waits_too = some(event, 1, first=7)[0]
    factories.fill(event, 1)
    waits_for_it = Choice.of(event.workshops.get(number=1), waiting=True)
    booking.change(waits_too, factories.guest(7), waits_for_it, timezone.now())
    call_off(client, gone, "cancel")
    assert [(guest.state, places(guest)) for guest in fresh(guests)] == [("cancelled", [])] * 2
    assert [(guest.state, places(guest)) for guest in fresh([waits_too])] == [("waiting", [(1, True)])]
    assert "Ihre Anmeldung ist abgesagt." in last(guests[0])
    assert "nimmt die Veranstaltung aus Ihrem Kalender" in last(guests[0])


# Queues and chains


def test_who_waits_goes_to_the_end_of_the_other_line(event: Event, gone: Workshop) -> None:
    """First those who sat, then those who waited, as they stood in line; nobody overtakes who was there before."""
    target = factories.workshop(event, 1, capacity=1)
    gone.capacity = 1
    gone.save()
    now = timezone.now()
    holder, waits_there = some(event, 1, 1)[0], some(event, 1, 1, first=2, waiting=True)[0]
    sits = some(event, 1, 2, first=3)[0]
    late = {"waiting": True, "now": now + timedelta(minutes=1)}
    lines = [some(event, 1, 2, first=number, **late)[0] for number in (4, 5, 6)]
    Place.objects.filter(registration=lines[2]).update(queued_at=now)  # who registered last is first in line
    assert booking.call_off(gone, Instead(target), "", now + timedelta(hours=1)) == 4
    assert nobody_is_left(event, gone)
    assert places(holder) == [(1, False)]
    order = [waits_there, sits, lines[2], *lines[:2]]
    assert [places(guest) for guest in order] == [[(1, True)]] * 5
    assert [guest.queues[0].number_in_line for guest in fresh(order)] == [1, 2, 3, 4, 5]
    booking.cancel_by_hand(holder, now + timedelta(hours=2))
    assert places(waits_there) == [(1, False)]


def test_who_waits_gets_a_seat_where_there_are_some(event: Event, gone: Workshop) -> None:
    gone.capacity = 1
    gone.save()
    sits, waits = some(event, 1)[0], some(event, 1, first=2, waiting=True)[0]
    booking.call_off(gone, Instead(event.workshops.get(number=1)), "", timezone.now())
    assert [places(guest) for guest in (sits, waits)] == [[(1, False)]] * 2
    assert fresh([waits])[0].state == "confirmed"
    assert [mail.kind for mail in waits.mails.order_by("pk")][-2:] == ["workshop_cancelled", "moved_up"]


def test_a_seat_or_a_line_elsewhere_in_the_round_stays(event: Event, gone: Workshop) -> None:
    """Who sits in 3 and waits for the one that is gone keeps 3; who sits in it and waits for 3 keeps that line."""
    factories.workshop(event, 3, capacity=1)
    target, now = factories.workshop(event, 1, capacity=2), timezone.now()
    gone.capacity = 3
    gone.save()
    in_three = some(event, 1, 3)[0]
    sits = some(event, 3, 2, first=2)
    full = [Choice.of(event.workshops.get(number=number), waiting=True) for number in (2, 3)]
    booking.change(in_three, factories.guest(1), full[0], now)
    booking.change(sits[0], factories.guest(2), full[1], now)
    since = Place.objects.get(registration=sits[0], workshop__number=3).queued_at
    assert places(sits[0]) == [(2, False), (3, True)]
    assert places(in_three) == [(2, True), (3, False)]
    booking.call_off(gone, Instead(target), "", now + timedelta(hours=1))
    assert places(in_three) == [(3, False)]
    assert places(sits[0]) == [(1, False), (3, True)]
    assert Place.objects.get(registration=sits[0], workshop__number=3).queued_at == since
    assert [places(guest) for guest in sits[1:]] == [[(1, False)], [(1, True)]]
    booking.cancel_by_hand(in_three, now + timedelta(hours=2))
    assert [places(guest) for guest in sits] == [[(3, False)], [(1, False)], [(1, False)]]


def test_who_waits_for_the_event_wishes_for_another(event: Event, gone: Workshop) -> None:
    some(event, 1, 1)
    event.capacity = 1
    event.save()
    bob = factories.registered(event, waiting=True)
    booking.call_off(gone, Instead(event.workshops.get(number=3)), "", timezone.now())
    assert (fresh([bob])[0].state, places(bob)) == ("waiting", [(3, True)])
    assert fresh([bob])[0].queued_at == bob.queued_at
    assert "Warteliste der Veranstaltung" in last(bob)


def test_the_livestream_goes_on(event: Event, gone: Workshop) -> None:
    factories.fill(event, 2)
    bob = factories.watching(event)
    booking.change(bob, factories.BOB, Choice.of(gone, waiting=True), timezone.now(), agreed=["recording"])
    assert fresh([bob])[0].livestream
    booking.call_off(event.workshops.get(number=2), Instead(cancels=True), "", timezone.now())
    guest = fresh([bob])[0]
    assert (guest.state, guest.livestream, places(guest)) == ("confirmed", True, [])


def test_a_free_seat_of_the_event_goes_to_the_line(event: Event, gone: Workshop) -> None:
    some(event, 1)
    event.capacity = 1
    event.save()
    waits = some(event, 1, 3, first=2, waiting=True)[0]
    booking.call_off(gone, Instead(cancels=True), "", timezone.now())
    assert (fresh([waits])[0].state, places(waits)) == ("confirmed", [(3, False)])


def test_nobody_comes_in_meanwhile(event: Event, gone: Workshop) -> None:
    gone.capacity = None
    gone.save()
    some(event, 25)
    assert booking.call_off(gone, Instead(), "", timezone.now()) == 20
    with pytest.raises(booking.WorkshopFull):
        factories.registered(event, factories.BOB)
    assert booking.call_off(gone, Instead(), "", timezone.now()) == 5
    assert booking.call_off(gone, Instead(), "", timezone.now()) == 0
    assert nobody_is_left(event, gone)


def test_twice_is_harmless(client: Client, event: Event, gone: Workshop) -> None:
    some(event, 2)
    call_off(client, gone, "choose")
    mails = OutgoingMail.objects.count()
    assert client.post(address(gone), {"where": "choose"}).status_code == 404
    assert OutgoingMail.objects.count() == mails


def test_who_has_been_erased_holds_nothing_up(event: Event, gone: Workshop) -> None:
    guests = some(event, 2)
    event.starts_at, event.ends_at = timezone.now() - timedelta(hours=1), timezone.now() + timedelta(hours=9)
    event.registration_closes_at = event.starts_at
    event.save()
    erasing.erase(guests[0], timezone.now())
    assert Place.objects.filter(registration=guests[0]).exists()
    assert booking.call_off(gone, Instead(), "", timezone.now()) == 1
    assert nobody_is_left(event, gone)
    assert "antworten Sie auf diese Mail" in last(guests[1])


def test_an_unconfirmed_address_learns_no_name(event: Event, gone: Workshop) -> None:
    event.address_confirmed_within = 24
    event.save()
    bob = factories.registered(event)
    booking.call_off(gone, Instead(event.workshops.get(number=1)), "", timezone.now())
    assert bob.mails.latest("pk").kind == "unconfirmed"
    assert places(bob) == [(1, False)]


def test_another_workshop_of_another_round_or_event(event: Event, foreign: Event, gone: Workshop) -> None:
    some(event, 1)
    for other in (foreign.workshops.earliest("pk"), factories.an_evening(event), gone):
        with pytest.raises(booking.WorkshopGone):
            booking.call_off(gone, Instead(other), "", timezone.now())
    assert event.workshops.filter(pk=gone.pk, capacity=gone.capacity).exists()


def test_an_own_wording(event: Event, gone: Workshop) -> None:
    MailText.objects.create(event=event, kind="workshop_cancelled", subject="Weg: {workshop}", text="{reason} {choose}")
    bob = factories.by_hand(event)
    booking.call_off(gone, Instead(), "Weil {name} krank ist.", timezone.now())
    assert last(bob).startswith("Weil {name} krank ist. Bitte wählen Sie")
    assert bob.mails.latest("pk").subject == f"Weg: {gone}"


# The page


def test_nobody_is_in_it(client: Client, event: Event, gone: Workshop) -> None:
    page = client.get(address(gone)).content.decode()
    assert "Niemand hat dort einen Platz" in page
    assert 'name="where"' not in page
    client.post(address(gone))
    assert nobody_is_left(event, gone)


@pytest.mark.parametrize("where", ["", "x", "9" * 30, "\0", "²"])
def test_what_is_not_offered_is_asked_again(client: Client, event: Event, gone: Workshop, where: str) -> None:
    some(event, 1)
    response = client.post(address(gone), {"where": where, "reason": "Grund genug"})
    assert (response.status_code, "Grund genug" in response.content.decode()) == (422, True)
    assert event.workshops.filter(pk=gone.pk).exists()


def test_of_another_office(client: Client, event: Event, foreign: Event) -> None:
    theirs = foreign.workshops.earliest("pk")
    ours = address(event.workshops.earliest("pk"))
    assert client.post(ours.replace(f"/{event.workshops.earliest('pk').pk}/", f"/{theirs.pk}/")).status_code == 404
    assert client.get(ours.replace("/workshops/", "/workshops/99999999999999999999")).status_code == 404
    some(event, 1, 1)
    assert client.post(ours, {"where": str(theirs.pk)}).status_code == 422


def test_an_event_that_is_over(alice: Client, past_event: Event) -> None:
    workshop = past_event.workshops.earliest("pk")
    assert "gibt es nichts abzusagen" in alice.get(address(workshop)).content.decode()
    alice.post(address(workshop), {"where": "choose"})
    assert past_event.workshops.filter(pk=workshop.pk).exists()


def test_the_overview_leads_there(client: Client, log_in: LogIn, event: Event, gone: Workshop) -> None:
    assert address(gone) in client.get(f"/admin/fachtag/{event.slug}/").content.decode()
    assert address(gone) not in log_in("guests").get(f"/admin/fachtag/{event.slug}/").content.decode()
