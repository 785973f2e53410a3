"""Django's admin, with the desk in front of it: its login, permissions, log and tables stay."""

from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from registration import second_factor
from registration.desk import factors, second_step
from registration.desk.start import start
from registration.desk.urls import lead_pages, own_pages, pages
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

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and second_factor.state(request) is not State.TO_GIVE

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Lead to the second factor first where there must be one."""
        guarded = super().admin_view(view, cacheable)
        if view == self.logout or view in factors.WITHOUT:
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

    def get_urls(self) -> list[Any]:
        desk = [
            path(address, self.admin_view(view), name=name) for address, view, name in [*pages, *own_pages, *lead_pages]
        ]
        step = path("login/zweiter-schritt/", second_step.second_step, name="second_step")
        return [*desk, step, path("tabellen/", self.admin_view(self.tables), name="tables"), *super().get_urls()]

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
