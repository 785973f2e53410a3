"""Tables of what proves something, for superusers: they read it, and nobody writes it here. Guests are seen to at the
desk."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.admin import NotWritten
from registration import outbox
from registration.models import ConsentRecord, ConsentText, OutgoingMail, Registration

admin.site.unregister([User, Group])


@admin.register(User)
class LoginAdmin(UserAdmin):
    """Who has a login. What somebody may do goes by the role in an office, so there are no groups and permissions."""

    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (gettext_lazy("The person"), {"fields": ("first_name", "last_name", "email")}),
        (gettext_lazy("What the login opens"), {"fields": ("is_active", "is_staff", "is_superuser")}),
        (gettext_lazy("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")  # what happened, and what nobody has to enter
    list_filter = ("is_active", "is_staff", "is_superuser")
    filter_horizontal = ()


class ReadOnly(NotWritten):
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ConsentInline(ReadOnly, admin.TabularInline):
    model = ConsentRecord
    fields = ("text", "decision", "at", "channel", "actor")
    extra = 0


@admin.register(Registration)
class RegistrationAdmin(ReadOnly, admin.ModelAdmin):
    """Of a guest, what proves who was registered and who agreed to what; the key of the own page is nowhere."""

    list_display = ("last_name", "first_name", "organisation", "event", "standing", "registered_at")
    list_filter = ("event", "state", "livestream", "channel", "registered_at")
    list_select_related = ("event",)
    search_fields = ("last_name", "first_name", "organisation", "email")
    view_on_site = False
    fields = (
        ("first_name", "last_name"),
        "email",
        "organisation",
        "event",
        "standing",
        "channel",
        "registered_at",
        "changed_at",
        "erased_at",
    )
    readonly_fields = fields[4:5]
    inlines = (ConsentInline,)

    @admin.display(description=gettext_lazy("State"), ordering="state")
    def standing(self, registration: Registration) -> str:
        return registration.standing

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Nobody finds out a guest's key by filtering for its beginning."""
        return not lookup.startswith(("token", "form_number")) and super().lookup_allowed(lookup, value, request)


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


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnly, admin.ModelAdmin):
    """The outbox, with mails that belong to no event too, such as invitations to an office; not what they say."""

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

    @admin.action(description=gettext_lazy("Send again"))
    def send_again(self, request: HttpRequest, queryset: QuerySet[OutgoingMail]) -> None:
        for mail in queryset:
            outbox.send_again(mail, timezone.now())
        self.message_user(request, _("The mail leaves in a moment."))
