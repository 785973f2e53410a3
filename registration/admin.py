"""The organisers' workplace: who comes, who waits, which mails left. Every action calls a verb of `booking`."""

import time
from contextlib import suppress
from typing import Any

from csp.decorators import csp_replace
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import ProtectedError, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from events.admin import EventAdmin, WorkshopAdmin
from events.bounds import is_key
from events.models import Event, Question, Workshop
from events.wording import day
from registration import answers, booking, consents, erasing, exports, followups, history, mails, outbox
from registration.forms import CorrectionForm, MailTextForm, PutQuestionsForm
from registration.models import (
    ConsentRecord,
    ConsentText,
    Inquiry,
    MailText,
    OutgoingMail,
    Place,
    Registration,
    with_places,
)


class HasGuests(admin.ModelAdmin):
    """Where seats were added, those who wait for them move up in the transaction that stores them. Where somebody takes
    a seat at the very moment that it is deleted, it stays."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._unless_taken(super().changeform_view, request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._unless_taken(super().delete_view, request, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._unless_taken(super().changelist_view, request, *args, **kwargs)

    def _unless_taken(self, view: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return view(request, *args, **kwargs)
        except (ProtectedError, IntegrityError):
            self.message_user(request, _("Somebody has registered meanwhile; nothing was stored."), messages.ERROR)
            return redirect(request.get_full_path())

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        event = form.instance if isinstance(form.instance, Event) else form.instance.event
        booking.promote(event, timezone.now())
        for what, seats in _seats(event):
            if seats.capacity is not None and seats.taken > seats.capacity:
                message = _("%(what)s: %(taken)d guests have a seat, and there are %(capacity)d. Nobody loses one.")
                values = {"what": what, "taken": seats.taken, "capacity": seats.capacity}
                self.message_user(request, message % values, messages.WARNING)


admin.site.unregister([Event, Workshop])


@admin.register(Event)
class EventWithGuestsAdmin(HasGuests, EventAdmin):
    """An event whose guests hear of what is changed here."""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With the way to put questions to guests, where there is a guest to ask."""
        event = Event.objects.filter(pk=object_id).first() if is_key(object_id) else None
        offered = followups.offered(event, timezone.now()) if event is not None and _may_ask(request) else []
        return super().change_view(request, object_id, form_url, {"to_put": offered} | (extra_context or {}))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Who adds a question reads that it is mailed to nobody by itself."""
        super().save_formset(request, form, formset, change)
        added, now = formset.new_objects if formset.model is Question else [], timezone.now()
        if _may_ask(request) and any(followups.to_ask(question, now).exists() for question in added):
            message = _("There are guests who registered before you added this question, and were not asked.")
            address = reverse("admin:registration_registration_questions", args=[form.instance.pk])
            link = format_html('{} <a href="{}">{}</a>', message, address, _("Put questions to guests"))
            self.message_user(request, link, messages.WARNING)


def _may_ask(request: HttpRequest) -> bool:
    return request.user.has_perm("registration.change_registration")


@admin.register(Workshop)
class WorkshopWithGuestsAdmin(HasGuests, WorkshopAdmin):
    """A workshop whose queue moves up where it gets more seats."""


class ReadOnly(admin.options.BaseModelAdmin):
    """Rows that prove something: organisers read them, nobody writes them here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ConsentInline(ReadOnly, admin.TabularInline):
    model = ConsentRecord
    fields = ("text", "decision", "at", "channel", "actor")
    extra = 0


class PlaceInline(ReadOnly, admin.TabularInline):
    model = Place
    fields = ("round", "workshop", "queued_at")
    extra = 0


class MailInline(ReadOnly, admin.TabularInline):
    model = OutgoingMail
    fields = ("subject", "created_at", "sent_at", "failed_at", "attempts", "error")
    extra = 0
    show_change_link = True


class WorkshopFilter(admin.SimpleListFilter):
    """Whoever sits in a workshop or waits for it; only those of the event that is shown."""

    title = gettext_lazy("workshop")
    parameter_name = "workshop"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        workshops = Workshop.objects.filter(event=shown_event(request)).order_by("number")
        return [(str(workshop.pk), str(workshop)) for workshop in workshops]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Registration]) -> QuerySet[Registration]:
        value = self.value() or ""
        if is_key(value):
            return queryset.filter(places__workshop=int(value))
        return queryset


def shown_event(request: HttpRequest) -> Event | None:
    """The event that the organiser chose in the list, or the next one, or the latest."""
    chosen = request.GET.get("event__id__exact", "")
    if is_key(chosen):
        return Event.objects.filter(pk=chosen).first()
    return Event.objects.upcoming(timezone.now()).first() or Event.objects.first()


def _seats(event: Event) -> list[tuple[Event | Workshop, booking.Seats]]:
    """The event, where it has seats of its own, and its workshops, each with its seats."""
    found = booking.stock(event)
    of_the_event = [(event, found.seats[booking.EVENT])] if event.capacity is not None else []
    return of_the_event + [(workshop, found.seats[key]) for key, workshop in found.workshops.items()]


def _numbers(places: list[Place]) -> str:
    return ", ".join(str(place.workshop.number) for place in places)


@admin.register(Registration)
class RegistrationAdmin(admin.ModelAdmin):
    change_list_template = "admin/registration/registration/change_list.html"
    list_display = ("last_name", "first_name", "organisation", "standing", "seat", "queue", "photos", "registered_at")
    list_display_links = ("last_name", "first_name")
    list_filter = (
        "event",
        WorkshopFilter,
        "state",
        "to_confirm",
        "livestream",
        "channel",
        "registered_at",
    )
    list_select_related = ("event",)
    list_per_page = 100
    search_fields = ("last_name", "first_name", "organisation", "email")
    actions = ("cancel", "erase")
    view_on_site = False  # its address is the guest's key
    fieldsets = (
        (None, {"fields": ("event", "state", "livestream", "queued_at", "photos")}),
        (
            gettext_lazy("The guest"),
            {
                "fields": ("first_name", "last_name", "email", "organisation", "answers"),
                "description": gettext_lazy(
                    "Name and address are stored to hold a seat and to write about this event, the organisation for the"
                    " list of guests, and answers for what stands at each question."
                ),
            },
        ),
        (
            gettext_lazy("History"),
            {"fields": ("channel", "registered_at", "changed_at", "to_confirm", "confirm_by", "kept", "own_page")},
        ),
    )
    readonly_fields = (
        "event",
        "answers",
        "state",
        "livestream",
        "queued_at",
        "photos",
        "channel",
        "registered_at",
        "changed_at",
        "to_confirm",
        "confirm_by",
        "kept",
        "own_page",
    )
    inlines = (PlaceInline, ConsentInline, MailInline)

    @admin.display(description=gettext_lazy("workshops"))
    def seat(self, registration: Registration) -> str:
        return _("livestream") if registration.livestream else _numbers(registration.held)

    @admin.display(description=gettext_lazy("waiting for"))
    def queue(self, registration: Registration) -> str:
        of_the_event = [_("event")] if registration.queued_at is not None else []
        return ", ".join([*of_the_event, *filter(None, [_numbers(registration.queues)])])

    @admin.display(description=gettext_lazy("photos"), boolean=True)
    def photos(self, registration: Any) -> bool | None:
        """Whether the guest may be pictured; unknown where nobody asked."""
        decision = registration.recording_decision
        return None if decision is None else decision == ConsentRecord.Decision.GIVEN

    @admin.display(description=gettext_lazy("answers"))
    def answers(self, registration: Registration) -> str:
        """What the guest answered; it is corrected on the guest's own page."""
        return format_html_join("", "<p><b>{}</b><br>{}</p>", answers.read(registration)) or "-"

    @admin.display(description=gettext_lazy("kept until"))
    def kept(self, registration: Registration) -> str:
        """When what is erased; the periods are the event's."""
        if registration.erased_at is not None:
            return _("Erased on %(date)s") % {"date": day(registration.erased_at)}
        event = registration.event
        return _("Sensitive answers: until %(needs)s. Everything else: until %(data)s; then only counts remain.") % {
            "needs": day(event.needs_erased_at),
            "data": day(event.data_erased_at),
        }

    @admin.display(description=gettext_lazy("own page"))
    def own_page(self, registration: Registration) -> str:
        return format_html('<a href="{}">{}</a>', registration.get_absolute_url(), _("What the guest sees"))

    def get_fieldsets(self, request: HttpRequest, obj: Registration | None = None) -> Any:
        """The own page is opened with the guest's key, so it is for those who may change the registration too."""
        if self.has_change_permission(request, obj):
            return self.fieldsets
        return [
            (name, options | {"fields": tuple(field for field in options["fields"] if field != "own_page")})
            for name, options in self.fieldsets
        ]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Nobody finds out a guest's key by filtering for its beginning."""
        return not lookup.startswith(("token", "form_number")) and super().lookup_allowed(lookup, value, request)

    def has_delete_permission(self, request: HttpRequest, obj: Registration | None = None) -> bool:
        """A registration is cancelled, so that its guest hears of it and its seat goes to the queue."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Registration | None = None) -> bool:
        """There is nothing to correct about somebody unknown."""
        return super().has_change_permission(request, obj) and (obj is None or obj.erased_at is None)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Registration]:
        return consents.with_decisions(Registration.objects.prefetch_related(with_places()))

    def get_form(
        self, request: HttpRequest, obj: Registration | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        return super().get_form(request, obj, change, form=CorrectionForm, **kwargs)

    def save_model(self, request: HttpRequest, obj: Registration, form: Any, change: bool) -> None:
        """The form has checked that the verb will not refuse; should it do so all the same, nothing is stored."""
        now = timezone.now()
        try:
            booking.correct(obj, form.guest, now)
        except booking.Erased:
            self.message_user(request, _("This guest has been erased meanwhile; nothing was stored."), messages.ERROR)
        else:
            assert isinstance(request.user, User)
            history.record(request.user, obj, history.differences(form), now)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("export.xlsx", view(self.export_xlsx), name="registration_registration_xlsx"),
            path("export.csv", view(self.export_csv), name="registration_registration_csv"),
            path("answers/<int:event_id>/", view(self.answers_page), name="registration_registration_answers"),
            path("answers/<int:event_id>.<str:ending>", view(self.export_answers), name="registration_answers_export"),
            path("questions/<int:event_id>/", view(self.put_questions), name="registration_registration_questions"),
            path("move-up/<int:event_id>/", view(require_POST(self.move_up)), name="registration_registration_move_up"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("State"), ordering="state")
    def standing(self, registration: Registration) -> str:
        return registration.standing

    # The list

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        event = shown_event(request)
        if event is not None and not request.GET and request.method == "GET":
            return HttpResponseRedirect(f"{request.path}?event__id__exact={event.pk}")
        context = {"event": event, "rows": _seats(event) if event else []}
        return super().changelist_view(request, context | (extra_context or {}))

    def move_up(self, request: HttpRequest, event_id: int) -> HttpResponse:
        """For an event whose waiting lists wait for the organiser."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        event = get_object_or_404(Event, pk=event_id)
        before = booking.in_line(event)
        while booking.promote(event, timezone.now(), by_hand=True):
            time.sleep(booking.BREATH)
        count = before - booking.in_line(event)
        message = ngettext("%(count)d guest moved up.", "%(count)d guests moved up.", count) % {"count": count}
        self.message_user(request, message)
        self.log_change(request, event, message)
        return redirect(f"{reverse('admin:registration_registration_changelist')}?event__id__exact={event.pk}")

    @admin.action(description=gettext_lazy("Cancel the chosen registrations"), permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse | None:
        if "confirmed" not in request.POST:
            return self._ask(
                request,
                queryset,
                "cancel",
                _("Cancel registrations"),
                _("These registrations are cancelled. Each guest gets a mail, and the first in line gets the seat."),
                _("Cancel these registrations"),
            )
        count = 0
        for registration in queryset:
            with suppress(booking.Erased):
                if booking.cancel_by_hand(registration, timezone.now()):
                    self.log_change(request, registration, _("Cancelled"))
                    count += 1
        self.message_user(
            request,
            ngettext("%(count)d registration cancelled.", "%(count)d registrations cancelled.", count)
            % {"count": count},
        )
        return None

    @admin.action(description=gettext_lazy("Erase the chosen guests' data"), permissions=["change"])
    def erase(self, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse | None:
        if "confirmed" not in request.POST:
            return self._ask(
                request,
                queryset,
                "erase",
                _("Erase data"),
                _(
                    "Names, addresses, answers and mails of these guests are erased for good; seats before the event go"
                    " to the queue. Only counts remain. Each guest gets a last mail."
                ),
                _("Erase for good"),
            )
        known = [registration for registration in queryset if registration.erased_at is None]
        for registration in known:
            erasing.erase(registration, timezone.now(), request.user.get_username())
            self.log_change(request, registration, _("Erased"))
        count = len(known)
        self.message_user(
            request,
            ngettext("%(count)d registration erased.", "%(count)d registrations erased.", count) % {"count": count},
        )
        return None

    def _ask(
        self, request: HttpRequest, queryset: QuerySet[Registration], action: str, title: str, what: str, button: str
    ) -> HttpResponse:
        """The page before an action that cannot be taken back."""
        context = self.admin_site.each_context(request) | {
            "title": title,
            "what": what,
            "button": button,
            "registrations": queryset,
            "opts": self.opts,
            "action": action,
            "checkbox": helpers.ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/registration/registration/confirm.html", context)

    # By hand

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Who phoned or wrote is registered at the desk of the event."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        event = shown_event(request)
        if event is None:
            self.message_user(request, _("There is no event yet."), messages.ERROR)
            return redirect("admin:events_event_add")
        return redirect("admin:event_enter", event.slug)

    # Exports

    def export_xlsx(self, request: HttpRequest) -> HttpResponse:
        return self._export(request, "xlsx")

    def export_csv(self, request: HttpRequest) -> HttpResponse:
        return self._export(request, "csv")

    def _export(self, request: HttpRequest, ending: str) -> HttpResponse:
        """The list as it is filtered; that it was taken is logged (GDPR, article 5, 2)."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        event = shown_event(request)
        if event is None or not request.GET.get("event__id__exact"):
            return redirect("admin:registration_registration_changelist")
        try:
            chosen = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return redirect("admin:registration_registration_changelist")
        registrations = list(chosen.select_related("event").prefetch_related("answers"))
        message = _("Exported %(count)d registrations as %(format)s")
        self.log_change(request, event, message % {"count": len(registrations), "format": ending.upper()})
        rows = exports.table(registrations, list(event.questions.filter(sensitive=False)))
        return _file(rows, event.slug, ending)

    # Answers

    def put_questions(self, request: HttpRequest, event_id: int) -> HttpResponse:
        """An organiser has questions mailed that were added after people had registered."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        event, now = get_object_or_404(Event, pk=event_id), timezone.now()
        form = PutQuestionsForm(request.POST or None, offered=followups.offered(event, now))
        if form.is_valid():
            self._put(request, event, form)
            return redirect(f"{reverse('admin:registration_registration_changelist')}?event__id__exact={event.pk}")
        context = self.admin_site.each_context(request) | {
            "title": _("Put questions to guests"),
            "event": event,
            "form": form,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/registration/registration/put_questions.html", context)

    def _put(self, request: HttpRequest, event: Event, form: PutQuestionsForm) -> None:
        questions = form.cleaned_data["questions"]
        count = followups.put(event, questions, timezone.now())
        message = ngettext("%(count)d guest is asked by mail.", "%(count)d guests are asked by mail.", count)
        self.message_user(request, message % {"count": count})
        labels = "”, “".join(question.label for question in questions)
        put = ngettext("Put “%(questions)s” to %(count)d guest", "Put “%(questions)s” to %(count)d guests", count)
        self.log_change(request, event, put % {"questions": labels, "count": count})

    def answers_page(self, request: HttpRequest, event_id: int) -> HttpResponse:
        """What guests answered: counts of everything, and the list for those who prepare the place."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        event = get_object_or_404(Event, pk=event_id)
        heading, *rows = _sensitive_answers(event)
        context = self.admin_site.each_context(request) | {
            "title": _("Answers"),
            "event": event,
            "counts": answers.counts(event),
            "heading": heading,
            "rows": rows,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/registration/registration/answers.html", context)

    def export_answers(self, request: HttpRequest, event_id: int, ending: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if ending not in _FORMATS:
            raise Http404
        event = get_object_or_404(Event, pk=event_id)
        rows = _sensitive_answers(event)
        message = _("Exported sensitive answers of %(count)d guests as %(format)s")
        self.log_change(request, event, message % {"count": len(rows) - 1, "format": ending.upper()})
        return _file(rows, f"{event.slug}-{_('answers')}".lower(), ending)


_FORMATS: dict[str, tuple[str, Any]] = {
    "xlsx": (exports.XLSX_TYPE, exports.xlsx),
    "csv": (exports.CSV_TYPE, exports.csv_file),
}


def _sensitive_answers(event: Event) -> list[exports.Row]:
    guests = event.registrations.live().filter(erased_at__isnull=True).order_by("last_name", "first_name", "pk")
    registrations = guests.prefetch_related(with_places(), "answers")
    return exports.answer_table(registrations, list(event.questions.filter(sensitive=True)))


def _file(rows: list[exports.Row], name: str, ending: str) -> HttpResponse:
    content_type, build = _FORMATS[ending]
    response = HttpResponse(build(rows), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}-{timezone.localdate()}.{ending}"'
    response["Cache-Control"] = "no-store"
    return response


@admin.register(ConsentText)
class ConsentTextAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("event", "purpose", "kind", "version", "wording")
    list_filter = ("event", "purpose")
    list_select_related = ("event",)


@admin.register(ConsentRecord)
class ConsentRecordAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("registration", "text", "decision", "at", "channel", "actor")
    list_filter = ("text__event", "text__purpose", "decision")
    list_select_related = ("registration", "text")
    search_fields = ("registration__last_name", "registration__email")
    date_hierarchy = "at"


@admin.register(Inquiry)
class InquiryAdmin(admin.ModelAdmin):
    """What came in is read here and deleted when it is done."""

    list_display = ("__str__", "name", "email", "beginning")
    search_fields = ("name", "email", "message")
    date_hierarchy = "sent_in_at"

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The mail that brought it goes with it, though nobody may delete mails by themselves."""
        deletable, counts, _permissions, protected = super().get_deleted_objects(objs, request)
        return deletable, counts, set(), protected

    @admin.display(description=gettext_lazy("message"))
    def beginning(self, inquiry: Inquiry) -> str:
        return Truncator(inquiry.message).chars(80)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Inquiry | None = None) -> bool:
        return False


@admin.register(MailText)
class MailTextAdmin(admin.ModelAdmin):
    """An organiser's own words; every other mail goes on saying what the site brings along."""

    form = MailTextForm
    change_form_template = "admin/registration/mailtext/change_form.html"
    change_list_template = "admin/registration/mailtext/change_list.html"
    list_display = ("kind", "event", "subject")
    list_filter = ("event",)
    list_select_related = ("event",)

    def get_urls(self) -> list[Any]:
        preview = self.admin_site.admin_view(require_POST(self.preview))
        return [path("preview/", preview, name="registration_mailtext_preview"), *super().get_urls()]

    def get_readonly_fields(self, request: HttpRequest, obj: MailText | None = None) -> tuple[str, ...]:
        return () if obj is None else ("event", "kind")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new text begins with the one that the site brings along."""
        initial: dict[str, Any] = dict(super().get_changeform_initial_data(request))
        if initial.get("kind") in _WRITABLE:
            initial["text"], initial["subject"] = mails.standard(OutgoingMail.Kind(initial["kind"]))
        return initial

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        event = shown_event(request)
        written = dict(event.mail_texts.values_list("kind", "pk")) if event else {}
        standard = [(kind, label) for kind, label in _WRITABLE.items() if kind not in written]
        return super().changelist_view(request, {"event": event, "standard": standard} | (extra_context or {}))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        stored = MailText.objects.filter(pk=object_id).first() if object_id and is_key(object_id) else None
        kind = stored.kind if stored else request.GET.get("kind")
        known = mails.placeholders(OutgoingMail.Kind(kind)) if kind in _WRITABLE else mails.PLACEHOLDERS
        context = {"placeholders": known} | (extra_context or {})
        return super().changeform_view(request, object_id, form_url, context)

    @method_decorator(csp_replace({"style-src": ["'unsafe-inline'"]}))
    def preview(self, request: HttpRequest) -> HttpResponse:
        """The mail as the text stands in the form, stored or not; mails carry their look in attributes."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        event, kind = request.POST.get("event", ""), request.POST.get("kind", "")
        if kind not in _WRITABLE or not is_key(event):
            raise Http404
        subject, text = request.POST.get("subject", ""), request.POST.get("text", "")
        written = mails.preview(
            get_object_or_404(Event, pk=event), OutgoingMail.Kind(kind), subject, text, timezone.now()
        )
        return HttpResponse(written.html)


_WRITABLE: dict[str, Any] = dict(MailText._meta.get_field("kind").choices or ())


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("subject", "recipient", "status", "created_at", "sent_at", "attempts", "error")
    list_filter = (("failed_at", admin.EmptyFieldListFilter), ("sent_at", admin.EmptyFieldListFilter), "kind")
    search_fields = ("recipient", "subject")
    date_hierarchy = "created_at"
    fields = (
        "registration",
        "kind",
        "recipient",
        "subject",
        "status",
        "created_at",
        "attempts",
        "next_try_at",
        "sent_at",
        "sent_with",
        "failed_at",
        "error",
    )
    readonly_fields = ("status",)
    actions = ("send_again",)
    change_form_template = "admin/registration/outgoingmail/change_form.html"

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """What a mail says holds the guest's key."""
        return not lookup.startswith("facts") and super().lookup_allowed(lookup, value, request)

    @admin.display(description=gettext_lazy("status"))
    def status(self, mail: OutgoingMail) -> str:
        if mail.sent_at:
            return _("sent in one mail with others") if mail.sent_with_id else _("sent")
        if mail.failed_at:
            return _("could not be delivered")
        if mail.attempts:
            return _("waiting for the next try")
        if mail.next_try_at > timezone.now():
            return _("waiting, because many mails went to this mailbox")
        return _("about to leave")

    def has_send_permission(self, request: HttpRequest) -> bool:
        """Who may change registrations may have their mails sent again; the mails themselves nobody changes."""
        return request.user.has_perm("registration.change_registration")

    @admin.action(description=gettext_lazy("Send again"), permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[OutgoingMail]) -> None:
        for mail in queryset:
            outbox.send_again(mail, timezone.now())
        self.message_user(request, _("The mail leaves in a moment."))

    def get_urls(self) -> list[Any]:
        again = self.admin_site.admin_view(require_POST(self.send_one_again))
        name = "registration_outgoingmail_again"
        return [path("<int:object_id>/again/", again, name=name), *super().get_urls()]

    def send_one_again(self, request: HttpRequest, object_id: int) -> HttpResponse:
        if not self.has_send_permission(request):
            raise PermissionDenied
        self.send_again(request, OutgoingMail.objects.filter(pk=get_object_or_404(OutgoingMail, pk=object_id).pk))
        return redirect("admin:registration_outgoingmail_change", object_id)
