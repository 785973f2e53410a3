"""Django's admin, with the desk in front of it: its login, permissions, log and tables stay."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registration.desk.start import start
from registration.desk.urls import own_pages, pages


class Desk(AdminSite):
    site_header = site_title = _("Conference administration")
    index_title = _("All tables")

    def get_urls(self) -> list[Any]:
        desk = [path(address, self.admin_view(view), name=name) for address, view, name in [*pages, *own_pages]]
        return [*desk, path("tabellen/", self.admin_view(self.tables), name="tables"), *super().get_urls()]

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
