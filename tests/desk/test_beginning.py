"""An event from nothing, and as a copy of an earlier one."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.timezone import localtime

from events import eventfile
from events.copying import free_slug
from events.models import Event, Speaker
from registration.models import Membership, Registration
from tests import factories
from tests.desk.conftest import LogIn

NEW = "/admin/fachtag/neu/"
COPY = "/admin/fachtag/fachtag-demo/kopieren/"


def sent(**changes: str) -> dict[str, str]:
    day = timezone.localdate() + timedelta(days=90)
    usual = {"title": "Fachtag Ehrenamt", "slug": "", "day": str(day), "begins": "9", "last_day": "", "ends": "15.30"}
    return usual | changes


def test_it_works(log_in: LogIn, event: Event, client: Client) -> None:
    lead = log_in("lead")
    assert f'href="{NEW}"' in lead.get("/admin/").content.decode()
    response = lead.post(NEW, sent(), follow=True)
    made = Event.objects.get(slug="fachtag-ehrenamt")
    assert response.redirect_chain == [("/admin/fachtag/fachtag-ehrenamt/angaben/?schritt", 302)]
    assert (made.status, made.organiser, made.sequence) == ("draft", event.organiser, 0)
    assert [localtime(one).strftime("%H:%M") for one in (made.starts_at, made.ends_at)] == ["09:00", "15:30"]
    assert made.registration_closes_at < made.starts_at - timedelta(days=6)
    assert [question.key for question in made.questions.all()] == ["needs"]
    assert client.get(made.get_absolute_url()).status_code == 404
    lead.post(NEW, sent())  # the same once more
    assert Event.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"title": "", "day": "", "begins": "", "ends": ""}, {"title", "day", "begins", "ends"}),
        ({"ends": "8:59"}, {"ends"}),
        ({"day": "2021-10-07"}, {"day"}),
        ({"day": "9999-12-31"}, {"day"}),
        ({"day": "0001-01-01"}, {"day"}),
        ({"last_day": "gestern"}, {"last_day"}),
        ({"slug": "neu"}, {"slug"}),
        ({"slug": "fachtag-demo"}, {"slug"}),
        ({"slug": "ä ö"}, {"slug"}),
        ({"title": "\x00", "begins": "\x00"}, {"title", "begins"}),
    ],
)
def test_what_is_wrong_is_said_and_nothing_lost(
    log_in: LogIn, event: Event, changes: dict[str, str], fields: set[str]
) -> None:
    response = log_in("lead").post(NEW, sent(**changes))
    assert (response.status_code, set(response.context["form"].errors)) == (200, fields)
    assert 'value="15.30"' in response.content.decode() or "ends" in changes
    assert Event.objects.count() == 1


@pytest.mark.parametrize("role", ["editor", "guests", "door"])
def test_only_who_leads_begins_events(log_in: LogIn, event: Event, role: str) -> None:
    client = log_in(role)
    assert client.get(NEW).status_code == 403
    assert client.post(NEW, sent()).status_code == 403
    assert NEW not in client.get("/admin/").content.decode()


def test_only_for_an_office_that_one_leads(log_in: LogIn, event: Event, foreign: Event, alice: Client) -> None:
    lead = log_in("lead")
    lead.post(NEW, sent(organiser=str(foreign.organiser_id)))
    assert Event.objects.get(slug="fachtag-ehrenamt").organiser == event.organiser
    for key in ("x", "\x00", "0", "9" * 30, ""):
        assert "organiser" in alice.post(NEW, sent(organiser=key)).context["form"].errors
    alice.post(NEW, sent(organiser=str(foreign.organiser_id), slug="bei-anderen"))
    assert Event.objects.get(slug="bei-anderen").organiser == foreign.organiser


def test_an_address_that_is_free(event: Event) -> None:
    found = [free_slug(wished) for wished in ("Fachtag Demo", "Neu", "Größe!", "…", "x" * 200)]
    assert found == ["fachtag-demo-2", "neu-2", "groesse", "fachtag", "x" * 50]


def described(event: Event) -> Any:
    """All of an event that a file says, but for what is its own."""
    found = eventfile.describe(event)
    ignored = {"slug", "status", "change_note", "livestream_url"}
    return {name: value for name, value in found.values.items() if name not in ignored}, found


def test_a_copy(log_in: LogIn, event: Event, bob: Registration) -> None:
    factories.workshop(event, 1, room="Raum 112", capacity=7)
    Speaker.objects.update(portrait="pictures/0123456789abcdef-560x315.webp", portrait_alt="Porträt")
    Event.objects.update(
        livestream_url="https://example.org/old",
        change_note="Neue Uhrzeit",
        image="pictures/0123456789abcdef-1120x630.webp",
        image_alt="Ein Haus",
        registration_opens_at=timezone.now(),
    )
    event.refresh_from_db()
    event.mail_texts.create(kind="confirmed", subject="Willkommen", text="Guten Tag")
    members, speakers = Membership.objects.count(), Speaker.objects.count()
    lead = log_in("lead")
    day = event.first_day + timedelta(days=371)  # the clocks have changed twice, or once
    response = lead.post(COPY, {"first_day": str(day)}, follow=True)
    copy = Event.objects.exclude(pk=event.pk).get()
    assert response.redirect_chain == [(f"/admin/fachtag/{copy.slug}/veroeffentlichen/", 302)]
    assert (copy.slug, copy.status, copy.sequence) == (f"fachtag-demo-{day.year}", "draft", 0)
    assert (copy.livestream_url, copy.change_note, copy.image.name) == ("", "", event.image.name)
    assert copy.uid != event.uid
    ours, before = described(event)
    theirs, after = described(copy)
    expected = before.starting(day)
    assert theirs == {name: value for name, value in expected.values.items() if name in ours}
    assert (after.slots, after.questions, after.consents) == (expected.slots, expected.questions, expected.consents)
    assert (after.venue, after.organiser, after.speakers) == (before.venue, before.organiser, before.speakers)
    assert [text.subject for text in copy.mail_texts.all()] == ["Willkommen"]
    assert copy.registrations.count() == 0
    assert (event.registrations.count(), Speaker.objects.count()) == (1, speakers)
    assert Membership.objects.count() == members + 1  # of who logged in
    page = response.content.decode()
    assert "Räume: Raum 112" in page
    lead.post(COPY, {"first_day": str(day)})
    assert Event.objects.count() == 2
    event.refresh_from_db()
    assert described(event)[1] == before


@pytest.mark.parametrize("day", ["", "x", "\x00", "2021-10-07", "9999-12-31", "0001-01-01"])
def test_no_copy_without_a_day(log_in: LogIn, event: Event, day: str) -> None:
    response = log_in("lead").post(COPY, {"first_day": day})
    assert list(response.context["form"].errors) == ["first_day"]
    assert Event.objects.count() == 1


def test_a_copy_of_two_days(log_in: LogIn, event: Event) -> None:
    event = factories.a_two_day_event("zwei-tage")
    lead = log_in("lead", at=event)
    lead.post(
        COPY.replace("fachtag-demo", "zwei-tage"), {"first_day": "2028-03-24"}
    )  # a night before the clocks change
    copy = Event.objects.get(slug="zwei-tage-2028")
    assert (copy.first_day, copy.last_day) == (date(2028, 3, 24), date(2028, 3, 25))
    assert eventfile.describe(copy).slots == eventfile.describe(event).starting(copy.first_day).slots
