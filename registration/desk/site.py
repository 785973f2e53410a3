"""Django's admin, with the desk in front of it: its login, permissions, log and tables stay."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registration import history
from registration.desk.start import start
from registration.desk.urls import help_pages, new_pages, pages, public_pages, team_pages
from registration.models import Registration


class Desk(AdminSite):
    site_header = site_title = _("Conference administration")
    index_title = _("All tables")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """No table is written without the history."""
        base = admin_class or admin.ModelAdmin
        super().register(model_or_iterable, type(base.__name__, (Recorded, base), {}), **options)

    def get_urls(self) -> list[Any]:
        listed: list[tuple[str, Any, str]] = [*new_pages, *pages, *help_pages, *team_pages]
        desk = [path(address, self.admin_view(view), name=name) for address, view, name in listed]
        public = [path(address, view, name=name) for address, view, name in public_pages]
        return [*desk, *public, path("tabellen/", self.admin_view(self.tables), name="tables"), *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        return start(request, timezone.now())

    def tables(self, request: HttpRequest) -> HttpResponse:
        """Every table as it is stored, for who may everything."""
        if not isinstance(request.user, User) or not request.user.is_superuser:
            raise PermissionDenied
        return super().index(request)


class Recorded(admin.ModelAdmin):
    """A table of Django's admin, whose changes are kept in the history, beside Django's own log."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        actor, now = _actor(request), timezone.now()
        if self.model in history.RECORDED and self.model is not Registration:  # a verb may refuse to store that one
            if change:
                history.saved(actor, None, form, now)
            else:
                history.added(actor, None, form.instance, now)
        for formset in formsets:
            if formset.model in history.RECORDED:
                history.saved_all(actor, None, formset, now)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """What is said in words is an act of its own; what a form changed is kept already."""
        if isinstance(message, str) and self._is_recorded(obj):
            history.record(_actor(request), obj, [message], timezone.now())
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        now = timezone.now()
        for obj in filter(self._is_recorded, queryset):
            history.deleted(_actor(request), None, obj, now)
        return super().log_deletions(request, queryset)

    @staticmethod
    def _is_recorded(obj: Model) -> bool:
        return type(obj) in history.RECORDED


def _actor(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
