"""The addresses of the desk, below /admin/: address, view, name."""

from registration.desk import beginning, details, guest, guests, many, needs, overview, preview, publishing

# Of no event yet, for who leads an office; before an event that is called the same.
new_pages = [("fachtag/neu/", beginning.new, "event_new")]

pages = [
    ("fachtag/<slug:slug>/", overview.overview, "event_overview"),
    ("fachtag/<slug:slug>/angaben/", details.details, "event_details"),
    ("fachtag/<slug:slug>/angaben/zeiten/", details.times, "event_times"),
    ("fachtag/<slug:slug>/angaben/ort/", details.place, "event_place"),
    ("fachtag/<slug:slug>/angaben/ort/adresse/", details.venue, "event_venue"),
    ("fachtag/<slug:slug>/angaben/anmeldung/", details.seats, "event_seats"),
    ("fachtag/<slug:slug>/angaben/veranstalter/", details.office, "event_office"),
    ("fachtag/<slug:slug>/veroeffentlichen/", publishing.publish, "event_publish"),
    ("fachtag/<slug:slug>/kopieren/", beginning.copy, "event_copy"),
    ("fachtag/<slug:slug>/vorschau/", preview.preview, "event_preview"),
    ("fachtag/<slug:slug>/gaeste/", guests.guests, "event_guests"),
    ("fachtag/<slug:slug>/gaeste/mehrere/", many.many, "event_many"),
    ("fachtag/<slug:slug>/gaeste/bedarf/", needs.needs, "event_needs"),
    ("fachtag/<slug:slug>/gaeste/neu/", guest.enter, "event_enter"),
    ("fachtag/<slug:slug>/gaeste/<int:key>/", guest.guest, "event_guest"),
    ("fachtag/<slug:slug>/gaeste/<int:key>/berichtigen/", guest.correct, "event_correct"),
    ("fachtag/<slug:slug>/gaeste/<int:key>/loeschen/", guest.erase, "event_erase"),
]
