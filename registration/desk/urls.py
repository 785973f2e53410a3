"""The addresses of the desk, below /admin/: address, view, name."""

from registration.desk import guest, guests, many, overview

pages = [
    ("fachtag/<slug:slug>/", overview.overview, "event_overview"),
    ("fachtag/<slug:slug>/gaeste/", guests.guests, "event_guests"),
    ("fachtag/<slug:slug>/gaeste/mehrere/", many.many, "event_many"),
    ("fachtag/<slug:slug>/gaeste/<int:key>/", guest.guest, "event_guest"),
]
