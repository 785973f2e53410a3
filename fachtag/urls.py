from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path

from events.public import for_everybody
from fachtag import views
from fachtag.login import LoginForm, slowly
from registration.views.event import event

# Their rows are for those alone whom they let in, and have pages at the desk.
admin.site.unregister([Authenticator, EmailAddress])
UserAdmin.readonly_fields = ("last_login", "date_joined")  # what happened, and what nobody has to enter
admin.site.login_form = LoginForm
admin.site.login = slowly(admin.site.login)  # type: ignore[method-assign]

handler403 = views.not_allowed
handler404 = views.not_found

urlpatterns = [
    path("admin/r/<path:rest>", views.no_shortcut),
    path("admin/", admin.site.urls),
    path("healthz", views.healthz, name="healthz"),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", for_everybody(sitemap), {"sitemaps": views.SITEMAPS}, name="sitemap"),
    path(".well-known/security.txt", views.security, name="security"),
    path("", include("registration.urls")),
    path("", include("events.urls")),
    path("<slug:slug>/", event, name="event"),
]
