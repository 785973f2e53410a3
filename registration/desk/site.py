"""Django's admin, with the desk in front of it: its login, permissions, log and tables stay."""

from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import logout
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from registration import history, second_factor
from registration.desk import factors, second_step
from registration.desk.start import start
from registration.desk.urls import help_pages, new_pages, own_pages, pages, public_pages, team_pages
from registration.second_factor import State


class Enter(LoginView):
    """A password that is right leads to the second factor, if there is one."""

    next_page = "admin:index"

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        return second_step.begin(self.request, form.get_user(), self.get_success_url(), timezone.now())


class Desk(AdminSite):
    site_header = site_title = _("Conference administration")
    login_template = "desk/login.html"
    index_title = _("All tables")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """No table is written without the history."""
        base = admin_class or admin.ModelAdmin
        super().register(model_or_iterable, type(base.__name__, (Recorded, base), {}), **options)

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and second_factor.state(request) is not State.TO_GIVE

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Lead to the second factor first where there must be one."""
        guarded = super().admin_view(view, cacheable)
        if view in factors.WITHOUT:
            return guarded

        @wraps(guarded)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if self.has_permission(request) and second_factor.state(request) is State.TO_SET_UP:
                return redirect("admin:second_factor")
            return guarded(request, *args, **kwargs)

        return answer

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Django's own, but for what comes after the password."""
        if request.method == "GET" and self.has_permission(request):
            return redirect("admin:index")
        context = {
            **self.each_context(request),
            "title": _("Log in"),
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
            "house": settings.OIDC.get("OIDC_NAME", ""),
            **(extra_context or {}),
        }
        form = self.login_form or AdminAuthenticationForm
        view = Enter.as_view(extra_context=context, authentication_form=form, template_name=self.login_template)
        return cast(HttpResponse, view(request))

    @method_decorator([never_cache, require_POST])
    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        logout(request)
        messages.success(request, _("You are logged out."))
        return redirect("admin:login")

    def get_urls(self) -> list[Any]:
        listed: list[tuple[str, Any, str]] = [*new_pages, *pages, *help_pages, *team_pages, *own_pages]
        desk = [path(address, self.admin_view(view), name=name) for address, view, name in listed]
        public = [path(address, view, name=name) for address, view, name in public_pages]
        step = path("login/zweiter-schritt/", second_step.second_step, name="second_step")
        tables = path("tabellen/", self.admin_view(self.tables), name="tables")
        out = path("logout/", self.logout, name="logout")  # for everybody, whatever else they may
        return [*desk, *public, step, tables, out, *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        return start(request, timezone.now())

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: Any = None
    ) -> HttpResponse:
        return redirect("admin:account_password")

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
        if self.model in history.RECORDED:
            if change:
                history.saved(actor, None, form, now)
            else:
                history.added(actor, None, form.instance, now)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        now = timezone.now()
        for obj in queryset:
            if type(obj) in history.RECORDED:
                history.deleted(_actor(request), None, obj, now)
        return super().log_deletions(request, queryset)


def _actor(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
