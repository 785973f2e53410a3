from django.urls import path

from registration.views import contact, event, own, register

app_name = "registration"
urlpatterns = [
    path("kontakt/", contact.contact, name="contact"),
    path("kontakt/gesendet/", contact.contact_sent, name="contact_sent"),
    path("<slug:slug>/anmeldung/", register.register, name="register"),
    path("<slug:slug>/anmeldung/bestaetigen/", register.unconfirmed, name="unconfirmed"),
    path("<slug:slug>/entwurf/<str:key>/", event.draft, name="draft"),
    path("anmeldung/link/", contact.lost_link, name="lost_link"),
    path("anmeldung/link/gesendet/", contact.lost_link_sent, name="lost_link_sent"),
    path("anmeldung/geloescht/", contact.erased, name="erased"),
    path("anmeldung/<uuid:token>/", own.own_page, name="own_page"),
    path("anmeldung/<uuid:token>/aendern/", own.change, name="change"),
    path("anmeldung/<uuid:token>/weitergeben/", own.hand_over, name="hand_over"),
    path("anmeldung/<uuid:token>/nehmen/", own.take, name="take"),
    path("anmeldung/<uuid:token>/absagen/", own.cancel, name="cancel"),
    path("anmeldung/<uuid:token>/einwilligung/", own.consent, name="consent"),
    path("anmeldung/<uuid:token>/bestaetigen/", own.confirm, name="confirm"),
    path("anmeldung/<uuid:token>/loeschen/", own.erase, name="erase"),
    path("anmeldung/<uuid:token>/daten.json", own.own_data, name="own_data"),
    path("anmeldung/<uuid:token>/daten/", own.own_data_page, name="own_data_page"),
    path("anmeldung/<uuid:token>/kalender.ics", own.own_calendar, name="own_calendar"),
]
