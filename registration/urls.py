from django.urls import path

from registration import views

app_name = "registration"
urlpatterns = [
    path("kontakt/", views.contact, name="contact"),
    path("kontakt/gesendet/", views.contact_sent, name="contact_sent"),
    path("<slug:slug>/anmeldung/", views.register, name="register"),
    path("<slug:slug>/anmeldung/bestaetigen/", views.unconfirmed, name="unconfirmed"),
    path("anmeldung/link/", views.lost_link, name="lost_link"),
    path("anmeldung/link/gesendet/", views.lost_link_sent, name="lost_link_sent"),
    path("anmeldung/geloescht/", views.erased, name="erased"),
    path("anmeldung/<uuid:token>/", views.own_page, name="own_page"),
    path("anmeldung/<uuid:token>/aendern/", views.change, name="change"),
    path("anmeldung/<uuid:token>/absagen/", views.cancel, name="cancel"),
    path("anmeldung/<uuid:token>/einwilligung/", views.consent, name="consent"),
    path("anmeldung/<uuid:token>/bestaetigen/", views.confirm, name="confirm"),
    path("anmeldung/<uuid:token>/loeschen/", views.erase, name="erase"),
    path("anmeldung/<uuid:token>/daten.json", views.own_data, name="own_data"),
    path("anmeldung/<uuid:token>/kalender.ics", views.own_calendar, name="own_calendar"),
]
