"""Tables of what organisers tell the public, for superusers: what every office shares, and what nobody writes here. An
event is written at the desk."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from events import wording
from events.addresses import MailAddressField
from events.forms import SECURE_LINKS, TEXTS, Lines
from events.legal import missing, newest_organiser, text_of
from events.models import Event, LegalPage, Organiser, Speaker, Venue
from events.models.organiser import ColourField


class NotWritten(admin.options.BaseModelAdmin):
    """Rows that are read here and written elsewhere."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Event)
class EventAdmin(NotWritten, admin.ModelAdmin):
    """All events of all offices, to be deleted as a whole where that must be."""

    list_display = ("title", "organiser", "starts_at", "place", "status", "registration_closes_at")
    list_filter = ("status", "listed", "organiser")
    list_select_related = ("venue", "organiser")
    date_hierarchy = "starts_at"
    search_fields = ("title", "slug")
    fields = ("title", "slug", "status", "listed", "organiser", "venue", "starts_at", "ends_at", "uid", "sequence")

    @admin.display(description=_("venue"), ordering="venue")
    def place(self, obj: Event) -> str:
        return wording.where(obj)

    def view_on_site(self, obj: Event) -> str:
        return obj.get_absolute_url()


@admin.register(Speaker)
class SpeakerAdmin(admin.ModelAdmin):
    formfield_overrides = TEXTS
    list_display = ("name", "position", "organisation", "is_group", "organiser")
    list_filter = ("organiser",)
    list_select_related = ("organiser",)
    search_fields = ("name", "organisation")


@admin.register(Venue)
class VenueAdmin(admin.ModelAdmin):
    formfield_overrides = TEXTS
    list_display = ("name", "city", "organiser")
    list_filter = ("organiser",)
    list_select_related = ("organiser",)
    search_fields = ("name", "city")


@admin.register(Organiser)
class OrganiserAdmin(admin.ModelAdmin):
    formfield_overrides = SECURE_LINKS | {
        models.EmailField: {"form_class": MailAddressField},
        ColourField: {"widget": forms.ColorInput},
    }
    list_display = ("name", "email", "phone")
    search_fields = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "street", "postal_code", "city", "email", "phone", "website")}),
        (_("Look"), {"fields": ("logo", "brand_colour", "accent_colour")}),
        (
            _("What the law asks for"),
            {
                "fields": (
                    "represented_by",
                    "data_protection_officer",
                    "data_protection_email",
                    "supervisory_authority",
                    "processor",
                    "enforcement_body",
                    "accessibility_statement_on",
                ),
                "description": _("It stands on the legal pages. What is empty is not mentioned there."),
            },
        ),
    )

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if (organiser := kwargs["obj"]) is not None:
            _say_what_is_missing(request, organiser, *LegalPage.Key)
        return super().render_change_form(request, context, *args, **kwargs)


def _say_what_is_missing(request: HttpRequest, organiser: Organiser, *keys: LegalPage.Key) -> None:
    """A warning on this page, as long as something of the organiser is missing that the law wants on those pages."""
    if found := missing(organiser, *keys):
        heading = _("The law asks for more. Please fill in at the organiser “%s”:") % organiser
        messages.warning(request, format_html("{}{}", heading, format_html_join("", "<br>– {} ({})", found)))


@admin.register(LegalPage)
class LegalPageAdmin(admin.ModelAdmin):
    """The three pages are there from the beginning; their texts begin with what the site brings along."""

    list_display = ("__str__", "changed_at")
    fields = ("body",)
    formfield_overrides = {models.TextField: {"widget": Lines(30)}}

    def view_on_site(self, obj: LegalPage) -> str:
        return obj.get_absolute_url()

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        page, organiser = kwargs["obj"], newest_organiser()
        if organiser is not None and _is_of_the_site(page):
            _say_what_is_missing(request, organiser, LegalPage.Key(page.key))
        return super().render_change_form(request, context, *args, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: LegalPage | None = None) -> bool:
        return False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> LegalPage | None:
        page: LegalPage | None = super().get_object(request, object_id, from_field)
        if page is not None:
            page.body = text_of(page, newest_organiser())
        return page

    def save_model(self, request: HttpRequest, obj: LegalPage, form: Any, change: bool) -> None:
        """Store nothing where nothing was changed, so that the page goes on following the organiser's data."""
        if _is_of_the_site(obj):
            obj.body = ""
        super().save_model(request, obj, form, change)


def _is_of_the_site(page: LegalPage) -> bool:
    """Whether the text is the one that the site brings along."""
    return page.body.strip() == text_of(LegalPage(key=page.key), newest_organiser())
