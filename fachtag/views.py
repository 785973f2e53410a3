"""Pages that belong to no app: health, and what a visitor sees when something is wrong."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import resolve

from registration import views as registration_views


def healthz(request: HttpRequest) -> HttpResponse:
    """Answers when the site can reach its database; for a load balancer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain", headers={"Cache-Control": "no-store"})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its cookie. Whoever fills in the registration gets it back with all that was typed."""
    match = resolve(request.path_info)
    if match.view_name == "registration:register":
        return registration_views.register_without_cookie(request, **match.kwargs)
    return render(request, "403_csrf.html", status=403)
