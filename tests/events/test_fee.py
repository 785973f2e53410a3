"""What taking part costs, in words and as a number. Money is not taken."""

from decimal import Decimal

import pytest
from django.test import Client

from events.models import Event
from events.wording import fee
from registration.models import OutgoingMail
from tests import factories
from tests.events.test_facts import words_of
from tests.events.test_structured import data

WORDS = "15 € für Verpflegung, bar vor Ort"


@pytest.mark.parametrize(
    ("words", "price", "shown", "is_free"),
    [
        ("", None, "", True),
        ("", Decimal(0), "", True),
        (WORDS, Decimal(15), WORDS, False),
        (WORDS, None, WORDS, False),
        ("", Decimal("12.5"), "12,50\xa0€", False),
        ("Spende erbeten", Decimal(0), "Spende erbeten", True),
    ],
)
def test_what_it_costs(words: str, price: Decimal | None, shown: str, is_free: bool) -> None:
    event = Event(fee=words, price=price)
    assert (fee(event), event.is_free) == (shown, is_free)


def test_free_of_charge(client: Client, event: Event) -> None:
    bob = factories.registered(event)
    assert "Teilnahme kostenfrei" in words_of(client.get("/fachtag-demo/").content.decode())
    assert "Die Teilnahme ist kostenfrei. Sie können sich bis" in words_of(
        client.get("/fachtag-demo/anmeldung/").content.decode()
    )
    assert "<dt>Teilnahme</dt>" not in client.get(bob.get_absolute_url()).content.decode()
    assert "Teilnahme:" not in factories.read(OutgoingMail.objects.get())


def test_a_fee_is_told_everywhere(client: Client, event: Event) -> None:
    event.fee = WORDS
    event.save()
    bob = factories.registered(event)
    for address in ("/fachtag-demo/", "/fachtag-demo/anmeldung/", bob.get_absolute_url()):
        page = words_of(client.get(address).content.decode())
        assert WORDS in page
        assert "kostenfrei" not in page
    assert "<dt>Teilnahme</dt>" in client.get(bob.get_absolute_url()).content.decode()
    assert f"Teilnahme: {WORDS}\n" in factories.read(OutgoingMail.objects.get())


@pytest.mark.parametrize(
    ("words", "price", "offer", "is_free"),
    [
        ("", None, ("0", "EUR"), True),
        (WORDS, Decimal(15), ("15.00", "EUR"), False),
        (WORDS, None, (None, None), False),
    ],
)
def test_what_machines_read(
    client: Client, event: Event, words: str, price: Decimal | None, offer: tuple[str | None, ...], is_free: bool
) -> None:
    event.fee, event.price = words, price
    event.save()
    found = data(client)
    assert (found["offers"].get("price"), found["offers"].get("priceCurrency")) == offer
    assert found["isAccessibleForFree"] is is_free
