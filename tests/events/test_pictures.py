import io
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, ImageChops, ImageColor
from pytest_django import Settings

from events import colours, pictures
from events.emblem import Shape
from events.models import Event, Speaker
from tests.pages import Fields

HOUSE = (colours.BRAND, colours.ACCENT)
FIGURE = [Shape("emblem", 0, 96, 40, 96, ""), Shape("accent", 40, 96, 40, 96, "")]


@pytest.fixture(autouse=True)
def _own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def photo(width: int = 2000, height: int = 1000, kind: str = "JPEG", orientation: int = 1) -> bytes:
    """A photo that says where it was taken."""
    image = Image.new("RGB", (width, height), "#0b5563")
    image.paste("#f6a83c", (0, 0, width // 2, height))
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif.get_ifd(0x8825)[2] = (50.0, 55.0, 36.0)  # GPSLatitude
    content = io.BytesIO()
    image.save(content, kind, exif=exif)
    return content.getvalue()


def calls(monkeypatch: pytest.MonkeyPatch, name: str) -> list[tuple[Any, ...]]:
    """What a function of the module is called with from now on."""
    found, function = [], getattr(pictures, name)

    def watched(*arguments: Any) -> Any:
        found.append(arguments)
        return function(*arguments)

    monkeypatch.setattr(pictures, name, watched)
    return found


def test_it_works(event: Event, client: Client) -> None:
    event.image_alt = "Das Podium"
    event.image.save("podium.jpg", ContentFile(photo()))
    event.refresh_from_db()
    image: Any = event.image
    assert (image.width, image.height) == (1680, 840)
    assert [width for _address, width in image.variants] == [560, 1120, 1680]
    html = client.get("/fachtag-demo/").content.decode()
    assert 'width="1680" height="840" alt="Das Podium" loading="lazy"' in html
    for address, width in image.variants:
        assert f"{address} {width}w" in html
        response = client.get(address)
        assert response["Cache-Control"] == "public, max-age=31536000, immutable"
        with Image.open(io.BytesIO(b"".join(response))) as shown:
            assert (shown.format, shown.width) == ("WEBP", width)


def test_nothing_says_where_it_was_taken() -> None:
    source = photo()
    assert Image.open(io.BytesIO(source)).getexif().get_ifd(0x8825) != {}
    for content in pictures.made_safe(ContentFile(source)).values():
        with Image.open(io.BytesIO(content)) as stored:
            assert dict(stored.getexif()) == {}
            assert set(stored.info) <= {"loop", "background", "timestamp", "duration"}


def test_it_is_turned_upright() -> None:
    [name, *_rest] = pictures.made_safe(ContentFile(photo(orientation=6)))
    assert name.endswith("-1000x2000.webp")


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_formats(kind: str) -> None:
    assert len(pictures.made_safe(ContentFile(photo(800, 400, kind)))) == 2


@pytest.mark.parametrize(
    ("width", "height", "kind"), [(6000, 4000, "JPEG"), (7000, 7000, "JPEG"), (5000, 5000, "PNG"), (4032, 3024, "WEBP")]
)
def test_what_phones_and_cameras_take_is_quick(width: int, height: int, kind: str) -> None:
    """Measured: a second at most, where the largest took three; and its memory does not grow with it."""
    source = ContentFile(photo(width, height, kind))
    started = time.process_time()
    assert [name.rpartition("-")[2].partition("x")[0] for name in pictures.made_safe(source)] == ["1680", "1120", "560"]
    assert time.process_time() - started < 3


def test_a_large_photo_is_decoded_smaller() -> None:
    with Image.open(io.BytesIO(photo(7000, 7000))) as image:
        assert pictures._decoded(image).size == (1750, 1750)
        assert image.size == (1750, 1750)


def test_a_form_encodes_once(alice: Client, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    written = calls(monkeypatch, "_written")
    speaker = Speaker.objects.get(name="Jennifer Diehl")
    upload = SimpleUploadedFile("eva.jpg", photo(900, 900))
    alice.post(
        f"/admin/events/speaker/{speaker.pk}/change/",
        {"name": speaker.name, "organiser": event.organiser.pk, "portrait": upload},
    )
    speaker.refresh_from_db()
    assert str(speaker.portrait).endswith("-900x900.webp")
    assert [size for _picture, size, *_how in written] == [(900, 900), (560, 560)]


def test_a_small_picture_stays_small() -> None:
    assert [name.rpartition("-")[2] for name in pictures.made_safe(ContentFile(photo(64, 64)))] == ["64x64.webp"]


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of a few hundred bytes that says how large it is: 900 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


def with_broken_exif(place: int, value: int) -> bytes:
    content = bytearray(photo(orientation=6))
    content[content.index(b"Exif\0\0") + 6 + place] = value
    return bytes(content)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (bomb(), "mehr als 50 Millionen Pixel"),
        (bomb(5_001, 5_000), "mehr als 25 Millionen Pixel"),
        (photo(3_600, 3_500, "WEBP"), "mehr als 12 Millionen Pixel"),
        (photo(100, 20_000, "PNG"), "mehr als fünfmal so lang"),
        (photo(501, 100), "mehr als fünfmal so lang"),
        (photo()[:2000], "kein Bild, das wir lesen"),
        (with_broken_exif(41, 3), "kein Bild, das wir lesen"),
        (with_broken_exif(43, 2), "kein Bild, das wir lesen"),
        (SVG, "kein Bild, das wir lesen"),
        (b"", "kein Bild, das wir lesen"),
        (b"GIF89a" + b"\0" * 50, "kein Bild, das wir lesen"),
        (b"%PDF-1.7\n", "kein Bild, das wir lesen"),
    ],
    ids=["bomb", "png", "webp", "narrow", "wide", "broken", "type", "text", "svg", "empty", "gif", "pdf"],
)
def test_what_is_no_harmless_picture_is_refused_in_words(content: bytes, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        pictures.made_safe(ContentFile(content))
    assert message in caught.value.messages[0]


def test_a_polyglot_loses_its_other_half() -> None:
    polyglot = photo() + b"<script>alert(1)</script>" + b"PK\x05\x06" + b"\0" * 18
    assert all(b"<script" not in content for content in pictures.made_safe(ContentFile(polyglot)).values())


def test_a_file_that_is_too_large() -> None:
    upload = SimpleUploadedFile("x.jpg", b"")
    upload.size = pictures.MAX_BYTES + 1
    with pytest.raises(ValidationError, match="20 MB"):
        pictures.made_safe(upload)


def test_a_picture_needs_a_description(alice: Client, event: Event) -> None:
    address = f"/admin/fachtag/{event.slug}/angaben/"
    page = alice.get(address).content.decode()
    assert 'name="image_alt"' in page
    upload = SimpleUploadedFile("haus.jpg", photo(900, 900))
    refused = alice.post(address, Fields(page).data | {"image": upload})
    assert list(refused.context["attempt"].form.errors) == ["image_alt"]
    event.image = "pictures/0123456789abcdef-10x10.webp"
    with pytest.raises(ValidationError) as caught:
        event.full_clean()
    assert list(caught.value.message_dict) == ["image_alt"]


def test_the_admin_refuses_in_words(alice: Client, event: Event) -> None:
    response = alice.post(
        "/admin/events/speaker/add/",
        {"name": "Eva", "organiser": event.organiser.pk, "portrait": SimpleUploadedFile("a.svg", SVG)},
    )
    assert "Das ist kein Bild, das wir lesen können." in response.content.decode()
    assert not Speaker.objects.filter(name="Eva").exists()


def test_a_portrait_is_named(client: Client, event: Event, alice: Client) -> None:
    speaker = Speaker.objects.get(name="Jennifer Diehl")
    upload = SimpleUploadedFile("eva.jpg", photo(900, 900))
    alice.post(
        f"/admin/events/speaker/{speaker.pk}/change/",
        {"name": speaker.name, "organiser": event.organiser.pk, "portrait": upload},
    )
    assert 'alt="Porträt: Jennifer Diehl"' in client.get("/fachtag-demo/").content.decode()


@pytest.mark.parametrize("name", ["../settings.py", "pictures/x.webp", "pictures/0123456789abcdef-1x1.webp", "%00"])
def test_only_pictures_are_served(client: Client, db: None, name: str) -> None:
    assert client.get(f"/media/{name}").status_code == 404


# The preview


def test_the_preview_changes_with_what_it_shows(client: Client, event: Event) -> None:
    def address() -> str:
        return client.get("/fachtag-demo/").content.decode().split('og:image" content="')[1].split('"')[0]

    before = address()
    response = client.get(before.removeprefix("http://127.0.0.1:8000"))
    with Image.open(io.BytesIO(response.content)) as preview:
        assert (preview.format, preview.size) == ("PNG", (1200, 630))
    assert len(response.content) < 60_000
    event.title = "Ein anderer Titel"
    event.save()
    assert address() != before
    assert client.get("/fachtag-demo/vorschau.png").content != response.content


@pytest.mark.parametrize("text", ["Größe", "مرحبا بكم", "Интеграция", "Người Việt ở Đức"])
def test_the_font_has_every_letter(text: str) -> None:
    """A letter that the font lacks is drawn as the same box as one that does not exist."""
    for family, piece in pictures._runs(text):
        font = pictures._font(family, 40, 500)
        missing = bytes(font.getmask("\U000e0fff"))
        assert [letter for letter in piece if letter != " " and bytes(font.getmask(letter)) == missing] == []


@pytest.mark.parametrize("title", ["Wort " * 40, "W" * 200, "👩‍👩‍👧‍👦" * 28, "a\u0308" * 100, "مرحبا " * 33, ""])
def test_any_title_is_quick(title: str) -> None:
    started = time.process_time()
    with Image.open(io.BytesIO(pictures.preview(HOUSE, [], title, "Datum", "Ort"))) as preview:
        assert preview.size == (1200, 630)
    assert time.process_time() - started < 2


def test_the_preview_is_drawn_once_for_all_who_ask_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = calls(monkeypatch, "_wrapped")
    with ThreadPoolExecutor(8) as threads:
        shown = set(threads.map(lambda _: pictures.preview(HOUSE, [], "Alle zugleich", "Datum", "Ort"), range(8)))
    assert (len(shown), len(drawn)) == (1, 3)  # the title and two lines
    pictures.preview(HOUSE, [], "Alle zugleich", "Datum", "Ein anderer Ort")
    assert len(drawn) == 6
    pictures.preview(("#7a1f3d", "#e8d5b0"), [], "Alle zugleich", "Datum", "Ort")
    assert len(drawn) == 9


def test_the_preview_wears_the_colours_of_the_house() -> None:
    house = ("#7a1f3d", "#e8d5b0")
    with Image.open(io.BytesIO(pictures.preview(house, FIGURE, "Titel", "Datum", "Ort"))) as preview:
        colours_found: Any = preview.convert("RGB").getcolors(256)
    painted = {colour for _count, colour in colours_found}
    worn = colours.theme(*house).light
    assert {ImageColor.getrgb(worn[name]) for name in ("sand", "ink", "accent", "emblem")} <= painted


@pytest.mark.parametrize("size", [(1700, 901), (900, 300), (2001, 667), (1681, 337)])
def test_each_variant_is_where_pages_look_for_it(event: Event, size: tuple[int, int]) -> None:
    """Its height follows from that of the widest, rounded as that is."""
    for stored in (event.image, event.organiser.logo):
        stored.save("bild.png", ContentFile(photo(*size, "PNG")), save=False)
        found = [address.removeprefix("/media/") for address, _width in stored.variants]  # type: ignore[attr-defined]
        assert len(found) >= 2
        assert [name for name in found if not stored.storage.exists(name)] == []


def test_what_is_transparent_stays_so() -> None:
    content = io.BytesIO()
    Image.new("RGBA", (600, 200), (0, 0, 0, 0)).save(content, "PNG")
    found = pictures.made_safe(ContentFile(content.getvalue()), pictures.LOGO)
    assert [name.rpartition("-")[2] for name in found] == ["400x133.webp", "200x66.webp"]
    for stored in found.values():
        with Image.open(io.BytesIO(stored)) as picture:
            assert picture.getchannel("A").getextrema() == (0, 0)


def test_long_lines_are_wrapped_and_the_title_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    written = calls(monkeypatch, "_write")
    date = "Donnerstag, 31. Dezember 2026, bis Donnerstag, 24. September 2027"
    pictures.preview(HOUSE, [], "Wort " * 40, date, "Deutsches Brennstoffinstitut (DBI), Freiberg")
    assert [text for _draw, _at, text, *_look in written][-4:] == [
        "Donnerstag, 31. Dezember 2026, bis",
        "Donnerstag, 24. September 2027",
        "Deutsches Brennstoffinstitut (DBI),",
        "Freiberg",
    ]
    assert " ".join(text for _draw, _at, text, *_look in written[:-4]).split() == ["Wort"] * 40
    assert max(y + size for _draw, (_x, y), _text, size, *_look in written) < 630


@pytest.mark.parametrize("title", ["Barrierefreiheitsstärkungsgesetz", "Wort " * 40, "Kurz"])
def test_a_title_is_as_large_as_there_is_room(title: str) -> None:
    size, lines = pictures._titled(title, 555, 300)
    assert max(pictures._length(line, size, 800) for line in lines) <= 555
    assert len(lines) * size * 1.2 <= 300
    assert (size == 58) == (title == "Kurz")


def test_the_preview_wears_the_logo_on_paper(client: Client, event: Event) -> None:
    before = client.get("/fachtag-demo/vorschau.png").content
    event.organiser.logo.save("logo.png", ContentFile(photo(400, 100, "PNG")))
    after = client.get("/fachtag-demo/vorschau.png").content
    with Image.open(io.BytesIO(before)) as bare, Image.open(io.BytesIO(after)) as worn:
        differs = ImageChops.difference(bare.convert("RGB"), worn.convert("RGB"))
    # The palette is made anew, so every colour may be a trace another; and what is below the logo moves.
    changed = differs.crop((0, 0, 600, 100)).point(lambda value: 255 if value > 6 else 0).getbbox()
    assert changed is not None
    assert changed[:2] == (60, 40)
