from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from events import wording
from events.addresses import MailAddressField
from events.bounds import is_key
from events.forms import SECURE_LINKS, SHORT_TEXTS, SHORT_TIMES, TEXTS, DeadlineField, Lines, QuestionForm
from events.legal import missing, newest_organiser, text_of
from events.models import (
    ConsentRequest,
    Contribution,
    Event,
    LegalPage,
    Organiser,
    Question,
    Slot,
    Speaker,
    Venue,
    Workshop,
    overlapping_rounds,
    refuse_rounds,
)
from events.models.organiser import ColourField


class SlotOfSomeEventField(forms.ModelChoiceField):
    """A slot, named with its event: every programme has its “Workshops”."""

    def label_from_instance(self, obj: Slot) -> str:
        return f"{obj.event}: {obj}"


class EventForm(forms.ModelForm):
    registration_closes_at = DeadlineField(
        label=_("registration closes"), help_text=_("Without a time, the whole day counts.")
    )

    class Meta:
        widgets = {"description": Lines(15)}


class SpeakerSelect(AutocompleteSelect):
    """Django's, which looks for whatever was sent when it shows a refused form again."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, [key for key in value if is_key(str(key))], attr)


class ContributionInline(admin.TabularInline):
    model = Contribution
    fields = ("order", "role", "speaker", "affiliation")
    autocomplete_fields = ("speaker",)
    extra = 0

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "speaker":
            kwargs["widget"] = SpeakerSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class ConsentRequestInline(admin.StackedInline):
    model = ConsentRequest
    formfield_overrides = SHORT_TEXTS
    fields = ("purpose", "kind", "wording", "alternative")
    extra = 0


class QuestionFormSet(forms.BaseInlineFormSet):
    def clean(self) -> None:
        """Say in one sentence what Django would say with a line for each answer."""
        leaving = [form.instance for form in self.forms if self._should_delete_form(form)]  # type: ignore[attr-defined]
        if needed := [question for question in leaving if question.is_answered]:
            message = _("Guests have answered “%s”, so it stays. You can put other words to it.")
            raise ValidationError([message % question for question in needed])
        super().clean()


class QuestionInline(admin.StackedInline):
    """What guests are asked; the usual question comes with the event itself."""

    model = Question
    form = QuestionForm
    formset = QuestionFormSet
    fields = ("order", "label", "key", "help", "kind", "options", "required", "sensitive", "purpose", "audience")
    extra = 0


class SlotForm(forms.ModelForm):
    """One line of the programme."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.is_stored_with_others = True


class SlotFormSet(forms.BaseInlineFormSet):
    """The whole programme: rounds that change together are compared as they will be."""

    def clean(self) -> None:
        super().clean()
        staying = [form.instance for form in self.forms if form not in self.deleted_forms]
        if not any(self.errors):
            refuse_rounds(overlapping_rounds(staying))


class SlotInline(admin.TabularInline):
    model = Slot
    form = SlotForm
    formset = SlotFormSet
    formfield_overrides = SHORT_TIMES
    fields = ("starts_at", "ends_at", "kind", "optional", "number", "format", "title", "room")
    extra = 0
    show_change_link = True


class WorkshopInline(admin.TabularInline):
    model = Workshop
    fields = ("number", "title", "capacity", "room", "slot")
    extra = 0
    show_change_link = True

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the slots for workshops of this event only, and choose the only one."""
        if db_field.name == "slot" and request.resolver_match is not None:
            event = request.resolver_match.kwargs.get("object_id")
            slots = Slot.objects.filter(event=event, kind=Slot.Kind.WORKSHOPS) if event else Slot.objects.none()
            kwargs |= {"queryset": slots, "initial": slots.first()}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Event)
class EventAdmin(admin.ModelAdmin):
    form = EventForm
    formfield_overrides = SECURE_LINKS | SHORT_TIMES | SHORT_TEXTS
    list_display = ("title", "starts_at", "place", "status", "registration_closes_at")
    list_filter = ("status", "listed")
    list_select_related = ("venue",)
    date_hierarchy = "starts_at"
    search_fields = ("title", "slug")
    prepopulated_fields = {"slug": ("title",)}
    save_on_top = True
    fieldsets = (
        (None, {"fields": ("title", "slug", "status", "listed", "teaser", "description", "image", "image_alt")}),
        (
            _("When and where"),
            {
                "fields": ("starts_at", "ends_at", "venue", "organiser", "partners"),
                "description": _(
                    "Two minutes after you save another time, place or status, all who are registered get a mail."
                ),
            },
        ),
        (
            _("Registration"),
            {
                "fields": (
                    "registration_opens_at",
                    "registration_closes_at",
                    "changes_close_at",
                    "address_confirmed_within",
                    "reminder_days",
                    "registration_note",
                    "catering",
                )
            },
        ),
        (
            _("Seats and waiting lists"),
            {"fields": ("capacity", "queue_moves_up", "queue_stops_hours", "accept_within")},
        ),
        (
            _("Fee"),
            {"fields": ("fee", "price"), "description": _("What you fill in is shown; this site takes no money.")},
        ),
        (
            _("Recordings and livestream"),
            {
                "fields": (
                    "recording",
                    "livestream",
                    "livestream_offered",
                    "livestream_url",
                    "livestream_captions_url",
                    "livestream_sign_language_url",
                    "livestream_minutes",
                )
            },
        ),
        (_("Privacy"), {"fields": ("needs_kept_days", "data_kept_days")}),
        (_("Small print"), {"fields": ("change_note",)}),
    )

    @admin.display(description=_("venue"), ordering="venue")
    def place(self, obj: Event) -> str:
        return wording.where(obj)

    def view_on_site(self, obj: Event) -> str:
        return obj.get_absolute_url()

    def get_inlines(self, request: HttpRequest, obj: Event | None) -> list[type[Any]]:
        """Workshops need the slot that they take place in, so they come once the programme is stored; so do questions,
        of which the usual one is stored with it."""
        inlines = [ConsentRequestInline, SlotInline]
        return inlines if obj is None else [*inlines, WorkshopInline, QuestionInline]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not change:
            form.instance.questions.add(Question.usual(), bulk=False)
            Event.objects.filter(pk=form.instance.pk).begin()
        for asked in form.instance.consent_requests.all():
            if asked.lacks_an_alternative:
                message = _(
                    "The consent “%(purpose)s” is required, but nothing is offered to those who do not agree. A consent"
                    " without a choice is void (GDPR, article 7, 4): please fill in “without that consent”."
                )
                self.message_user(request, message % {"purpose": asked}, messages.WARNING)


@admin.register(Slot)
class SlotAdmin(admin.ModelAdmin):
    """A slot stays with its event, as its workshops and their guests do."""

    formfield_overrides = SHORT_TIMES | TEXTS
    list_display = ("title", "event", "starts_at", "ends_at", "kind")
    list_filter = ("event", "kind")
    list_select_related = ("event",)
    search_fields = ("title",)
    inlines = (ContributionInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Slot | None = None) -> tuple[str, ...]:
        return () if obj is None else ("event",)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Slot]) -> None:
        """Each by itself, because guests' calendars depend on it."""
        for slot in queryset:
            slot.delete()


@admin.register(Workshop)
class WorkshopAdmin(admin.ModelAdmin):
    formfield_overrides = TEXTS
    list_display = ("title", "event", "number", "capacity", "room")
    list_filter = ("event",)
    list_select_related = ("event",)
    search_fields = ("title", "question")
    fields = ("slot", "number", "title", "question", "description", "capacity", "room", "key")
    inlines = (ContributionInline,)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "slot":
            kwargs["queryset"] = Slot.objects.filter(kind=Slot.Kind.WORKSHOPS).select_related("event")
            kwargs["form_class"] = SlotOfSomeEventField
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


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
