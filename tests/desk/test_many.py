"""What is done with several guests at once."""

import csv
import io
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from events.models import Event
from registration import booking
from registration.models import Change, OutgoingMail, Registration
from tests import factories
from tests.desk.conftest import LogIn
from tests.desk.test_programme import sent

LIST = "/admin/fachtag/fachtag-demo/gaeste/"
MANY = f"{LIST}mehrere/"


@pytest.fixture
def three(event: Event) -> list[Registration]:
    """Guests of workshop 2."""
    return [factories.registered(event, factories.guest(number)) for number in (1, 2, 3)]


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in("guests")


def said(client: Client, **form: Any) -> list[str]:
    """What the desk says afterwards."""
    page = client.post(MANY, form, follow=True).content.decode()
    return re.findall(r'<p class="note[^"]*" role="status">([^<]+)</p>', page)


def keys(guests: list[Registration]) -> list[int]:
    return [guest.pk for guest in guests]


def numbers(guests: list[Registration]) -> list[int]:
    return [factories.seat(guest).number for guest in guests]


def states(guests: list[Registration]) -> list[str]:
    return [Registration.objects.get(pk=guest.pk).state for guest in guests]


def names_of(response: Any) -> list[str]:
    rows = csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";")
    return [f"{row[1]} {row[0]}" for row in rows][1:]


def test_it_works(client: Client, event: Event, three: list[Registration]) -> None:
    page = client.post(MANY, {"do": "move", "gast": keys(three[:2])}).content.decode()
    assert "2 Gäste verlegen" in page
    assert "Gast 1 Beispiel, Gast 2 Beispiel" in page
    assert "Gast 3" not in page
    target = event.workshops.get(number=1)
    assert said(client, do="move", gast=keys(three[:2]), workshop=target.pk) == [
        f"Gast 1 Beispiel ist jetzt in Workshop {target}.",
        f"Gast 2 Beispiel ist jetzt in Workshop {target}.",
    ]
    assert numbers(three) == [1, 1, 2]


def test_who_finds_no_seat_stays(client: Client, event: Event, three: list[Registration]) -> None:
    target = factories.workshop(event, 1, capacity=1)
    assert said(client, do="move", gast=keys(three), workshop=target.pk) == [
        f"Gast 1 Beispiel ist jetzt in Workshop {target}.",
        f"Gast 2 Beispiel bleibt: Workshop {target} ist voll.",
        f"Gast 3 Beispiel bleibt: Workshop {target} ist voll.",
    ]
    assert numbers(three) == [1, 2, 2]


def test_moved_twice(client: Client, event: Event, three: list[Registration]) -> None:
    target = event.workshops.get(number=1)
    form = {"do": "move", "gast": keys(three[:1]), "workshop": target.pk}
    said(client, **form)
    mails, entries = OutgoingMail.objects.count(), Change.objects.count()
    assert said(client, **form) == [f"Gast 1 Beispiel sitzt schon in Workshop {target}."]
    assert (OutgoingMail.objects.count(), Change.objects.count()) == (mails, entries)


def test_a_workshop_of_another_event_is_asked_for_again(
    client: Client, foreign: Event, three: list[Registration]
) -> None:
    theirs = foreign.workshops.get(number=1)
    response = client.post(MANY, {"do": "move", "gast": keys(three), "workshop": theirs.pk})
    assert (response.status_code, "Wohin?" in response.content.decode()) == (200, True)
    assert numbers(three) == [2, 2, 2]


def test_cancelling_is_confirmed_first(client: Client, event: Event, three: list[Registration]) -> None:
    page = client.post(MANY, {"do": "cancel", "gast": keys(three[1:])}).content.decode()
    assert "Jetzt 2 Anmeldungen absagen" in page
    assert states(three) == ["confirmed"] * 3
    assert len(said(client, do="cancel", gast=keys(three[1:]), confirmed="")) == 2
    assert states(three) == ["confirmed", "cancelled", "cancelled"]
    assert OutgoingMail.objects.filter(kind="cancelled_by_organiser").count() == 2


def test_cancelled_twice(client: Client, three: list[Registration]) -> None:
    form = {"do": "cancel", "gast": keys(three[:1]), "confirmed": ""}
    said(client, **form)
    mails, entries = OutgoingMail.objects.count(), Change.objects.count()
    assert said(client, **form) == ["Gast 1 Beispiel war schon abgesagt."]
    assert (OutgoingMail.objects.count(), Change.objects.count()) == (mails, entries)


@pytest.mark.parametrize("do", ["move", "cancel", "xlsx", "csv"])
def test_nobody_chosen(client: Client, three: list[Registration], do: str) -> None:
    assert said(client, do=do, ansicht="zeigen=platz") == [
        "Sie haben noch niemanden ausgewählt: Setzen Sie zuerst Häkchen bei den Gästen."
    ]


@pytest.mark.parametrize("key", ["x", "99999999999999999999", "-1", "²", ""])
def test_a_key_that_is_none_is_nobody(client: Client, three: list[Registration], key: str) -> None:
    assert len(said(client, do="cancel", confirmed="", gast=key)) == 1
    assert states(three) == ["confirmed"] * 3


def test_something_else_is_not_there(client: Client, three: list[Registration]) -> None:
    assert client.post(MANY, {"do": "erase", "gast": keys(three)}).status_code == 404


def test_guests_of_another_event_are_nobody(client: Client, foreign: Event, three: list[Registration]) -> None:
    theirs = factories.registered(foreign)
    both = [*keys(three[:1]), theirs.pk]
    assert "Bob" not in client.post(MANY, {"do": "cancel", "gast": both}).content.decode()
    said(client, do="cancel", gast=both, confirmed="")
    assert states([*three, theirs]) == ["cancelled", "confirmed", "confirmed", "confirmed"]
    assert names_of(client.post(MANY, {"do": "csv", "gast": [*keys(three[1:2]), theirs.pk]})) == ["Gast 2 Beispiel"]


def test_all_of_the_view(client: Client, event: Event, three: list[Registration]) -> None:
    """Those on other pages too; not who is in another view, and not only who is ticked."""
    other = factories.registered(event, factories.BOB, 1)
    view = f"zeigen=workshop-{factories.workshop(event, 2).pk}"
    page = client.post(MANY, {"do": "cancel", "alle": "on", "gast": other.pk, "ansicht": view})
    assert page.content.decode().count('name="gast"') == 3
    found = names_of(client.post(MANY, {"do": "csv", "alle": "on", "ansicht": f"{view}&nicht=&q=bob"}))
    assert found == ["Bob Müller"]


@pytest.mark.parametrize("do", ["move", "cancel", "message", "print", "csv"])
def test_a_list_that_is_not_there_any_more_is_nobodys(
    client: Client, event: Event, three: list[Registration], do: str
) -> None:
    """Such as that of a workshop that somebody has deleted meanwhile; never everybody instead."""
    form = {"do": do, "alle": "on", "confirmed": "", "workshop": factories.workshop(event, 3).pk}
    for view in ("zeigen=workshop-999999", "zeigen=bedarf"):
        assert said(client, **form, ansicht=view) == [
            "Diese Liste gibt es nicht mehr. Bitte sehen Sie noch einmal nach, um wen es geht."
        ]
    assert (states(three), numbers(three)) == (["confirmed"] * 3, [2, 2, 2])


def test_a_table_is_exactly_what_is_shown(client: Client, event: Event, three: list[Registration]) -> None:
    event.questions.create(key="essen", label="Essen?", kind="line")
    Registration.objects.filter(pk=three[0].pk).update(organisation="=1+1")
    response = client.post(MANY, {"do": "xlsx", "gast": keys(three[:2])})
    sheet = load_workbook(io.BytesIO(response.content)).active
    assert sheet is not None
    heading, *rows = sheet.iter_rows(values_only=True)
    assert heading[-1] == "Essen?"
    assert [row[:4] for row in rows] == [
        ("Beispiel", "Gast 1", "gast1@example.org", "=1+1"),
        ("Beispiel", "Gast 2", "gast2@example.org", None),
    ]
    assert names_of(client.post(MANY, {"do": "csv", "gast": keys(three[:2])})) == ["Gast 1 Beispiel", "Gast 2 Beispiel"]
    assert "no-store" in response["Cache-Control"]
    assert response["Content-Disposition"].startswith('attachment; filename="fachtag-demo-')


def test_no_sensitive_answer_in_a_table(client: Client, log_in: LogIn, event: Event) -> None:
    guest = factories.registered(event, answered={"needs": "Rollstuhl"})
    for somebody in (client, log_in("lead")):
        content = somebody.post(MANY, {"do": "csv", "gast": guest.pk}).content.decode()
        assert "Müller" in content
        assert "Rollstuhl" not in content


def printed(client: Client, **form: Any) -> list[tuple[str, list[list[str]]]]:
    """Each list: its heading, and the cells of its rows."""
    page = client.post(MANY, {"do": "print"} | form).content.decode()
    assert "<script" not in page
    found = []
    for section in re.findall(r'<section aria-labelledby="sheet-.*?</section>', page, re.DOTALL):
        rows = re.findall(r"<tr role=\"row\">\s*(<th role=\"rowheader.*?)</tr>", section, re.DOTALL)
        cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
        heading = re.search(r"<h2[^>]*>Gästeliste: ([^<]+)", section)
        assert heading
        found.append((heading[1], [[words(cell) for cell in row] for row in cells]))
    return found


def words(part: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", part)).split())


def test_a_list_for_paper(client: Client, event: Event, three: list[Registration]) -> None:
    booking.withdraw_consent(three[0], "recording", timezone.now())
    seat = event.workshops.get(number=2).name
    rows = [
        ["Beispiel, Gast 1", "–", seat, "keine", ""],
        ["Beispiel, Gast 2", "–", seat, "", ""],
        ["Beispiel, Gast 3", "–", seat, "", ""],
    ]
    assert printed(client, gast=keys(three)) == [("Alle", rows)]
    assert printed(client, alle="", ansicht="q=gast") == [("Alle, „gast“", rows)]
    assert printed(client, gast=keys(three[:1])) == [("Auswahl aus „Alle“", rows[:1])]
    assert printed(client, gast=keys(three[2:]), ansicht="zeigen=livestream&nicht=") == [
        ("Auswahl aus „Alle außer „Livestream““", rows[2:])
    ]
    logged = list(Change.objects.order_by("pk").values_list("what", flat=True))
    assert logged[-1] == "Liste mit 1 Anmeldung zum Drucken geöffnet"
    assert len(logged) == 4
    page = client.post(MANY, {"do": "print", "gast": keys(three)}).content.decode()
    assert event.title in page.partition("<h2")[2]
    assert "3 Gäste, Stand " in page


def test_a_sheet_for_each_workshop(client: Client, event: Event, three: list[Registration]) -> None:
    booking.move(three[0], event.workshops.get(number=3), timezone.now())
    watching = factories.watching(event, factories.CHARLIE)
    two, other = event.workshops.get(number=2), event.workshops.get(number=3)
    found = printed(client, do="print-each", gast=keys([*three, watching]))
    assert [(heading, [row[0] for row in rows]) for heading, rows in found] == [
        (f"{two} (Alle)", ["Beispiel, Gast 2", "Beispiel, Gast 3"]),
        (f"{other} (Alle)", ["Beispiel, Gast 1"]),
        ("Ohne Workshop (Alle)", ["Öztürk, Charlie"]),
    ]
    assert found[2][1] == [["Öztürk, Charlie", "–", "Livestream", "", ""]]


@pytest.mark.parametrize("view", ["zeigen=bedarf", "q=rollstuhl"])
def test_paper_tells_of_no_sensitive_answer(log_in: LogIn, event: Event, view: str) -> None:
    factories.registered(event, answered={"needs": "Rollstuhl"})
    lead = log_in("lead")
    assert [heading for heading, _rows in printed(lead, alle="", ansicht=view)] == ["Ausgewählte Gäste"]
    page = lead.post(MANY, {"do": "print", "alle": "", "ansicht": view}).content.decode().partition("<article")[2]
    main = page.partition("</article>")[0]
    assert "Müller" in main
    assert "ollstuhl" not in re.sub(r'<input type="hidden"[^>]*>', "", main)


def test_a_list_for_paper_costs_the_same_for_many(
    client: Client, event: Event, three: list[Registration], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for some in (three[:1], three):
        with django_assert_num_queries(PRINTING):
            client.post(MANY, {"do": "print", "gast": keys(some)})


PRINTING = 14


def test_what_is_done_is_logged(client: Client, event: Event, three: list[Registration]) -> None:
    target, before = event.workshops.get(number=1), event.workshops.get(number=2)
    said(client, do="move", gast=keys(three[:1]), workshop=target.pk)
    said(client, do="cancel", gast=keys(three[:1]), confirmed="")
    client.post(MANY, {"do": "csv", "gast": keys(three)})
    logged = list(Change.objects.order_by("pk").values_list("what", flat=True))
    assert logged == [f"Verlegt in Workshop {target}, vorher: {before}", "Abgesagt", "3 Anmeldungen als CSV exportiert"]


@pytest.mark.parametrize(
    ("view", "everybody_sees"),
    [("", True), ("zeigen=bedarf", False), ("zeigen=bedarf&nicht=", False), ("q=rollstuhl", False), ("q=bob", True)],
)
def test_whom_sensitive_answers_chose_they_hide(
    client: Client, log_in: LogIn, event: Event, view: str, everybody_sees: bool
) -> None:
    """Who reads whom a message went to would know who needs something."""
    guests = [
        factories.registered(event, answered={"needs": "Rollstuhl"}),
        factories.registered(event, factories.CHARLIE),
    ]
    lead = log_in("lead")
    response = lead.post(MANY, {"do": "message", "gast": keys(guests), "ansicht": view})
    draft = response.headers["Location"]
    lead.post(draft, sent(lead, draft) | {"subject": "Rampe", "text": "Es gibt eine."})
    message = event.messages.get()
    assert (message.subject, message.sensitive) == ("Rampe", not everybody_sees)
    assert client.get(draft).status_code == (200 if everybody_sees else 404)
