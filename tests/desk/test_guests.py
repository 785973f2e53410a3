"""The list of guests: views, turned round, search, order and pages."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from events.models import Event, Workshop
from registration import booking
from registration.booking import Choice, Guest
from registration.models import Answer, ConsentRecord, ConsentText, OutgoingMail, Registration
from tests import factories
from tests.desk.conftest import LogIn

LIST = "/admin/fachtag/fachtag-demo/gaeste/"


def shown(client: Client, query: str = "") -> list[str]:
    """The last names in the list, as they stand there; a workshop is named by its number."""
    page = client.get(f"{LIST}?{re.sub('workshop-([0-9]+)', by_key, query)}").content.decode()
    return re.findall(r'<th role="rowheader" scope="row"><a href="[^"]+"><b>([^<]*)</b>', page)


def counted(client: Client) -> dict[str, int]:
    page = client.get(LIST).content.decode()
    found = re.findall(r'<a href="\?zeigen=([^"]*)"[^>]*>[^<]+<b>(\d+)</b>', page)
    numbers = {f"workshop-{workshop.pk}": f"workshop-{workshop.number}" for workshop in Workshop.objects.all()}
    return {numbers.get(key, key): int(number) for key, number in found}


def by_key(number: re.Match[str]) -> str:
    workshop = Workshop.objects.filter(number=int(number[1])).first()
    return f"workshop-{workshop.pk if workshop else 999_999}"


def named(last_name: str, first_name: str = "Uta", organisation: str = "") -> Guest:
    return Guest(first_name, last_name, f"{first_name}.{abs(hash(last_name))}@example.org".lower(), organisation)


@pytest.fixture
def cast(event: Event) -> dict[str, Registration]:
    """One guest of each kind."""
    factories.workshop(event, 1, capacity=1)
    event.consent_requests.create(purpose="publicity", kind="voluntary", wording="Fotos für die Werbung.")
    long_ago = timezone.now() - timedelta(days=9)
    return {
        "Sitzt": factories.registered(event, named("Sitzt"), 1, now=long_ago, answered={"needs": "Rollstuhl"}),
        "Wartet": factories.registered(event, named("Wartet"), 1, waiting=True, now=long_ago),
        "Schaut": factories.watching(event, named("Schaut"), now=long_ago),
        "Weg": factories.registered(event, named("Weg"), 2, now=long_ago),
        "Neu": factories.registered(event, named("Neu"), 2),
        "Wirbt": booking.register(
            event,
            named("Wirbt"),
            Choice.of(event.workshops.get(number=3)),
            long_ago,
            agreed=["recording", "publicity"],
        ).registration,
        "Scheu": factories.registered(event, named("Scheu"), 3, now=long_ago),
    }


@pytest.fixture
def told(cast: dict[str, Registration]) -> dict[str, Registration]:
    """The same, after something has happened to some."""
    now = timezone.now()
    Registration.objects.update(to_confirm="", confirm_by=None)
    booking.cancel_by_hand(cast["Weg"], now)
    booking.withdraw_consent(cast["Scheu"], "recording", now)
    Registration.objects.filter(pk=cast["Neu"].pk).update(to_confirm="address", confirm_by=now + timedelta(days=1))
    OutgoingMail.objects.filter(registration=cast["Schaut"]).update(failed_at=now)
    return cast


LIVE = ["Neu", "Schaut", "Scheu", "Sitzt", "Wartet", "Wirbt"]
VIEWS = {
    "": LIVE,
    "platz": ["Neu", "Scheu", "Sitzt", "Wirbt"],
    "workshop-1": ["Sitzt"],
    "workshop-2": ["Neu"],
    "workshop-3": ["Scheu", "Wirbt"],
    "ohne-workshop": [],
    "livestream": ["Schaut"],
    "warteliste": ["Wartet"],
    "abgesagt": ["Weg"],
    "neu": ["Neu"],
    "keine-fotos": ["Scheu"],
    "werbung": ["Wirbt"],
    "unbestaetigt": ["Neu"],
    "unzustellbar": ["Schaut"],
    "bedarf": ["Sitzt"],
}


def test_it_works(log_in: LogIn, told: dict[str, Registration]) -> None:
    client = log_in("lead")
    assert counted(client) == {key: len(names) for key, names in VIEWS.items()}
    assert shown(client) == LIVE


@pytest.mark.parametrize("key", VIEWS)
def test_each_view(log_in: LogIn, told: dict[str, Registration], key: str) -> None:
    assert shown(log_in("lead"), f"zeigen={key}") == VIEWS[key]


@pytest.mark.parametrize("key", [key for key in VIEWS if key])
def test_turned_round(log_in: LogIn, told: dict[str, Registration], key: str) -> None:
    """All others who count; who has cancelled stands in a view of their own alone."""
    everybody = LIVE if key != "abgesagt" else [*LIVE, "Weg"]
    found = shown(log_in("lead"), f"zeigen={key}&nicht=on")
    assert found == [name for name in everybody if name not in VIEWS[key]]


def test_a_view_that_there_is_not_shows_all(log_in: LogIn, told: dict[str, Registration]) -> None:
    client = log_in("guests")
    assert shown(client, "zeigen=bedarf") == LIVE
    assert shown(client, "zeigen=workshop-77") == LIVE


def test_who_sees_no_sensitive_answers_has_no_such_view(log_in: LogIn, told: dict[str, Registration]) -> None:
    assert "bedarf" not in counted(log_in("guests"))


@pytest.mark.parametrize(
    "words", ["Müller", "müller", "mueller", "MULLER", "mull", "bob mull", "müll bob", "treibhaus"]
)
def test_search_finds_a_name_as_people_type_it(log_in: LogIn, bob: Registration, words: str) -> None:
    factories.registered(bob.event, factories.CHARLIE)
    assert shown(log_in("guests"), f"q={words}") == ["Müller"]


@pytest.mark.parametrize(("words", "name"), [("Strasse", "Straße"), ("soren", "Sørensen"), ("ozturk", "Öztürk")])
def test_search_knows_other_letters(log_in: LogIn, event: Event, words: str, name: str) -> None:
    factories.registered(event, named(name))
    factories.registered(event, named("Anders"))
    assert shown(log_in("guests"), f"q={words}") == [name]


def test_search_wants_every_word(log_in: LogIn, bob: Registration) -> None:
    assert shown(log_in("guests"), "q=Bob+Maier") == []


def test_search_stays_in_the_view(log_in: LogIn, told: dict[str, Registration]) -> None:
    assert shown(log_in("guests"), "zeigen=workshop-3&q=uta") == ["Scheu", "Wirbt"]
    assert shown(log_in("lead"), "zeigen=abgesagt&q=weg") == ["Weg"]


def test_search_finds_answers(log_in: LogIn, event: Event) -> None:
    event.questions.create(key="essen", label="Essen", kind="choice", options=[["v", "vegan"], ["a", "alles"]])
    factories.registered(event, named("Grün"), answered={"essen": "v"})
    factories.registered(event, named("Alles"), answered={"essen": "a"})
    assert shown(log_in("guests"), "q=vegan") == ["Grün"]


def test_search_finds_sensitive_answers_only_for_who_may_see_them(
    log_in: LogIn, told: dict[str, Registration], event: Event
) -> None:
    assert Answer.objects.filter(question__sensitive=True).count() == 1
    assert shown(log_in("guests"), "q=rollstuhl") == []
    assert shown(log_in("lead"), "q=rollstuhl") == ["Sitzt"]


def test_who_sees_needs_finds_them(log_in: LogIn, told: dict[str, Registration]) -> None:
    assert shown(log_in("guests", sees_needs=True), "q=rollstuhl") == ["Sitzt"]


GERMAN = [
    "Adler",
    "Ärger",
    "Azur",
    "Öhme",
    "Ohnesorg",
    "Özil",
    "Strase",
    "Straße",
    "Strassner",
    "Übel",
    "Uhl",
    "Łukasz",
]
IN_ORDER = [*GERMAN[:3], "Łukasz", *GERMAN[3:-1]]


def test_german_order(log_in: LogIn, event: Event) -> None:
    for name in reversed(GERMAN):
        factories.registered(event, named(name))
    assert shown(log_in("guests")) == IN_ORDER


def test_german_order_over_pages(log_in: LogIn, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registration.desk.guests.A_PAGE", 5)
    for name in GERMAN:
        factories.registered(event, named(name))
    client = log_in("guests")
    assert [name for page in (1, 2, 3) for name in shown(client, f"seite={page}")] == IN_ORDER
    assert shown(client, "alle") == IN_ORDER
    assert shown(client, "q=ü&seite=1") == shown(client, "q=u")[:5]


def test_german_order_in_tables(log_in: LogIn, event: Event) -> None:
    for name in GERMAN:
        factories.registered(event, named(name))
    response = log_in("guests").post(f"{LIST}mehrere/", {"do": "csv", "alle": "on", "ansicht": ""})
    _heading, *rows = csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";")
    assert [row[0] for row in rows] == IN_ORDER


def test_pages(log_in: LogIn, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registration.desk.guests.A_PAGE", 2)
    for number in range(5):
        factories.registered(event, named(f"Gast {number}"))
    client = log_in("guests")
    assert shown(client, "seite=3") == ["Gast 4"]
    assert shown(client, "seite=99") == ["Gast 4"]
    assert shown(client, "seite=x") == ["Gast 0", "Gast 1"]
    page = client.get(f"{LIST}?q=gast&seite=2").content.decode()
    assert '<a class="button" href="?zeigen=&amp;q=gast&amp;seite=3">' in page
    assert "3 bis 4" in page


def test_nobody(log_in: LogIn, event: Event) -> None:
    page = log_in("guests").get(f"{LIST}?q=niemand").content.decode()
    assert "In dieser Liste steht niemand." in page


def test_what_is_typed_is_text(log_in: LogIn, bob: Registration) -> None:
    page = log_in("guests").get(f"{LIST}?q=%22%3E%3Cscript%3E").content.decode()
    assert "<script" not in page


def test_two_thousand_guests(log_in: LogIn, event: Event, django_assert_max_num_queries: Any) -> None:
    workshop = event.workshops.get(number=1)
    now = timezone.now()
    rows = Registration.objects.bulk_create(
        Registration(
            event=event,
            state="confirmed",
            first_name="Gast",
            last_name=f"Nr {number:04}",
            email=f"g{number}@example.org",
            person=str(number),
            registered_at=now,
            changed_at=now,
        )
        for number in range(2000)
    )
    for row in rows[:100]:
        row.places.create(round=workshop.slot, workshop=workshop)
    text = ConsentText.objects.create(event=event, purpose="recording", kind="required", version=1, wording="x")
    ConsentRecord.objects.bulk_create(
        ConsentRecord(registration=row, text=text, decision="given", at=now, channel="web") for row in rows
    )
    client = log_in("lead")
    with django_assert_max_num_queries(12):
        assert shown(client)[0] == "Nr 0000"
    with django_assert_max_num_queries(12):
        assert shown(client, "q=1999") == ["Nr 1999"]
    with django_assert_max_num_queries(12):
        assert len(shown(client, "zeigen=workshop-1&alle")) == 100
    with django_assert_max_num_queries(12):
        assert len(shown(client, "alle")) == 2000
