"""The addresses of the desk, below /admin/: address, view, name."""

from registration.desk import (
    account,
    afterwards,
    answered,
    beginning,
    calling_off,
    details,
    door,
    factor_reset,
    factors,
    guest,
    guestlist,
    guests,
    handbook,
    history,
    inquiries,
    invited,
    mails,
    many,
    messages,
    moving_up,
    needs,
    overview,
    preview,
    programme,
    publishing,
    questions,
    team,
    workshops,
)

pages = [
    ("fachtag/<slug:slug>/", overview.overview, "event_overview"),
    ("fachtag/<slug:slug>/workshops/<int:key>/absagen/", calling_off.call_off, "event_call_off"),
    ("fachtag/<slug:slug>/programm/", programme.programme, "event_programme"),
    ("fachtag/<slug:slug>/programm/neu/", programme.new_slot, "event_slot_new"),
    ("fachtag/<slug:slug>/programm/schnell/", programme.fast, "event_fast"),
    ("fachtag/<slug:slug>/programm/<int:key>/", programme.slot, "event_slot"),
    ("fachtag/<slug:slug>/programm/<int:key>/loeschen/", programme.delete_slot, "event_slot_delete"),
    ("fachtag/<slug:slug>/workshops/", workshops.workshops, "event_workshops"),
    ("fachtag/<slug:slug>/workshops/neu/", workshops.new_workshop, "event_workshop_new"),
    ("fachtag/<slug:slug>/workshops/<int:key>/", workshops.workshop, "event_workshop"),
    ("fachtag/<slug:slug>/workshops/<int:key>/loeschen/", workshops.delete_workshop, "event_workshop_delete"),
    ("fachtag/<slug:slug>/fragen/", questions.questions, "event_questions"),
    ("fachtag/<slug:slug>/fragen/neu/", questions.new_question, "event_question_new"),
    ("fachtag/<slug:slug>/fragen/stellen/", questions.put_questions, "event_put_questions"),
    ("fachtag/<slug:slug>/fragen/<int:key>/", questions.question, "event_question"),
    ("fachtag/<slug:slug>/fragen/<int:key>/loeschen/", questions.delete_question, "event_question_delete"),
    ("fachtag/<slug:slug>/fragen/einwilligung/neu/", questions.new_consent, "event_consent_new"),
    ("fachtag/<slug:slug>/fragen/einwilligung/<int:key>/", questions.consent, "event_consent"),
    ("fachtag/<slug:slug>/fragen/einwilligung/<int:key>/loeschen/", questions.delete_consent, "event_consent_delete"),
    ("fachtag/<slug:slug>/angaben/", details.details, "event_details"),
    ("fachtag/<slug:slug>/angaben/zeiten/", details.times, "event_times"),
    ("fachtag/<slug:slug>/angaben/ort/", details.place, "event_place"),
    ("fachtag/<slug:slug>/angaben/ort/adresse/", details.venue, "event_venue"),
    ("fachtag/<slug:slug>/angaben/anmeldung/", details.seats, "event_seats"),
    ("fachtag/<slug:slug>/angaben/veranstalter/", details.office, "event_office"),
    ("fachtag/<slug:slug>/angaben/rechtliches/", details.law, "event_law"),
    ("fachtag/<slug:slug>/veroeffentlichen/", publishing.publish, "event_publish"),
    ("fachtag/<slug:slug>/loeschen/", publishing.delete, "event_delete"),
    ("fachtag/<slug:slug>/kopieren/", beginning.copy, "event_copy"),
    ("fachtag/<slug:slug>/vorschau/", preview.preview, "event_preview"),
    ("fachtag/<slug:slug>/gaeste/", guests.guests, "event_guests"),
    ("fachtag/<slug:slug>/gaeste/mehrere/", many.many, "event_many"),
    ("fachtag/<slug:slug>/gaeste/antworten/", answered.answered, "event_answered"),
    ("fachtag/<slug:slug>/gaeste/bedarf/", needs.needs, "event_needs"),
    ("fachtag/<slug:slug>/gaeste/nachruecken/", moving_up.move_up, "event_move_up"),
    ("fachtag/<slug:slug>/gaeste/neu/", guest.enter, "event_enter"),
    ("fachtag/<slug:slug>/gaeste/liste/", guestlist.guest_list, "event_guest_list"),
    ("fachtag/<slug:slug>/gaeste/liste/leer/", guestlist.guest_list_blank, "event_guest_list_blank"),
    ("fachtag/<slug:slug>/gaeste/<int:key>/", guest.guest, "event_guest"),
    ("fachtag/<slug:slug>/gaeste/<int:key>/berichtigen/", guest.correct, "event_correct"),
    ("fachtag/<slug:slug>/gaeste/<int:key>/loeschen/", guest.erase, "event_erase"),
    ("fachtag/<slug:slug>/einlass/", door.door, "event_door"),
    ("fachtag/<slug:slug>/mails/", mails.mails, "event_mails"),
    ("fachtag/<slug:slug>/mails/<slug:kind>/", mails.text, "event_mail"),
    ("fachtag/<slug:slug>/anfragen/", inquiries.inquiries, "event_inquiries"),
    ("fachtag/<slug:slug>/anfragen/<int:key>/", inquiries.inquiry, "event_inquiry"),
    ("fachtag/<slug:slug>/nachher/", afterwards.afterwards, "event_afterwards"),
    ("fachtag/<slug:slug>/nachher/loeschen/<slug:what>/", afterwards.erase, "event_erase_early"),
    ("fachtag/<slug:slug>/nachher/verzeichnis/", afterwards.record, "event_record"),
    ("fachtag/<slug:slug>/verlauf/", history.history, "event_history"),
    ("fachtag/<slug:slug>/nachrichten/", messages.overview, "event_messages"),
    ("fachtag/<slug:slug>/nachrichten/neu/", messages.write, "event_write"),
    ("fachtag/<slug:slug>/nachrichten/<int:key>/", messages.message, "event_message"),
]

# For who leads an office, before there is an event.
new_pages = [
    ("fachtag/neu/", beginning.new, "event_new"),
]

# The handbook, for everybody who works at the desk.
help_pages = [
    ("hilfe/", handbook.contents, "help"),
    ("hilfe/<slug:key>/", handbook.chapter, "help_chapter"),
]

# Of offices, for who leads one.
team_pages = [
    ("team/", team.team, "team"),
    ("team/einladen/", team.invite, "team_invite"),
    ("team/<int:key>/", team.member, "team_member"),
    ("team/einladung/<int:key>/", team.invitation, "team_invitation"),
    ("team/<int:key>/zweiter-faktor/", factor_reset.reset, "second_factor_reset"),
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

# For who has no login yet.
public_pages = [("einladung/<str:key>/", invited.invited, "invitation")]
