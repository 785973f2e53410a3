"""Messages to guests: to whom, the preview, the sending a few at a time, and the record of it."""

import re
import smtplib
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone

from events.models import Event
from registration import booking, erasing, messages, outbox
from registration.models import Change, Message, MessageRecipient, OutgoingMail, Registration
from tests import factories
from tests.desk.conftest import LogIn
from tests.events.test_facts import words_of

LIST = "/admin/fachtag/fachtag-demo/nachrichten/"
NEW = f"{LIST}neu/"
MANY = "/admin/fachtag/fachtag-demo/gaeste/mehrere/"
TEXT = "Hallo {name},\n\nwir treffen uns in Raum 112.\n\n{seat}"
NOW = timezone.now() + timedelta(hours=1)  # when all that a test writes is due


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in("guests")


@pytest.fixture
def three(event: Event) -> list[Registration]:
    """Guests of workshop 2, whose addresses are known."""
    return [factories.by_hand(event, factories.guest(number)) for number in (1, 2, 3)]


def written(group: str = "all", **changes: str) -> dict[str, str]:
    return {"group": group, "subject": "Neuer Raum", "text": TEXT} | changes


def draft(client: Client, group: str = "all", **changes: str) -> str:
    """The address of a new draft."""
    response = client.post(NEW, written(group, **changes))
    assert response.status_code == 302, words_of(response.content.decode())
    return str(response["Location"]).partition("#")[0]


def hidden(client: Client, address: str) -> dict[str, str]:
    """What the page carries along: which version it shows, and which text and list."""
    page = client.get(address).content.decode()
    return dict(re.findall(r'<input type="hidden" name="(version|seen)" value="([^"]+)"', page))


def send(client: Client, address: str, **changes: str) -> str:
    """Send what the page shows, and give what is said then."""
    form = written() | hidden(client, address) | {"do": "send"} | changes
    return words_of(client.post(address, form, follow=True).content.decode())


def sent_to(client: Client, group: str = "all") -> Message:
    """A message that has just been sent, and of which nothing has left."""
    address = draft(client, group)
    send(client, address, group=group)
    return Message.objects.get(pk=int(address.split("/")[-2]), confirmed_at__isnull=False)


def chosen(message: Message) -> messages.Group:
    """The group of those who were ticked for it."""
    return messages.groups(message.event, NOW, with_needs=False, message=message)[0]


def work(now: datetime = NOW) -> None:
    """What the worker does until nothing is left."""
    for _pass in range(100):
        if not outbox.deliver(now) | messages.send_portion(now):
            return
    raise AssertionError("the worker never ends")


def readers() -> list[str]:
    found = OutgoingMail.objects.filter(kind="message", sent_at__isnull=False)
    return sorted(found.values_list("recipient", flat=True))


def counts(client: Client) -> dict[str, int]:
    """The groups as they are offered, by their words."""
    page = client.get(NEW).content.decode()
    found = re.findall(r"<span>(.*)</span><b>(\d+)</b>", page)
    return {re.sub("<[^>]+>", "", label): int(count) for label, count in found}


def test_it_works(client: Client, event: Event, three: list[Registration]) -> None:
    address = draft(client, "all")
    page = words_of(client.get(address).content.decode())
    assert "Hallo Gast 1 Beispiel," in page
    assert "Die Nachricht geht an 3 Gäste" in page
    assert "Jetzt 3 Mails senden" in page
    assert not OutgoingMail.objects.filter(kind="message").exists()
    assert "Die Nachricht geht hinaus." in send(client, address)
    assert readers() == []
    work()
    assert readers() == ["gast1@example.org", "gast2@example.org", "gast3@example.org"]
    mail = OutgoingMail.objects.get(kind="message", recipient="gast1@example.org")
    assert mail.subject == "Neuer Raum"
    assert factories.read(mail).startswith(
        "Hallo Gast 1 Beispiel,\n\nwir treffen uns in Raum 112.\n\n"
        "Ihr Platz im Workshop „2. Darf es etwas mehr als Folklore sein?“ ist reserviert.\n\nVeranstaltung: "
    )
    assert b"\r\nReply-To: Landratsamt Mittelsachsen <integration@landkreis-mittelsachsen.de>" in factories.mime(mail)
    assert str(three[0].token) in factories.read(mail)
    page = words_of(client.get(address).content.decode())
    assert "Gesendet 3 von 3" in page
    assert "von guests-fachtag-demo." in page
    assert "An: Alle Gäste, auch Warteliste und Livestream." in page


def test_the_list_says_what_was_sent(client: Client, three: list[Registration]) -> None:
    draft(client, subject="Noch nicht fertig")
    sent_to(client)
    page = words_of(client.get(LIST).content.decode())
    assert "Noch nicht fertig" in page
    assert re.search(r"Neuer Raum Alle Gäste, auch Warteliste und Livestream 0 von 3 geht hinaus", page)
    work()
    assert "3 von 3 erledigt" in words_of(client.get(LIST).content.decode())


# To whom


def test_each_group_has_its_guests(client: Client, event: Event) -> None:
    factories.workshop(event, 1, capacity=1)
    factories.registered(event, factories.guest(1), 1)
    factories.registered(event, factories.guest(2), 1, waiting=True)
    factories.registered(event, factories.guest(3), 2)
    factories.watching(event, factories.guest(4))
    booking.cancel(factories.registered(event, factories.guest(5), 2), timezone.now())
    erasing.erase(factories.registered(event, factories.guest(6), 2), timezone.now())
    [slot] = event.slots.filter(kind="workshops")
    names = {workshop.number: workshop.name for workshop in event.workshops.select_related("slot")}
    assert counts(client) == {
        "Alle Gäste, auch Warteliste und Livestream": 4,
        f"Alle mit einem Platz in „{slot}“": 2,
        names[1]: 1,
        names[2]: 1,
        names[3]: 0,
        "Warteliste": 1,
        "Livestream": 1,
    }


def test_an_answer_makes_a_group(client: Client, event: Event) -> None:
    options = [["bus", "Bus"], ["zug", "Zug"]]
    event.questions.create(key="anreise", label="Anreise", kind="choices", options=options)
    event.questions.create(key="essen", label="Essen?", kind="yes_no")
    event.questions.create(key="wort", label="Ein Wort", kind="line")
    factories.registered(event, factories.guest(1), answered={"anreise": ["bus", "zug"], "essen": True, "wort": "bus"})
    factories.registered(event, factories.guest(2), answered={"anreise": ["bus"], "essen": False})
    found = {label: count for label, count in counts(client).items() if "“:" in label}
    assert found == {"„Anreise“: Bus": 2, "„Anreise“: Zug": 1, "„Essen?“: ja": 1, "„Essen?“: nein": 1}
    question = event.questions.get(key="anreise")
    sent_to(client, f"answer-{question.pk}-zug")
    work()
    assert readers() == ["gast1@example.org"]


@pytest.fixture
def sensitive(event: Event) -> str:
    """The key of a group by a sensitive answer, which one guest gave."""
    question = event.questions.create(
        key="kost", label="Kost", kind="choice", options=[["halal", "Halal"]], sensitive=True
    )
    factories.registered(event, factories.guest(1), answered={"kost": "halal"})
    factories.registered(event, factories.guest(2))
    return f"answer-{question.pk}-halal"


def test_sensitive_answers_are_for_those_who_may_see_them(
    log_in: LogIn, client: Client, event: Event, sensitive: str
) -> None:
    lead = log_in("lead")
    assert counts(lead)["„Kost“: Halal sensibel"] == 1
    assert [label for label in counts(client) if "Kost" in label] == []
    assert client.post(NEW, written(sensitive)).status_code == 422
    message = sent_to(lead, sensitive)
    work()
    assert readers() == ["gast1@example.org"]
    page = words_of(client.get(LIST).content.decode())
    assert "1 weitere Nachricht richtet sich nach sensiblen Antworten" in page
    assert "Kost" not in page
    assert "Neuer Raum" not in page
    assert client.get(f"{LIST}{message.pk}/").status_code == 404
    assert client.post(f"{LIST}{message.pk}/", {"do": "stop"}).status_code == 404
    assert lead.get(f"{LIST}{message.pk}/").status_code == 200
    assert "Neuer Raum" not in Change.objects.latest("pk").what
    guest = f"/admin/fachtag/fachtag-demo/gaeste/{message.recipients.get().registration_id}/"
    assert "Mail: Neuer Raum" in lead.get(guest).content.decode()
    assert "Neuer Raum" not in client.get(guest).content.decode()


def test_whom_a_sensitive_message_went_to_is_kept_no_longer_than_the_answers(
    log_in: LogIn, event: Event, sensitive: str
) -> None:
    lead = log_in("lead")
    sent_to(lead, sensitive)
    other = sent_to(lead)
    work()
    ends_at = NOW - timedelta(days=event.needs_kept_days + 2)
    assert event.needs_kept_days + 2 < event.data_kept_days
    Event.objects.update(starts_at=ends_at - timedelta(hours=8), ends_at=ends_at, registration_closes_at=ends_at)
    while erasing.erase_due(NOW):
        pass
    assert list(Message.objects.all()) == [other]
    mails = OutgoingMail.objects.filter(kind="message").values_list("recipient", "facts")
    assert sorted((recipient, bool(facts)) for recipient, facts in mails) == [
        ("", False),
        ("gast1@example.org", True),
        ("gast2@example.org", True),
    ]


def test_guests_ticked_in_the_list(client: Client, event: Event, three: list[Registration]) -> None:
    response = client.post(MANY, {"do": "message", "gast": [three[0].pk, three[2].pk]})
    address = str(response["Location"])
    page = client.get(address).content.decode()
    assert "Ausgewählte Gäste</span><b>2</b>" in page
    assert 'value="chosen" checked' in page
    client.post(address, written("chosen") | hidden(client, address))
    send(client, address, group="chosen")
    work()
    assert readers() == ["gast1@example.org", "gast3@example.org"]


def test_guests_of_another_office_are_nobody(client: Client, foreign: Event, three: list[Registration]) -> None:
    theirs = factories.by_hand(foreign)
    address = client.post(MANY, {"do": "message", "gast": [three[0].pk, theirs.pk]})["Location"]
    assert Message.objects.get().recipients.get().registration == three[0]
    assert client.post(MANY, {"do": "message", "gast": theirs.pk}, follow=True).status_code == 200
    assert Message.objects.count() == 1
    client.post(address, written("chosen") | hidden(client, address))
    assert "Bob" not in client.get(f"{address}?als={theirs.pk}").content.decode()


def test_an_address_that_nobody_confirmed_gets_nothing(client: Client, event: Event, three: list[Registration]) -> None:
    """It may be a stranger's."""
    Event.objects.update(address_confirmed_within=24)
    event.refresh_from_db()
    stranger = factories.registered(event, factories.BOB)
    assert stranger.must_confirm_address
    assert counts(client)["Alle Gäste, auch Warteliste und Livestream"] == 3
    page = client.post(MANY, {"do": "message", "gast": [stranger.pk]}, follow=True).content.decode()
    assert "hat noch niemand die Adresse bestätigt" in page
    page = client.post(MANY, {"do": "message", "gast": [stranger.pk, three[0].pk]}, follow=True).content.decode()
    assert "1 Gast mit Häkchen bekommt keine Nachricht" in page
    assert MessageRecipient.objects.get().registration == three[0]


# What is written


@pytest.mark.parametrize(
    "around", ["{}", "https://fachtag.example.org/anmeldung/{}/", "x{}", "abc{}", "%61nmeldung/{}"]
)
@pytest.mark.parametrize("field", ["subject", "text"])
def test_somebodys_own_page_is_refused(client: Client, bob: Registration, field: str, around: str) -> None:
    for key in (str(bob.token), str(bob.token).upper(), bob.token.hex, "%2D".join(str(bob.token).split("-"))):
        response = client.post(NEW, written(**{field: f"Siehe {around.format(key)}."}))
        assert response.status_code == 422, key
        assert "Schreiben Sie stattdessen {link}" in response.content.decode()
        assert not Message.objects.exists()


def test_a_number_that_is_no_key_is_not_refused(client: Client, bob: Registration) -> None:
    draft(client, text="Sitzung 12345678-1234-4234-8234-123456789012, {link}")
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"subject": ""}, "Bitte schreiben Sie, worum es geht."),
        ({"text": " \n "}, "Bitte schreiben Sie ein paar Worte."),
        ({"group": ""}, "Bitte wählen Sie, wer die Nachricht bekommen soll."),
        ({"group": "workshop-999999999999999999999"}, "Diese Gruppe gibt es nicht mehr"),
        ({"group": "chosen"}, "Diese Gruppe gibt es nicht mehr"),
        ({"text": "Hallo {vorname}"}, "Der Platzhalter {vorname} ist unbekannt."),
        ({"text": "{entry}"}, "Der Platzhalter {entry} ist unbekannt."),
        ({"subject": "x" * 201}, "200"),
        ({"text": "x" * 10_001}, "10000"),
        ({"group": "a\x00b"}, "Diese Gruppe gibt es nicht mehr"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(
    client: Client, three: list[Registration], changes: dict[str, str], error: str
) -> None:
    for address in (NEW, draft(client)):
        form = written(**changes) | (hidden(client, address) if address != NEW else {})
        response = client.post(address, form)
        page = response.content.decode()
        assert response.status_code == 422
        assert error in page.replace(".000", "000")
        kept = form["text"] if not changes.get("text") else form["subject"]
        assert kept[:30].partition("\n")[0] in page
    assert (Message.objects.get().subject, Message.objects.get().text) == ("Neuer Raum", TEXT)


@pytest.mark.parametrize("key", ["x", "0", "99999999999999999999999", "-1", "²", ""])
def test_a_reader_who_is_none_is_the_first(client: Client, three: list[Registration], key: str) -> None:
    page = client.get(draft(client), {"als": key}).content.decode()
    assert "Hallo Gast 1 Beispiel," in page


def test_each_reads_what_is_true_for_them(client: Client, three: list[Registration]) -> None:
    page = client.get(draft(client), {"als": three[1].pk}).content.decode()
    assert "Hallo Gast 2 Beispiel," in page
    assert "Hallo Gast 1" not in page


def test_a_test_goes_to_oneself_and_holds_nobodys_key(client: Client, event: Event, three: list[Registration]) -> None:
    address = draft(client)
    form = written() | hidden(client, address) | {"do": "test"}
    page = client.post(address, form, follow=True).content.decode()
    assert "Die Probe geht gleich hinaus, an integration@landkreis-mittelsachsen.de." in page
    mail = OutgoingMail.objects.get(kind="message")
    assert (mail.recipient, mail.registration) == ("integration@landkreis-mittelsachsen.de", None)
    assert "Hallo Erika Mustermann," in factories.read(mail)
    assert [guest for guest in three if str(guest.token) in factories.read(mail)] == []
    work()
    assert not MessageRecipient.objects.exists()
    erasing.erase_due(NOW + timedelta(days=1))
    assert OutgoingMail.objects.filter(kind="message").exists()
    erasing.erase_due(NOW + erasing.TESTS_KEPT)
    assert not OutgoingMail.objects.filter(kind="message").exists()


# What is sent is what was seen


def test_another_guest_makes_another_list(client: Client, event: Event, three: list[Registration]) -> None:
    address = draft(client)
    form = written() | hidden(client, address) | {"do": "send"}
    factories.by_hand(event, factories.CHARLIE)
    page = words_of(client.post(address, form, follow=True).content.decode())
    assert "Es wurde noch nichts gesendet: Der Text oder die Liste hat sich geändert." in page
    assert "Jetzt 4 Mails senden" in page
    assert not MessageRecipient.objects.exists()
    send(client, address)
    assert MessageRecipient.objects.count() == 4


@pytest.mark.parametrize("changes", [{"text": "Anders"}, {"subject": "Anders"}, {"group": "livestream"}])
def test_another_text_is_seen_first(
    client: Client, event: Event, three: list[Registration], changes: dict[str, str]
) -> None:
    factories.watching(event)
    address = draft(client)
    assert "Es wurde noch nichts gesendet" in send(client, address, **changes)
    assert not MessageRecipient.objects.exists()
    [(name, value)] = changes.items()
    assert getattr(Message.objects.get(), name) == value


def test_what_was_not_seen_is_not_sent(client: Client, three: list[Registration]) -> None:
    address = draft(client)
    for seen in ("", "x" * 20, "\x00"):
        assert "Es wurde noch nichts gesendet" in send(client, address, seen=seen)
    assert not MessageRecipient.objects.exists()


def test_sent_twice_is_sent_once(client: Client, three: list[Registration]) -> None:
    address = draft(client)
    form = written() | hidden(client, address) | {"do": "send"}
    for _time in range(3):
        assert client.post(address, form, follow=True).status_code == 200
        work()
    assert len(readers()) == 3
    assert Change.objects.get().what == "Nachricht an 3 Gäste gesendet: Neuer Raum"


def test_nobody_to_write_to(client: Client, event: Event) -> None:
    address = draft(client)
    assert "In dieser Gruppe ist niemand." in client.get(address).content.decode()
    assert "Es wurde nichts gesendet: In dieser Gruppe ist niemand mehr." in send(client, address, seen="x")
    assert not Message.objects.filter(confirmed_at__isnull=False).exists()


def test_the_text_is_frozen(client: Client, event: Event, three: list[Registration]) -> None:
    message = sent_to(client)
    address = f"{LIST}{message.pk}/"
    client.post(address, written(text="Anders", subject="Anders") | {"do": "preview"})
    client.post(address, {"do": "delete"})
    message.refresh_from_db()
    assert (message.subject, message.text) == ("Neuer Raum", TEXT)
    factories.by_hand(event, factories.CHARLIE)
    work()
    assert len(readers()) == 3


def test_two_editors_see_each_others_version(client: Client, three: list[Registration]) -> None:
    address = draft(client)
    opened = hidden(client, address)
    client.post(address, written(text="Von Eva") | opened)
    response = client.post(address, written(text="Von Adam") | opened | {"do": "send"})
    page = response.content.decode()
    assert response.status_code == 409
    assert "Von Eva" in page
    assert "Von Adam" in page
    assert Message.objects.get().text == "Von Eva"
    assert not MessageRecipient.objects.exists()


def test_a_draft_is_deleted(client: Client, three: list[Registration]) -> None:
    address = draft(client)
    client.post(address, {"do": "delete"})
    assert not Message.objects.exists()
    assert client.post(address, written()).status_code == 404


# While it goes out


def test_whoever_cancels_meanwhile_gets_none(client: Client, three: list[Registration]) -> None:
    message = sent_to(client)
    booking.cancel(three[0], timezone.now())
    erasing.erase(three[1], timezone.now())
    work()
    assert readers() == ["gast3@example.org"]
    assert "Ausgelassen 2" in words_of(client.get(f"{LIST}{message.pk}/").content.decode())


def test_whoever_is_chosen_gets_it_cancelled_or_not(client: Client, three: list[Registration]) -> None:
    booking.cancel(three[0], timezone.now())
    address = client.post(MANY, {"do": "message", "gast": [guest.pk for guest in three]})["Location"]
    client.post(address, written("chosen") | hidden(client, address))
    send(client, address, group="chosen")
    booking.cancel(three[1], timezone.now())
    erasing.erase(three[2], timezone.now())
    work()
    assert readers() == ["gast1@example.org", "gast2@example.org"]


def test_a_few_at_a_time(client: Client, event: Event) -> None:
    """Whoever registers meanwhile waits behind the last few, and never behind all."""
    factories.workshop(event, 2, capacity=None)
    for number in range(45):
        factories.by_hand(event, factories.guest(number))
    work()
    sent_to(client)
    portions = []
    while messages.send_portion(NOW):
        assert not messages.send_portion(NOW)  # they have not left yet
        portions.append(OutgoingMail.objects.due(NOW).count())
        assert outbox.deliver(NOW)
    assert portions == [20, 20, 5]


def test_it_is_stopped(client: Client, event: Event) -> None:
    factories.workshop(event, 2, capacity=None)
    for number in range(45):
        factories.by_hand(event, factories.guest(number))
    work()
    message = sent_to(client)
    assert messages.send_portion(NOW)
    assert outbox.deliver(NOW)
    assert messages.send_portion(NOW)
    address = f"{LIST}{message.pk}/"
    assert "Jetzt anhalten" in client.get(address).content.decode()
    for _time in range(2):
        page = words_of(client.post(address, {"do": "stop"}, follow=True).content.decode())
    work()
    assert len(readers()) == 20
    assert "Gesendet 20 von 45" in page
    assert "Vorher angehalten 25" in page
    assert "Jetzt anhalten" not in page
    assert Change.objects.latest("pk").what == "Nachricht angehalten: Neuer Raum"
    assert Change.objects.count() == 2


def test_the_rest_of_a_stopped_one_is_written_to_anew(client: Client, three: list[Registration]) -> None:
    message = sent_to(client)
    address = f"{LIST}{message.pk}/"
    assert client.post(address, {"do": "again"})["Location"] == address  # it is not stopped yet
    messages.stop(message, "alice", NOW)
    erasing.erase(three[0], timezone.now())
    assert "Entwurf an die 2 übrigen Gäste" in client.get(address).content.decode()
    again = str(client.post(address, {"do": "again"})["Location"])
    assert again != address
    send(client, again, group="chosen")
    work()
    assert readers() == ["gast2@example.org", "gast3@example.org"]


def test_who_cancelled_since_is_not_of_the_rest(client: Client, three: list[Registration]) -> None:
    message = sent_to(client)
    messages.stop(message, "alice", NOW)
    booking.cancel_by_hand(three[0], NOW)
    again = messages.begin_again(message, "alice", NOW)
    assert {one.registration for one in again.recipients.all()} == set(three[1:])


def test_who_cancelled_since_is_of_the_rest_of_those_who_were_chosen(client: Client, three: list[Registration]) -> None:
    message = messages.choose(three[0].event, [one.pk for one in three], "alice", NOW)
    messages.confirm(message, messages.seen(message, chosen(message)), "alice", NOW, with_needs=False)
    messages.stop(message, "alice", NOW)
    booking.cancel_by_hand(three[0], NOW)
    again = messages.begin_again(message, "alice", NOW)
    assert {one.registration for one in again.recipients.all()} == set(three)


def test_the_rest_of_a_sensitive_one_stays_hidden(log_in: LogIn, client: Client, sensitive: str) -> None:
    lead = log_in("lead")
    message = sent_to(lead, sensitive)
    messages.stop(message, "alice", NOW)
    address = f"{LIST}{message.pk}/"
    assert lead.post(address, {"do": "again"})["Location"] == address
    assert Message.objects.count() == 1


def test_what_is_on_the_line_when_it_is_stopped_leaves(client: Client, three: list[Registration]) -> None:
    message = sent_to(client)
    messages.send_portion(NOW)
    on_the_line = OutgoingMail.objects.filter(kind="message").earliest("pk")
    OutgoingMail.objects.filter(pk=on_the_line.pk).update(leased_until=NOW + timedelta(minutes=3))
    messages.stop(message, "alice", NOW)
    assert list(OutgoingMail.objects.filter(kind="message")) == [on_the_line]
    found = Message.objects.with_counts().get()
    assert (found.meant, found.waiting, found.leaving, found.left_out) == (3, 2, 1, 0)


class SlowServer(BaseEmailBackend):
    """It takes a mail, and so much time that somebody stops the message and the worker keeps the others back."""

    def send_messages(self, email_messages: Any) -> int:
        messages.stop(Message.objects.get(), "alice", NOW)
        time.sleep(2 * outbox.SECONDS)
        return 1


class BrokenServer(SlowServer):
    def send_messages(self, email_messages: Any) -> int:
        super().send_messages(email_messages)
        raise smtplib.SMTPServerDisconnected


@pytest.mark.parametrize(("server", "sent"), [(SlowServer, 1), (BrokenServer, 0)])
def test_what_comes_back_from_the_line_does_not_leave(
    client: Client, three: list[Registration], monkeypatch: pytest.MonkeyPatch, server: type[SlowServer], sent: int
) -> None:
    work()
    sent_to(client)
    assert messages.send_portion(NOW)
    with override_settings(EMAIL_BACKEND=f"{__name__}.{server.__name__}"), monkeypatch.context() as patched:
        patched.setattr(outbox, "SECONDS", 0.05)
        assert outbox.deliver(NOW)
    work(NOW + timedelta(days=1))
    assert len(readers()) == sent
    found = Message.objects.with_counts().get()
    assert (found.arrived, found.waiting, found.leaving) == (sent, 3 - sent, 0)


def test_who_failed_is_said(client: Client, three: list[Registration]) -> None:
    message = sent_to(client)
    messages.send_portion(NOW)
    failed = OutgoingMail.objects.filter(kind="message", recipient="gast2@example.org")
    failed.update(failed_at=NOW, error="550 no such user", mailbox=None)
    work()
    page = words_of(client.get(f"{LIST}{message.pk}/").content.decode())
    assert "Wen sie nicht erreicht hat Gast 2 Beispiel gast2@example.org 550 no such user" in page
    assert "Gesendet 2 von 3" in page
    assert "1 nicht angekommen" in words_of(client.get(LIST).content.decode())


def test_one_that_cannot_be_written_keeps_no_other(client: Client, three: list[Registration]) -> None:
    """Row and mail are one transaction: what went wrong leaves neither."""
    sent_to(client)
    Registration.objects.filter(pk=three[1].pk).update(told={"status": "published"})  # as no version ever stored it
    messages.send_portion(NOW)
    row = MessageRecipient.objects.get(registration=three[1])
    assert (row.handled_at, row.mail) == (None, None)
    assert OutgoingMail.objects.filter(kind="message").count() == 2
    Registration.objects.update(told={})
    work(NOW + timedelta(minutes=11))
    assert len(readers()) == 3


@pytest.mark.parametrize("became", [{}, {"failed_at": NOW, "error": "550 no such user", "attempts": 1}])
def test_what_did_not_arrive_goes_to_the_corrected_address(
    client: Client, three: list[Registration], became: dict[str, Any]
) -> None:
    sent_to(client)
    assert messages.send_portion(NOW)
    OutgoingMail.objects.filter(registration=three[0]).update(**became)
    booking.correct(three[0], replace(factories.guest(1), email="richtig@example.org"), NOW)
    work()
    assert readers() == ["gast2@example.org", "gast3@example.org", "richtig@example.org"]


def test_what_has_arrived_does_not_go_to_the_corrected_address(client: Client, three: list[Registration]) -> None:
    sent_to(client)
    work()
    booking.correct(three[0], replace(factories.guest(1), email="richtig@example.org"), NOW)
    work()
    assert readers() == ["gast1@example.org", "gast2@example.org", "gast3@example.org"]


def test_erased_guests_leave_no_trace(client: Client, event: Event) -> None:
    guest = factories.by_hand(event, booking.Guest("Zebulon", "Quittengelee", "zq@nirgends.example", "Verein"))
    message = sent_to(client)
    work()
    assert "Quittengelee" in client.get(f"{LIST}{message.pk}/").content.decode()
    erasing.erase(guest, timezone.now())
    work()
    page = words_of(client.get(f"{LIST}{message.pk}/").content.decode())
    assert "Quittengelee" not in page
    assert "zq@" not in page
    assert "Gesendet 1 von 1" in page
    assert not OutgoingMail.objects.filter(recipient__contains="zq@").exists()


def test_a_guest_may_be_written_to_twice(client: Client, three: list[Registration]) -> None:
    sent_to(client)
    sent_to(client)
    work()
    assert len(readers()) == 6


# Whose it is, and what it costs


def test_a_message_of_another_event_is_not_there(client: Client, event: Event, foreign: Event) -> None:
    theirs = foreign.messages.create(changed_at=NOW, subject="Geheim", text="Geheim")
    address = f"{LIST}{theirs.pk}/"
    assert client.get(address).status_code == 404
    assert client.post(address, written() | {"do": "delete"}).status_code == 404
    assert "Geheim" not in client.get(LIST).content.decode()
    assert client.get(f"{LIST}99999999999999999999999/").status_code == 404
    workshop = foreign.workshops.get(number=1)
    assert client.post(NEW, written(f"workshop-{workshop.pk}")).status_code == 422


def test_queries(client: Client, event: Event) -> None:
    """As many for one guest as for five, and for one message as for three."""

    def queries(*addresses: str) -> list[int]:
        found = []
        for address in addresses:
            with CaptureQueriesContext(connection) as caught:
                assert client.get(address).status_code == 200
            found.append(len(caught))
        return found

    factories.by_hand(event, factories.guest(0))
    before = queries(LIST, NEW, draft(client), f"{LIST}{sent_to(client).pk}/")
    for number in range(1, 5):
        factories.by_hand(event, factories.guest(number))
        sent_to(client)
    assert queries(LIST, NEW, draft(client), f"{LIST}{sent_to(client).pk}/") == before


def test_what_is_written_to_guests_stands_together(log_in: LogIn, event: Event) -> None:
    """One tab, and its pages beside each other; who sees one of them alone has it as the tab."""
    names = ("nachrichten", "mails", "anfragen")
    pages = [f"/admin/fachtag/{event.slug}/{name}/" for name in names]
    html = log_in("guests").get(pages[1]).content.decode()
    assert [html.count(f'href="{address}"') for address in pages] == [2, 1, 1]
    html = log_in("editor").get(pages[1]).content.decode()
    assert [html.count(f'href="{address}"') for address in pages] == [0, 1, 0]


@pytest.mark.parametrize("text", ["Hallo", "Ihre Seite: {link}"])
def test_a_preview_holds_nobodys_key(client: Client, event: Event, text: str) -> None:
    """It would open the sensitive answers of whoever reads it."""
    guests = [factories.registered(event, factories.guest(number)) for number in range(3)]
    address = draft(client, "all", text=text)
    for guest in guests:
        page = client.get(f"{address}?als={guest.pk}").content.decode()
        assert guest.first_name in page
        assert "/anmeldung/" in page
        assert not [one for one in guests if str(one.token) in page]
