"""Who invites: how one reaches them, what their pages wear, and what the law wants to be said of them."""

import re
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from events import colours
from events.addresses import is_sound
from events.pictures import LOGO, PictureField


class PostalAddress(models.Model):
    """Somewhere that a letter or a guest can be sent to."""

    street = models.CharField(_("street"), max_length=200)
    postal_code = models.CharField(_("postal code"), max_length=10)
    city = models.CharField(_("city"), max_length=100)

    class Meta:
        abstract = True

    @property
    def address(self) -> str:
        """The address on one line, without the name."""
        return f"{self.street}, {self.postal_code} {self.city}"


_COLOUR = re.compile(r"^#[0-9a-f]{6}\Z")


class ColourField(models.CharField):
    """A colour as browsers choose it: #0b5563."""

    default_validators = [RegexValidator(_COLOUR, _("Please write a colour such as #0b5563."))]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": 7} | kwargs)

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return value and value.lower()


class Organiser(PostalAddress):
    """The office that invites and answers questions."""

    name = models.CharField(_("name"), max_length=200)
    email = models.EmailField(_("email"), validators=[is_sound])
    phone = models.CharField(_("phone"), max_length=50, blank=True)
    website = models.URLField(_("website"), blank=True)
    logo = PictureField(
        _("logo"),
        blank=True,
        kind=LOGO,
        help_text=_(
            "JPEG, PNG or WebP, on a light ground or without one. It takes the place of the name in the header."
        ),
    )
    brand_colour = ColourField(
        _("colour of the house"),
        default=colours.BRAND,
        help_text=_("Pages, mails and pictures wear it. What is too light to be read is refused with a proposal."),
    )
    accent_colour = ColourField(
        _("second colour"),
        default=colours.ACCENT,
        help_text=_("For buttons and signs. It must differ from the first."),
    )
    represented_by = models.CharField(
        _("represented by"),
        max_length=200,
        blank=True,
        help_text=_("Office and name, such as: Landrätin Erika Mustermann (imprint, § 5 DDG)."),
    )
    data_protection_officer = models.CharField(_("data protection officer"), max_length=200, blank=True)
    data_protection_email = models.EmailField(
        _("email of the data protection officer"),
        blank=True,
        validators=[is_sound],
        help_text=_("Privacy notice, GDPR, article 13, 1 b."),
    )
    supervisory_authority = models.CharField(
        _("data protection supervisory authority"),
        max_length=300,
        blank=True,
        help_text=_("Name and address of the authority that complaints go to (GDPR, article 13, 2 d)."),
    )
    processor = models.CharField(
        _("processor"),
        max_length=300,
        blank=True,
        help_text=_("Name and place of who hosts this site for you (GDPR, article 13, 1 e, and article 28)."),
    )
    enforcement_body = models.CharField(
        _("enforcement body for accessibility"),
        max_length=300,
        blank=True,
        help_text=_("Name, address and email; which one it is depends on the Land (accessibility statement)."),
    )
    accessibility_statement_on = models.DateField(
        _("date of the accessibility statement"),
        null=True,
        blank=True,
        help_text=_("When you last checked that it is true."),
    )

    class Meta:
        verbose_name = _("organiser")
        verbose_name_plural = _("organisers")
        ordering: ClassVar = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def colours(self) -> tuple[str, str]:
        return self.brand_colour, self.accent_colour

    def clean(self) -> None:
        """Refuse a pair of colours that cannot hold, at the one that is to change."""
        if not all(map(_COLOUR.match, self.colours)):
            return  # its own field refuses what is no colour
        proposed = colours.nearest(*self.colours)
        messages = {
            "brand_colour": _("This colour is too light to be read on paper. The nearest that can be is %s."),
            "accent_colour": _("This colour is too like the first, or nothing can be read on it. The nearest is %s."),
        }
        errors = {
            name: message % there
            for (name, message), here, there in zip(messages.items(), self.colours, proposed, strict=True)
            if here != there
        }
        if errors:
            raise ValidationError(errors)
