"""Pictures: uploads made safe and small, and the preview that messengers show of an event.

An upload is decoded once, within bounds and no larger than it is shown, turned upright, and written anew as WebP in up
to three widths, with its transparency and without any metadata: a photo would say where it was taken. What was uploaded
is never stored. A stored name says what it is: `pictures/0123456789abcdef-1120x630.webp`.
"""

import hashlib
import io
import re
import struct
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from threading import Lock
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.db import models
from django.db.models.fields.files import FieldFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageOps

from events import colours, emblem

MAX_BYTES = 20 * 2**20
# Pixels by format, checked before decoding: a camera's largest JPEG, which is decoded smaller; a PNG takes eight bytes
# of memory for each, a WebP twenty.
MAX_PIXELS = {"JPEG": 50_000_000, "PNG": 25_000_000, "WEBP": 12_500_000}
MAX_LENGTH = 5  # times the shorter side
QUALITY = 80


@dataclass(frozen=True)
class Kind:
    """How pictures of one kind are stored: how wide, in pixels, and drawn in so few colours (None: as a photo)."""

    widths: tuple[int, ...]
    colours: int | None = None


PHOTO = Kind((1680, 1120, 560))
LOGO = Kind((400, 200), 64)  # a third of the bytes, which count here: it is in the first view of every page

PREVIEW_SIZE = (1200, 630)
EMBLEM_WIDTH = 80  # units of the 96 that are its height
_ARABIC_LETTERS = "[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]+"
_ARABIC = re.compile(f"({_ARABIC_LETTERS}(?: +{_ARABIC_LETTERS})*)")

# What Pillow raises for broken files, found by trying half a million of them.
_UNREADABLE = (OSError, ValueError, SyntaxError, TypeError, struct.error)

_NAME = re.compile(r"^pictures/[0-9a-f]{16}-(\d+)x(\d+)\.webp$")


def made_safe(upload: "File[bytes]", kind: Kind = PHOTO) -> dict[str, bytes]:
    """The names and bytes of the picture in its widths, the widest first. Raises ValidationError in words."""
    if upload.size > MAX_BYTES:
        raise ValidationError(_("This file is larger than 20 MB. Please choose a smaller one."))
    upload.seek(0)
    content = upload.read()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about size, where our own bound is lower, and metadata, which goes
            with Image.open(io.BytesIO(content), formats=tuple(MAX_PIXELS)) as image:
                picture = _decoded(image)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(MAX_PIXELS["JPEG"]) from error
    except _UNREADABLE as error:
        raise ValidationError(
            _("This is no picture that we can read. Please choose a JPEG, PNG or WebP file.")
        ) from error
    digest = hashlib.sha256(content).hexdigest()[:16]
    widths = [width for width in kind.widths if width < picture.width]
    if not widths or picture.width < kind.widths[0]:
        widths = [picture.width, *widths]
    widest = _size(widths[0], picture.size)
    return dict(_written(picture, _size(width, widest), digest, kind.colours) for width in widths)


def _decoded(image: Image.Image) -> Image.Image:
    """The picture upright and in colours, its shorter side hardly longer than the widest variant."""
    most = MAX_PIXELS[image.format or ""]
    if image.width * image.height > most:
        raise _too_many_pixels(most)
    if max(image.size) > MAX_LENGTH * min(image.size):
        raise ValidationError(_("One side of this picture is more than five times the other. Please cut out a part."))
    image.draft("RGB", (PHOTO.widths[0], PHOTO.widths[0]))  # JPEG alone can do this
    picture = image.convert("RGBA" if image.has_transparency_data else "RGB")
    picture = picture.reduce(max(min(picture.size) // PHOTO.widths[0], 1))
    return ImageOps.exif_transpose(picture)


def _too_many_pixels(most: int) -> ValidationError:
    return ValidationError(
        _("This picture has more than %(number)s million pixels. Please make it smaller.")
        % {"number": most // 1_000_000}
    )


def is_name(name: str) -> bool:
    """Whether a stored picture can have this name."""
    return _NAME.match(name) is not None


def _size(width: int, whole: tuple[int, int]) -> tuple[int, int]:
    """How large a picture of that size is at this width. Variants follow from the widest, which alone is remembered."""
    return width, max(round(whole[1] * width / whole[0]), 1)


def _written(picture: Image.Image, size: tuple[int, int], digest: str, colours: int | None) -> tuple[str, bytes]:
    content = io.BytesIO()
    written = picture.resize(size, Image.Resampling.LANCZOS)
    if colours is None:
        written.save(content, "WEBP", quality=QUALITY)
    else:
        few = written.quantize(colours, Image.Quantize.FASTOCTREE)  # the only one that knows transparency
        few.convert(written.mode).save(content, "WEBP", lossless=True, quality=100, method=6)
    return f"pictures/{digest}-{size[0]}x{size[1]}.webp", content.getvalue()


class Picture(FieldFile):
    """A stored picture: the widest of its variants."""

    field: "PictureField"

    @property
    def width(self) -> int:
        return self._size[0]

    @property
    def height(self) -> int:
        return self._size[1]

    @property
    def variants(self) -> list[tuple[str, int]]:
        """The address and width of each variant, the narrowest first."""
        assert self.name is not None
        digest = self.name.partition("-")[0]
        widths = {self.width} | {width for width in self.field.kind.widths if width < self.width}
        sizes = [_size(width, self._size) for width in sorted(widths)]
        return [(self.storage.url(f"{digest}-{width}x{height}.webp"), width) for width, height in sizes]

    @property
    def _size(self) -> tuple[int, int]:
        match = _NAME.match(self.name or "")
        assert match is not None, self.name
        return int(match[1]), int(match[2])

    def save(self, name: str | None, content: "File[bytes]", save: bool = True) -> None:
        """Store the variants; the same picture again is the same files."""
        variants = content.variants if isinstance(content, SafePicture) else made_safe(content, self.field.kind)
        names = []
        for variant, data in variants.items():
            if not self.storage.exists(variant):
                self.storage.save(variant, ContentFile(data))
            names.append(variant)
        self.name = names[0]
        setattr(self.instance, self.field.attname, self.name)
        self._committed = True
        if save:
            self.instance.save()


def content_of(picture: FieldFile) -> bytes:
    """The widest variant of a stored picture; nothing where there is none."""
    if not picture.name or not picture.storage.exists(picture.name):
        return b""
    with picture.storage.open(picture.name) as file:
        content: bytes = file.read()
    return content


class SafePicture(ContentFile):
    """An upload that a form has made safe already."""

    def __init__(self, upload: "File[bytes]", kind: Kind) -> None:
        self.variants = made_safe(upload, kind)
        super().__init__(next(iter(self.variants.values())), upload.name)


class PictureFormField(forms.FileField):
    """A file field that refuses in words what is no harmless picture."""

    widget = forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp"})

    def __init__(self, *, kind: Kind, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind = kind

    def to_python(self, data: Any) -> Any:
        upload = super().to_python(data)
        return SafePicture(upload, self.kind) if upload else upload


class PictureField(models.FileField):
    """A file field for a picture of this kind."""

    attr_class = Picture

    def __init__(self, *args: Any, kind: Kind = PHOTO, **kwargs: Any) -> None:
        self.kind = kind
        kwargs.setdefault("help_text", gettext_lazy("JPEG, PNG or WebP. Place and camera are taken out of it."))
        super().__init__(*args, **kwargs)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": PictureFormField, "kind": self.kind, **kwargs})


# The preview


def preview(
    house: tuple[str, str], figure: Sequence[emblem.Shape], title: str, *lines: str, logo: bytes = b""
) -> bytes:
    """A PNG of 1200 × 630 for messengers, in the colours of a house: its logo, the title as large as there is room, the
    lines (date, place) below it, the emblem beside them.

    Drawn once for what it shows, also for those who ask meanwhile: it takes a quarter of a second.
    """
    with _drawing:
        return _drawn(house, tuple(figure), title, lines, logo)


_drawing = Lock()


@lru_cache(maxsize=32)
def _drawn(
    house: tuple[str, str], figure: tuple[emblem.Shape, ...], title: str, lines: tuple[str, ...], logo: bytes
) -> bytes:
    worn = colours.theme(*house).light
    width, height = PREVIEW_SIZE
    picture = Image.new("RGB", PREVIEW_SIZE, worn["sand"])
    drawn = _figure(figure, EMBLEM_WIDTH, height, worn)
    draw = ImageDraw.Draw(picture)
    room = width - drawn.width - 2 * 60
    wrapped = [piece for line in lines for piece in _wrapped(line, 30, 500, room)][:6]
    top = 60
    if logo:
        top += _place_logo(picture, logo, worn["paper"]) + 30
    size, titled = _titled(title, room, height - 60 - 44 * len(wrapped) - 20 - top)
    for line in titled:
        _write(draw, (60, top), line, size, 800, worn["ink"])
        top += round(size * 1.2)
    picture.paste(drawn, (width - drawn.width, 0))  # over a word that is longer than its line
    top = height - 60 - 44 * len(wrapped)
    for line in wrapped:
        _write(draw, (60, top), line, 30, 500, worn["ink"])
        top += 44
    content = io.BytesIO()
    picture.quantize(64).save(content, "PNG", optimize=True)
    return content.getvalue()


def _titled(title: str, width: int, height: int) -> tuple[int, list[str]]:
    """The largest letters in which the title has room, and its lines in them."""
    for size in (58, 50, 42, 36, 30):
        lines = _wrapped(title, size, 800, width)
        if len(lines) * size * 1.2 <= height and max(_length(line, size, 800) for line in lines) <= width:
            break
    return size, lines[: max(int(height / size / 1.2), 1)]


def _place_logo(picture: Image.Image, logo: bytes, ground: str) -> int:
    """The logo in its upper corner, on paper, for which logos are made, and how high it is."""
    with Image.open(io.BytesIO(logo)) as opened:
        shown = ImageOps.contain(opened.convert("RGBA"), (360, 76))
    right, foot = 60 + shown.width + 24, 40 + shown.height + 20
    ImageDraw.Draw(picture).rounded_rectangle((60, 40, right, foot), 12, ground)
    picture.paste(shown, (72, 50), shown)
    return foot - 60


def _figure(figure: Sequence[emblem.Shape], width: int, height: int, worn: Mapping[str, str]) -> Image.Image:
    """The emblem, `width` units wide, drawn twice as large first, so that its curves are smooth."""
    unit = 2 * height / emblem.SIZE
    size = round(width * unit), 2 * height
    picture = Image.new("RGB", size)
    for is_gate in (False, True):
        for tone in ("soft", "emblem", "mid", "accent"):
            mask = Image.new("1", size)
            for shape in figure:
                if (shape.rounded != "", shape.tone) == (is_gate, tone):
                    mask = ImageChops.logical_xor(mask, _stamp(shape, size, unit))
            picture.paste(worn[tone], mask=mask)
    return picture.reduce(2)


def _stamp(shape: emblem.Shape, size: tuple[int, int], unit: float) -> Image.Image:
    """One shape, white on black: of two in one colour, one in the other, the inner is a hole."""
    stamp = Image.new("1", size)
    draw = ImageDraw.Draw(stamp)
    left, right = round(shape.x * unit), round((shape.x + shape.width) * unit) - 1
    top, foot = round((shape.foot - shape.height) * unit), round(shape.foot * unit) - 1
    if left > right or top > foot:
        return stamp
    if shape.rounded == "o":
        draw.ellipse((left, top, right, foot), fill=1)
        return stamp
    draw.rectangle((left, top, right, foot), fill=1)
    radius = round(emblem.corner(shape) * unit)
    if "l" in shape.rounded:
        draw.rectangle((left, top, left + radius, top + radius), fill=0)
        draw.pieslice((left, top, left + 2 * radius, top + 2 * radius), 180, 270, fill=1)
    if "r" in shape.rounded:
        draw.rectangle((right - radius, top, right, top + radius), fill=0)
        draw.pieslice((right - 2 * radius, top, right, top + 2 * radius), 270, 360, fill=1)
    return stamp


@cache
def _font(family: str, size: int, weight: int) -> ImageFont.FreeTypeFont:
    package, file = {
        "latin": ("fontpkg_noto_sans", "NotoSans[wdth,wght].ttf"),
        "arabic": ("fontpkg_noto_sans_arabic", "NotoSansArabic[wdth,wght].ttf"),
    }[family]
    content = (files(package) / "files" / file).read_bytes()
    font = ImageFont.truetype(io.BytesIO(content), size)
    font.set_variation_by_axes([weight if axis["name"] == b"Weight" else 100 for axis in font.get_variation_axes()])
    return font


def _runs(text: str) -> list[tuple[str, str]]:
    """The text in pieces of one script each, because no one font has them all."""
    return [("arabic" if _ARABIC.match(piece) else "latin", piece) for piece in _ARABIC.split(text) if piece]


def _length(text: str, size: int, weight: int) -> float:
    return sum(_font(family, size, weight).getlength(piece) for family, piece in _runs(text))


def _write(draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str, size: int, weight: int, colour: str) -> None:
    x, y = at
    for family, piece in _runs(text):
        font = _font(family, size, weight)
        draw.text((x, y + size), piece, colour, font, anchor="ls")
        x += font.getlength(piece)


def _wrapped(text: str, size: int, weight: int, width: int) -> list[str]:
    lines = [""]
    for word in text.split(" "):  # not at spaces that keep a date together
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _length(longer, size, weight) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
