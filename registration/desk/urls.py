"""The addresses of the desk, below /admin/: address, view, name."""

from registration.desk import guest, guests, invited, many, needs, overview, team

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

# Of offices, for who leads one.
team_pages = [
    ("team/", team.team, "team"),
    ("team/einladen/", team.invite, "team_invite"),
    ("team/<int:key>/", team.member, "team_member"),
    ("team/einladung/<int:key>/", team.invitation, "team_invitation"),
]

# For who has no login yet.
public_pages = [("einladung/<str:key>/", invited.invited, "invitation")]
