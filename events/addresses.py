"""Mail addresses that mail servers understand."""

from typing import Any

import idna
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, validate_email
from django.utils.translation import gettext_lazy as _


def is_sound(address: str) -> None:
    """Refuse an address that no header can hold as it stands.

    Quoted local parts and encoded words are legal and in nobody's use but that of people who try to break into mail
    headers; a domain without a dot, or a number for one, is a machine of our own network. Other letters than ASCII's
    before the @ need SMTPUTF8, which hardly any server has.
    """
    local, at, domain = address.rpartition("@")
    if not local.isascii():
        raise ValidationError(_("Before the @ only letters from a to z, digits and signs can stand."))
    if not domain.isascii():
        raise ValidationError(_("Please write a domain with umlauts in its form xn--…"))
    if "=?" in address or '"' in address or "[" in domain or (at and "." not in domain):
        raise ValidationError(EmailValidator.message, code="invalid")


def _is_address(address: str) -> None:
    is_sound(address)
    validate_email(address)


class MailAddressField(forms.EmailField):
    """An address; an umlaut domain is stored in its ASCII form (RFC 5891)."""

    default_validators = [_is_address]
    default_error_messages = {"invalid": _("Please enter an email address such as name@example.org.")}

    def to_python(self, value: Any) -> str:
        address = super().to_python(value) or ""
        local, at, domain = address.rpartition("@")
        try:
            return local + at + idna.encode(domain, uts46=True).decode() if at else address
        except idna.IDNAError:
            return address  # the validator says what is wrong with it
