"""The addresses of the desk, below /admin/: address, view, name."""

from registration.desk import guest, guests, many, needs, overview, programme, workshops

pages = [
    ("fachtag/<slug:slug>/", overview.overview, "event_overview"),
    ("fachtag/<slug:slug>/programm/", programme.programme, "event_programme"),
    ("fachtag/<slug:slug>/programm/neu/", programme.new_slot, "event_slot_new"),
    ("fachtag/<slug:slug>/programm/<int:key>/", programme.slot, "event_slot"),
    ("fachtag/<slug:slug>/programm/<int:key>/loeschen/", programme.delete_slot, "event_slot_delete"),
    ("fachtag/<slug:slug>/workshops/", workshops.workshops, "event_workshops"),
    ("fachtag/<slug:slug>/workshops/neu/", workshops.new_workshop, "event_workshop_new"),
    ("fachtag/<slug:slug>/workshops/<int:key>/", workshops.workshop, "event_workshop"),
    ("fachtag/<slug:slug>/workshops/<int:key>/loeschen/", workshops.delete_workshop, "event_workshop_delete"),
    ("fachtag/<slug:slug>/gaeste/", guests.guests, "event_guests"),
    ("fachtag/<slug:slug>/gaeste/mehrere/", many.many, "event_many"),
    ("fachtag/<slug:slug>/gaeste/bedarf/", needs.needs, "event_needs"),
    ("fachtag/<slug:slug>/gaeste/neu/", guest.enter, "event_enter"),
    ("fachtag/<slug:slug>/gaeste/<int:key>/", guest.guest, "event_guest"),
    ("fachtag/<slug:slug>/gaeste/<int:key>/berichtigen/", guest.correct, "event_correct"),
    ("fachtag/<slug:slug>/gaeste/<int:key>/loeschen/", guest.erase, "event_erase"),
]
