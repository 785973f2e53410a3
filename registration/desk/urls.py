"""The addresses of the desk, below /admin/: address, view, name."""

from registration.desk import account, factor_reset, factors, guest, guests, many, needs, overview

pages = [
    ("fachtag/<slug:slug>/", overview.overview, "event_overview"),
    ("fachtag/<slug:slug>/gaeste/", guests.guests, "event_guests"),
    ("fachtag/<slug:slug>/gaeste/mehrere/", many.many, "event_many"),
    ("fachtag/<slug:slug>/gaeste/bedarf/", needs.needs, "event_needs"),
    ("fachtag/<slug:slug>/gaeste/neu/", guest.enter, "event_enter"),
    ("fachtag/<slug:slug>/gaeste/<int:key>/", guest.guest, "event_guest"),
    ("fachtag/<slug:slug>/gaeste/<int:key>/berichtigen/", guest.correct, "event_correct"),
    ("fachtag/<slug:slug>/gaeste/<int:key>/loeschen/", guest.erase, "event_erase"),
]

# What everybody at the desk has of one's own.
own_pages = [
    ("konto/", account.account, "account"),
    ("konto/passwort/", account.password, "account_password"),
    ("konto/beenden/", account.end, "account_end"),
    ("konto/zweiter-faktor/", factors.overview, "second_factor"),
    ("konto/zweiter-faktor/bestaetigen/", factors.confirm, "second_factor_confirm"),
    ("konto/zweiter-faktor/app/", factors.app, "second_factor_app"),
    ("konto/zweiter-faktor/passkey/", factors.passkey, "second_factor_passkey"),
    ("konto/zweiter-faktor/codes/", factors.codes, "second_factor_codes"),
    ("konto/zweiter-faktor/<int:key>/entfernen/", factors.remove, "second_factor_remove"),
]

# For who leads an office: its people, by the key of their membership.
lead_pages = [("team/<int:key>/zweiter-faktor/", factor_reset.reset, "second_factor_reset")]
