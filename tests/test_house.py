"""A house shows in all that it sends out: two colours, a logo, and what the law wants to be said of it."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django import Settings

from events import colours, eventfile, legal
from events.models import Event, LegalPage, Organiser
from fachtag.headers import hashed
from registration import booking
from registration.mails import writing
from registration.models import OutgoingMail, Registration
from tests import factories

HOUSE = ("#7a1f3d", "#e8d5b0")
SAID = {
    "represented_by": "Landrätin Erika Mustermann",
    "data_protection_officer": "Dora Schutz",
    "data_protection_email": "datenschutz@example.org",
    "supervisory_authority": "Datenschutzbeauftragte des Landes, Musterplatz 2, 01067 Dresden",
    "processor": "Rechenzentrum Muster GmbH, Leipzig",
    "enforcement_body": "Durchsetzungsstelle, Musterstraße 1",
    "accessibility_statement_on": date(2026, 3, 2),
}


@pytest.fixture
def house(event: Event) -> Organiser:
    """The organiser of the event, in colours of its own."""
    event.organiser.brand_colour, event.organiser.accent_colour = HOUSE
    event.organiser.save()
    return event.organiser


@pytest.fixture
def sent(event: Event) -> dict[str, Any]:
    """The organiser's form in the admin as it is shown."""
    fields = ("name", "street", "postal_code", "city", "email", "phone", "website", "brand_colour", "accent_colour")
    return {name: getattr(event.organiser, name) for name in fields}


def styles(html: str) -> list[str]:
    return [part.partition("</style>")[0] for part in html.split("<style>")[1:]]


# Colours


def test_every_page_wears_them(client: Client, house: Organiser, bob: Registration) -> None:
    own = bob.get_absolute_url()
    urls = ["/", "/fachtag-demo/", "/fachtag-demo/anmeldung/", own, f"{own}aendern/", f"{own}absagen/"]
    urls += ["/impressum/", "/datenschutz/", "/kontakt/", "/anmeldung/link/", "/gibt-es-nicht/"]
    for url in urls:
        response = client.get(url)
        _usual, *worn = styles(response.content.decode())
        assert worn == [colours.style(*HOUSE)], url
        assert hashed(worn[0]) in response["Content-Security-Policy"], url


def test_each_event_wears_those_of_its_own_house(client: Client, house: Organiser, past_event: Event) -> None:
    assert past_event.organiser != house
    assert len(styles(client.get("/fachtag-2021/").content.decode())) == 1
    assert "#7a1f3d" in client.get("/fachtag-demo/").content.decode()
    assert "#7a1f3d" in client.get("/").content.decode()  # the newest event's


def test_a_page_without_any_is_as_it_was(client: Client, event: Event) -> None:
    response = client.get("/fachtag-demo/")
    assert len(styles(response.content.decode())) == 1
    assert response["Content-Security-Policy"].count("sha256-") == 1


def test_another_colour_is_another_page(client: Client, event: Event) -> None:
    before, picture = client.get("/fachtag-demo/"), client.get("/fachtag-demo/vorschau.png").content
    event.organiser.brand_colour = HOUSE[0]
    event.organiser.save()
    after = client.get("/fachtag-demo/", headers={"if-none-match": before["ETag"]})
    assert after.status_code == 200
    assert preview_of(after) != preview_of(before)
    assert client.get("/fachtag-demo/vorschau.png").content != picture
    known = client.get("/fachtag-demo/", headers={"if-none-match": after["ETag"]})
    assert known.status_code == 304
    assert known["Content-Security-Policy"] == after["Content-Security-Policy"]


def preview_of(response: Any) -> str:
    return str(response.content.decode().partition("vorschau.png?v=")[2][:8])


@pytest.mark.parametrize(
    ("pair", "errors"),
    [
        (("#ffe600", "#1a1a1a"), {"brand_colour": "#857400"}),
        (("#0b5563", "#0b5563"), {"accent_colour": "#001d27"}),
        (("#ffe600", "#e2001a"), {"brand_colour": "#857400", "accent_colour": "#b30000"}),
    ],
)
def test_what_cannot_hold_is_refused_with_what_can(event: Event, pair: tuple[str, str], errors: dict[str, str]) -> None:
    organiser = event.organiser
    organiser.brand_colour, organiser.accent_colour = pair
    with pytest.raises(ValidationError) as refused:
        organiser.full_clean()
    assert {name: messages[0].rpartition(" ")[2] for name, messages in refused.value.message_dict.items()} == {
        name: f"{proposed}." for name, proposed in errors.items()
    }
    for name, proposed in errors.items():
        setattr(organiser, name, proposed)
    organiser.full_clean()


@pytest.mark.parametrize("name", ["brand_colour", "accent_colour"])
@pytest.mark.parametrize("nonsense", ["blau", "url(x)", "", "#0b5563ff"])
def test_what_is_no_colour_is_refused_at_its_field(event: Event, name: str, nonsense: str) -> None:
    setattr(event.organiser, name, nonsense)
    with pytest.raises(ValidationError) as refused:
        event.organiser.full_clean()
    assert set(refused.value.message_dict) == {name}


def test_in_the_admin(alice: Client, event: Event, sent: dict[str, Any]) -> None:
    url = f"/admin/events/organiser/{event.organiser.pk}/change/"
    assert '<input type="color" name="brand_colour" value="#0b5563"' in alice.get(url).content.decode()
    refused = alice.post(url, sent | {"brand_colour": "#ffe600"})
    assert refused.context["adminform"].form.errors == {
        "brand_colour": [
            "Diese Farbe ist zu hell: Schrift wäre darin nicht zu lesen. Die nächste, die geht, ist #857400."
        ]
    }
    assert alice.post(url, sent | {"brand_colour": "#7A1F3D", "accent_colour": "#E8D5B0"}).status_code == 302
    event.organiser.refresh_from_db()
    assert event.organiser.colours == HOUSE


def test_a_mail_wears_them(house: Organiser, event: Event) -> None:
    bob = factories.registered(event)
    html = writing.written(OutgoingMail.objects.get().facts).html
    worn = colours.theme(*HOUSE)
    for found in (worn.light["brand"], worn.light["deep"], worn.dark["brand"], worn.dark["card"]):
        assert found in html
    Organiser.objects.update(brand_colour=colours.BRAND, accent_colour=colours.ACCENT)
    booking.cancel(bob, timezone.now())
    first, second = (writing.written(mail.facts).html for mail in OutgoingMail.objects.order_by("pk"))
    assert first == html
    assert worn.light["brand"] not in second


# Name and logo


def test_the_header_names_the_house(client: Client, event: Event) -> None:
    for url in ("/", "/fachtag-demo/", "/impressum/"):
        assert '<a class="home" href="/">Landratsamt Mittelsachsen</a>' in client.get(url).content.decode(), url


def test_without_a_house(client: Client, db: None) -> None:
    assert '<a class="home" href="/">Fachtag</a>' in client.get("/").content.decode()


def logo() -> bytes:
    content = io.BytesIO()
    Image.new("RGBA", (900, 300), (122, 31, 61, 128)).save(content, "PNG")
    return content.getvalue()


def test_the_logo_stands_for_the_name(
    alice: Client, client: Client, event: Event, sent: dict[str, Any], settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    url = f"/admin/events/organiser/{event.organiser.pk}/change/"
    alice.post(url, sent | {"logo": SimpleUploadedFile("logo.png", logo())})
    event.organiser.refresh_from_db()
    stored: Any = event.organiser.logo
    variants = stored.variants
    assert [width for _address, width in variants] == [200, 400]
    html = client.get("/fachtag-demo/").content.decode()
    header = html.partition('<a class="home" href="/">')[2].partition("</a>")[0]
    assert header.startswith(f'<img src="{variants[0][0]}" srcset="')
    assert header.endswith('width="400" height="133" alt="Landratsamt Mittelsachsen" loading="eager">')
    for address, _width in variants:
        with Image.open(io.BytesIO(b"".join(client.get(address)))) as shown:
            assert shown.mode == "RGBA"


def test_a_drawing_is_no_logo(
    alice: Client, event: Event, sent: dict[str, Any], settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    drawing = SimpleUploadedFile("logo.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml")
    refused = alice.post(f"/admin/events/organiser/{event.organiser.pk}/change/", sent | {"logo": drawing})
    assert refused.context["adminform"].form.errors == {
        "logo": ["Das ist kein Bild, das wir lesen können. Bitte wählen Sie eine Datei im Format JPEG, PNG oder WebP."]
    }


def test_a_file_of_the_event_leaves_the_logo_alone(event: Event, settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    event.organiser.logo.save("logo.png", ContentFile(logo()))
    description = eventfile.describe(event)
    assert "logo" not in description.organiser
    changed = eventfile.parse(eventfile.write(description).replace(b"799 3683", b"799 3684"))
    saved = eventfile.save(changed)[0].organiser
    assert (saved.pk, saved.phone[-4:], saved.logo.name) == (event.organiser.pk, "3684", event.organiser.logo.name)


# What the law wants


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("impressum", ["Vertreten durch: Landrätin Erika Mustermann"]),
        (
            "datenschutz",
            [
                "Vertreten durch: Landrätin Erika Mustermann",
                "Dora Schutz, E-Mail",
                "datenschutz@example.org",
                "Rechenzentrum Muster GmbH, Leipzig",
                "Für uns zuständig ist: Datenschutzbeauftragte des Landes, Musterplatz 2, 01067 Dresden",
            ],
        ),
        ("barrierefreiheit", ["Durchsetzungsstelle, Musterstraße 1", "Zuletzt geprüft am 2. März 2026."]),
    ],
)
def test_it_stands_on_its_page(client: Client, event: Event, name: str, words: list[str]) -> None:
    before = client.get(f"/{name}/").content.decode().replace("\xa0", " ")
    assert [found for found in words if found in before] == []
    Organiser.objects.update(**SAID)
    after = client.get(f"/{name}/").content.decode().replace("\xa0", " ")
    assert [found for found in words if found not in after] == []
    for html in (before, after):
        assert [empty for empty in (": .", ": </p>", "None") if empty in html] == []


def test_what_is_missing_is_said_to_the_organiser(alice: Client, client: Client, event: Event) -> None:
    url = f"/admin/events/organiser/{event.organiser.pk}/change/"
    privacy = LegalPage.objects.get(key="privacy")
    page = f"/admin/events/legalpage/{privacy.pk}/change/"
    fields = ["vertreten durch", "Datenschutzaufsicht", "Durchsetzungsstelle für Barrierefreiheit"]
    Organiser.objects.update(name="Amt & Amt")
    assert [field for field in fields if f"<br>– {field}" in warning(alice, url)] == fields
    assert "„Amt &amp; Amt“" in warning(alice, url)
    assert [field for field in fields if field in warning(alice, page)] == ["Datenschutzaufsicht"]
    LegalPage.objects.filter(pk=privacy.pk).update(body="Eigener Text.")
    assert warning(alice, page) == ""
    Organiser.objects.update(**SAID)
    assert warning(alice, url) == ""


def warning(client: Client, url: str) -> str:
    return client.get(url).content.decode().partition('<li class="warning">')[2].partition("</li>")[0]


def test_each_field_of_the_law_is_one_of_the_organiser() -> None:
    asked = [name for names in legal.ASKED.values() for name in names]
    assert (set(legal.ASKED), len(asked)) == (set(LegalPage.Key), 6)
    assert set(asked) == set(SAID) - {"data_protection_officer"}
    assert len(legal.missing(Organiser(), *LegalPage.Key)) == 6
    assert legal.missing(Organiser(**SAID), *LegalPage.Key) == []


def test_a_file_says_it_too(event: Event, house: Organiser) -> None:
    Organiser.objects.update(**SAID)
    event.refresh_from_db()
    content = eventfile.write(eventfile.describe(event))
    assert b"accessibility_statement_on = 2026-03-02\n" in content
    copied, _is_new = eventfile.save(eventfile.parse(content, "kopie"))
    assert copied.organiser == event.organiser
    assert eventfile.parse(content).organiser == {**eventfile.describe(event).organiser}


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ('brand_colour = "red"', ("organiser.brand_colour", "Please write a colour such as #0b5563.")),
        (
            'brand_colour = "#FFE600"',
            (
                "organiser.brand_colour",
                "This colour is too light to be read on paper. The nearest that can be is #857400.",
            ),
        ),
        (
            'accessibility_statement_on = "heute"',
            ("organiser.accessibility_statement_on", "must be a date such as 2021-10-07"),
        ),
    ],
)
def test_a_file_is_refused_like_a_form(db: None, line: str, error: tuple[str, str]) -> None:
    content = factories.EXAMPLE.read_text().replace("[organiser]", f"[organiser]\n{line}")
    with pytest.raises(eventfile.EventFileError) as refused:
        eventfile.parse(content.encode())
    assert refused.value.errors == [error]
