"""Rounds of workshops come one after the other, because nobody can take part in two at once."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils.timezone import localtime

from events.models import Event, Slot
from tests.pages import Fields, save

REFUSAL = "beginnt, bevor"


def a_round(event: Event, title: str, starts: str, ends: str, kind: str = "workshops") -> Slot:
    """A slot on the day of the event, stored as it is."""
    day = localtime(event.starts_at)
    times = [day.replace(hour=int(time[:2]), minute=int(time[3:])) for time in (starts, ends)]
    return Slot.objects.create(event=event, title=title, kind=kind, starts_at=times[0], ends_at=times[1])


@pytest.fixture
def morning(event: Event) -> Slot:
    """A round before that of the example, which is from 13:15 to 15:00."""
    return a_round(event, "Morgenrunde", "10:30", "11:30")


def page_of(slot: Slot) -> str:
    """The page on which an organiser edits it."""
    return f"/admin/fachtag/{slot.event.slug}/programm/{slot.pk}/"


@pytest.mark.parametrize(
    ("starts", "ends", "kind", "refused"),
    [
        ("14:30", "16:00", "workshops", True),
        ("12:00", "13:30", "workshops", True),
        ("12:00", "16:00", "workshops", True),
        ("13:30", "14:00", "workshops", True),
        ("12:00", "13:15", "workshops", False),
        ("15:00", "16:00", "workshops", False),
        ("13:30", "14:00", "talk", False),
    ],
)
def test_a_round_is_refused_at_the_time_of_another(
    event: Event, starts: str, ends: str, kind: str, refused: bool
) -> None:
    slot = a_round(event, "Zweite Runde", starts, ends, kind)
    if refused:
        with pytest.raises(ValidationError, match=REFUSAL):
            slot.full_clean()
    else:
        slot.full_clean()


def test_another_event_may_have_its_round_then(event: Event, past_event: Event) -> None:
    slot = past_event.slots.get(kind="workshops")
    Slot.objects.filter(pk=slot.pk).update(starts_at=event.starts_at, ends_at=event.ends_at)
    slot.refresh_from_db()
    slot.full_clean()


def test_who_edits_one_round_hears_nothing_of_two_others(event: Event, morning: Slot) -> None:
    a_round(event, "Überschneidung", "14:00", "16:00")
    morning.full_clean()


def test_the_page_of_a_slot_says_so(alice: Client, morning: Slot) -> None:
    data = Fields(alice.get(page_of(morning)).content.decode()).data
    del data["takes_along"]
    response = alice.post(page_of(morning), data | {"ends": "13:30"})
    assert response.status_code == 200
    assert "„Workshops“" in (page := response.content.decode())
    assert REFUSAL in page
    assert "bevor „Morgenrunde“" in page
    morning.refresh_from_db()
    assert morning.ends_at - morning.starts_at == timedelta(hours=1)
    save(alice, page_of(morning), ends="13:15", takes_along=None)


def test_a_round_that_moves_along_is_judged_where_it_will_be(alice: Client, event: Event, morning: Slot) -> None:
    save(alice, page_of(morning), ends="13:30")
    afternoon = event.slots.get(title="Workshops")
    assert localtime(afternoon.starts_at).strftime("%H:%M") == "15:15"


def test_two_rounds_that_swap_are_judged_as_they_will_be(alice: Client, event: Event, morning: Slot) -> None:
    afternoon = event.slots.get(title="Workshops")
    event.slots.exclude(pk__in=[morning.pk, afternoon.pk]).delete()
    alice.post(f"/admin/fachtag/{event.slug}/programm/", {"down": morning.pk})
    morning.refresh_from_db()
    afternoon.refresh_from_db()
    assert afternoon.starts_at < afternoon.ends_at < morning.starts_at


def test_a_round_that_is_removed_is_in_nobodys_way(alice: Client, event: Event, morning: Slot) -> None:
    slot = a_round(event, "Ersatz", "16:00", "17:00")
    alice.post(f"{page_of(morning)}loeschen/")
    save(alice, page_of(slot), begins="10:45", ends="11:45", takes_along=None)
    assert [found.title for found in event.slots.filter(kind="workshops")] == ["Ersatz", "Workshops"]


def test_only_rounds_are_optional(alice: Client, event: Event, morning: Slot) -> None:
    save(alice, page_of(morning), optional="on")
    morning.refresh_from_db()
    talk = event.slots.filter(kind="talk")[0]
    save(alice, page_of(talk), optional="on")  # its page has no such field
    talk.refresh_from_db()
    assert (morning.optional, talk.optional) == (True, False)
    new = {"title": "Neu", "kind": "talk", "optional": "on", "begins": "17:00", "ends": "18:00"}
    address = f"/admin/fachtag/{event.slug}/programm/neu/"
    response = alice.post(address, Fields(alice.get(address).content.decode()).data | new)
    assert "kann optional sein" in response.content.decode()
    with pytest.raises(IntegrityError), transaction.atomic():
        Slot.objects.filter(pk=talk.pk).update(optional=True)
