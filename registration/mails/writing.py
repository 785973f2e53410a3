"""Mails as they leave: frozen facts in, bytes out. What stands around the facts is in templates/mail/layout.*.

MIME is put together here, because `EmailMessage` parses each of its headers over and over: that took twice as long as
all the rest, and makes a new boundary each time.
"""

import hashlib
from base64 import encodebytes
from binascii import b2a_qp
from dataclasses import dataclass
from email.headerregistry import Address
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.timezone import localtime

from events import calendar, colours
from events.plaintext import header
from registration.mails.facts import Facts
from registration.models import OutgoingMail


@dataclass(frozen=True)
class Written:
    """A mail as a guest reads it, in both of its forms."""

    subject: str
    plain: str
    html: str


def written(facts: Facts) -> Written:
    context = {**facts, **worn(*facts["house"])}
    return Written(
        facts["subject"],
        render_to_string("layout.txt", context, using="mail"),
        render_to_string("mail/layout.html", context, using="django"),
    )


@lru_cache(maxsize=100)
def worn(*house: str) -> dict[str, dict[str, str]]:
    """The colours of a house by day and by night, by names that a template can write."""
    theme = colours.theme(*house)
    return {
        name: {colour.replace("-", "_"): value for colour, value in colours_then.items()}
        for name, colours_then in (("light", theme.light), ("dark", theme.dark))
    }


def mime(mail: OutgoingMail) -> bytes:
    """The whole mail, byte for byte the same each time."""
    facts: Facts = mail.facts
    message_id = mail.facts["message_id"]
    head = [
        _mailbox("From", facts["sender"], settings.DEFAULT_FROM_EMAIL),
        _mailbox("Reply-To", *facts["answers_to"]) if facts["answers_to"][1] else b"",
        _header("Subject", facts["subject"]),
        _header("To", mail.recipient),
        _header("Message-ID", message_id),
        _header("Date", format_datetime(localtime(mail.created_at))),
        b"Auto-Submitted: auto-generated\r\n",
        b"MIME-Version: 1.0\r\n",
    ]
    if mail.kind in OutgoingMail.OF_NO_EVENT:
        return b"".join([*head, _text("plain", facts["opening"] + "\n")])
    boundary = hashlib.sha256(message_id.encode()).hexdigest()[:32]
    return b"".join([*head, _header("Content-Language", facts["language"]), _body(facts, boundary)])


def _body(facts: Facts, boundary: str) -> bytes:
    """Both forms, and the entry."""
    found = written(facts)
    forms = _parts("alternative", f"=_{boundary}", [_text("plain", found.plain), _text("html", found.html)])
    if (entry := facts["entry"]) is None:
        return forms
    file = _part(
        'text/calendar; charset="utf-8"; method="PUBLISH"',
        "base64",
        encodebytes(calendar.written(entry["says"])).replace(b"\n", b"\r\n"),
        f'Content-Disposition: attachment; filename="{entry["name"]}"',
    )
    return _parts("mixed", f"=__{boundary}", [forms, file])


def _header(name: str, value: str) -> bytes:
    """A header, encoded and folded; raises ValueError for one that would be two."""
    return SMTP.fold_binary(*SMTP.header_store_parse(name, value))


@lru_cache(maxsize=100)  # offices are few, and write many mails
def _mailbox(header_name: str, name: str, email: str) -> bytes:
    return _header(header_name, str(Address(header(name), addr_spec=email)))


def _parts(subtype: str, boundary: str, parts: list[bytes]) -> bytes:
    opening = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n'
    line = f"\r\n--{boundary}".encode()
    return opening.encode() + b"".join(line + b"\r\n" + part for part in parts) + line + b"--\r\n"


def _text(subtype: str, text: str) -> bytes:
    lines = b"".join(line + b"\r\n" for line in text.encode().splitlines())
    return _part(f'text/{subtype}; charset="utf-8"', "quoted-printable", b2a_qp(lines))


def _part(content_type: str, encoding: str, body: bytes, *more: str) -> bytes:
    head = [f"Content-Type: {content_type}", f"Content-Transfer-Encoding: {encoding}", *more, "", ""]
    return "\r\n".join(head).encode() + body
