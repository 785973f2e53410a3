from django.urls import path

from registration import views

app_name = "registration"
urlpatterns = [
    path("kontakt/", views.contact, name="contact"),
    path("kontakt/gesendet/", views.contact_sent, name="contact_sent"),
    path("<slug:slug>/anmeldung/", views.register, name="register"),
    path("anmeldung/<uuid:token>/", views.own_page, name="own_page"),
    path("anmeldung/<uuid:token>/aendern/", views.change, name="change"),
    path("anmeldung/<uuid:token>/absagen/", views.cancel, name="cancel"),
    path("anmeldung/<uuid:token>/daten.json", views.own_data, name="own_data"),
    path("anmeldung/<uuid:token>/kalender.ics", views.own_calendar, name="own_calendar"),
]
