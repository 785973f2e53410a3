from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path

from events.public import for_everybody
from fachtag import views
from fachtag.login import LoginForm, slowly
from registration.desk import forgotten
from registration.views.event import event

# Their rows are for those alone whom they let in, and have pages at the desk.
admin.site.unregister(
    [
        model
        for model in apps.get_models()
        if model.__module__.startswith("allauth.") and admin.site.is_registered(model)
    ]
)
admin.site.login_form = LoginForm
admin.site.login = slowly(admin.site.login)  # type: ignore[method-assign]

handler403 = views.not_allowed
handler404 = views.not_found

house = []
if settings.OIDC:
    from registration.desk.house import callback, leaving_it_too, login

    house = [  # allauth's own names, which it asks for
        path("admin/oidc/<slug:provider_id>/login/", login, name="openid_connect_login"),
        path("admin/oidc/<slug:provider_id>/login/callback/", callback, name="openid_connect_callback"),
    ]
    admin.site.logout = leaving_it_too(admin.site.logout)  # type: ignore[assignment, method-assign]

urlpatterns = [
    *house,
    path("admin/r/<path:rest>", views.no_shortcut),
    # Django's own names, which its login page and its views ask for.
    path("admin/passwort/", forgotten.forgotten, name="admin_password_reset"),
    path("admin/passwort/gesendet/", forgotten.sent, name="password_reset_done"),
    path("admin/passwort/gesetzt/", forgotten.is_set, name="password_reset_complete"),
    path("admin/passwort/<uidb64>/<token>/", forgotten.NewPasswordView.as_view(), name="password_reset_confirm"),
    path("admin/", admin.site.urls),
    path("healthz", views.healthz, name="healthz"),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", for_everybody(sitemap), {"sitemaps": views.SITEMAPS}, name="sitemap"),
    path(".well-known/security.txt", views.security, name="security"),
    path("", include("registration.urls")),
    path("", include("events.urls")),
    path("<slug:slug>/", event, name="event"),
]
