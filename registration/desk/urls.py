"""The addresses of the desk, below /admin/: address, view, name."""

from registration.desk import calling_off, guest, guestlist, guests, many, needs, overview

pages = [
    ("fachtag/<slug:slug>/", overview.overview, "event_overview"),
    ("fachtag/<slug:slug>/workshops/<int:key>/absagen/", calling_off.call_off, "event_call_off"),
    ("fachtag/<slug:slug>/gaeste/", guests.guests, "event_guests"),
    ("fachtag/<slug:slug>/gaeste/mehrere/", many.many, "event_many"),
    ("fachtag/<slug:slug>/gaeste/bedarf/", needs.needs, "event_needs"),
    ("fachtag/<slug:slug>/gaeste/neu/", guest.enter, "event_enter"),
    ("fachtag/<slug:slug>/gaeste/liste/", guestlist.guest_list, "event_guest_list"),
    ("fachtag/<slug:slug>/gaeste/liste/leer/", guestlist.guest_list_blank, "event_guest_list_blank"),
    ("fachtag/<slug:slug>/gaeste/<int:key>/", guest.guest, "event_guest"),
    ("fachtag/<slug:slug>/gaeste/<int:key>/berichtigen/", guest.correct, "event_correct"),
    ("fachtag/<slug:slug>/gaeste/<int:key>/loeschen/", guest.erase, "event_erase"),
]
