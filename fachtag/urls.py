from django.contrib import admin
from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from fachtag import views

admin.site.site_header = admin.site.site_title = _("Conference administration")
admin.site.index_title = _("Overview")

urlpatterns = [
    path("admin/", admin.site.urls),
    path("healthz", views.healthz, name="healthz"),
    path("", include("registration.urls")),
    path("", include("events.urls")),
]
