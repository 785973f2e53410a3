"""The team: who works in an office, who is invited to it, and what nobody can take from it."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import F
from django.test import Client
from django.utils import timezone

from events.models import Event, Organiser
from registration import erasing, history, outbox
from registration.desk import members
from registration.desk.urls import team_pages
from registration.models import Change, Invitation, Membership, OutgoingMail
from tests.desk.conftest import LogIn

TEAM = "/admin/team/"
INVITE = "/admin/team/einladen/"
PASSWORD = "drei rote Fahrräder"
NEW = {"first_name": "Nina", "last_name": "Neu", "new_password1": PASSWORD, "new_password2": PASSWORD}


@pytest.fixture
def lead(log_in: LogIn, event: Event) -> Client:
    return log_in("lead")


def somebody(office: Organiser, role: str = "editor", name: str = "emil", **values: Any) -> Membership:
    user = User.objects.create_user(name, f"{name}@example.org", "x", first_name=name.title(), is_staff=True)
    return Membership.objects.create(user=user, organiser=office, role=role, **values)


def invite(client: Client, email: str = "nina@example.org", **values: Any) -> str:
    """Invite somebody, and the address of the page that the mail leads to."""
    response = client.post(INVITE, {"email": email, "role": "guests"} | values)
    assert response.status_code == 302, response.context["form"].errors
    return mailed(email)


def mailed(email: str = "nina@example.org") -> str:
    mail = OutgoingMail.objects.filter(recipient=email).order_by("pk").last()
    assert mail is not None
    found = re.search(r"https?://[^/]+(/\S+/)", mail.facts["opening"])
    assert found is not None
    return found[1]


def said(office: Organiser) -> list[str]:
    return [history.in_short(change) for change in Change.objects.filter(office=office).order_by("pk")]


def texts(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


# Who may open what

ROLES = ("lead", "editor", "guests", "door")
POST_ONLY = {"team_invitation"}


def addresses(office: Organiser) -> dict[str, str]:
    """Every address, about this office's people."""
    fritz = Membership.objects.filter(organiser=office, user__username="fritz").values_list("pk", flat=True)
    keys = {
        "team_member": fritz,
        "second_factor_reset": fritz,
        "team_invitation": Invitation.objects.filter(organiser=office).values_list("pk", flat=True),
    }
    return {
        name: "/admin/" + re.sub("<int:[a-z]+>", str(keys[name][0]) if name in keys else "", pattern)
        for pattern, _view, name in team_pages
    }


def filled(office: Organiser, now: Any = None) -> None:
    """With an editor and somebody invited, so that something could leak."""
    somebody(office, name="fritz")
    by = User.objects.create_superuser("gerda")
    members.invite(by, "gast@fremd.example", office, "door", now or timezone.now())


@pytest.mark.parametrize("role", ROLES)
def test_own_office(log_in: LogIn, event: Event, role: str) -> None:
    filled(event.organiser)
    client, found = log_in(role), addresses(event.organiser)
    expected = dict.fromkeys(found, 403 if role != "lead" else 200) | dict.fromkeys(POST_ONLY, 405)
    expected["second_factor_reset"] = 404 if role != "lead" else 200  # whom one may not help one does not learn of
    assert {name: client.get(url).status_code for name, url in found.items()} == expected
    refused = {client.post(url, {"do": "withdraw", "role": "lead"}).status_code for url in found.values()}
    assert (refused == {403, 404, 405}) == (role != "lead")  # the list itself takes nothing
    assert Invitation.objects.count() == (0 if role == "lead" else 1)


@pytest.mark.parametrize("role", ROLES)
def test_another_office(log_in: LogIn, event: Event, foreign: Event, role: str) -> None:
    filled(foreign.organiser)
    client, found = log_in(role), addresses(foreign.organiser)
    mail = OutgoingMail.objects.get()
    for name, url in found.items():
        for send in (client.get, client.post):
            sent = {"do": "withdraw", "role": "lead", "office": str(foreign.organiser.pk), "email": "x@y.de"}
            response = send(url, sent)
            page = response.content.decode()
            words = ["fritz", "Fritz", "gast@fremd.example", "gerda"]
            words += ["Fremd"] if response.status_code in {200, 422} else []  # the site's own pages name the newest
            assert [word for word in words if word in page] == [], name
            if name in {"team_member", "team_invitation"}:
                assert response.status_code in ({404, 405} if role == "lead" else {403, 405})
    again = client.post(found["team_invitation"], {"do": "again"})
    removed = client.post(found["team_member"], {"do": "remove"})
    assert {again.status_code, removed.status_code} == {404 if role == "lead" else 403}
    assert Membership.objects.filter(user__username="fritz", role="editor").exists()
    assert Invitation.objects.filter(organiser=foreign.organiser).count() == 1
    assert OutgoingMail.objects.filter(pk=mail.pk).exists()


def test_who_leads_one_office_and_works_in_another_sees_the_team_of_one(lead: Client, foreign: Event) -> None:
    filled(foreign.organiser)
    Membership.objects.create(
        user=User.objects.get(username="lead-fachtag-demo"), organiser=foreign.organiser, role="editor"
    )
    page = lead.get(TEAM).content.decode()
    assert (page.count("<h2"), "fritz" in page, "gast@fremd.example" in page) == (1, False, False)
    url = addresses(foreign.organiser)["team_member"]
    assert lead.post(url, {"role": "lead"}).status_code == 404


def test_nobody_without_a_login(client: Client, event: Event) -> None:
    filled(event.organiser)
    for url in addresses(event.organiser).values():
        response = client.get(url)
        assert (response.status_code, response.headers["Location"].split("?")[0]) == (302, "/admin/login/")


def test_whose_second_factor_may_be_reset_has_the_way_to_it(lead: Client, event: Event) -> None:
    filled(event.organiser)
    found = addresses(event.organiser)
    assert f'href="{found["second_factor_reset"]}"' in lead.get(found["team_member"]).content.decode()
    User.objects.filter(username="fritz").update(is_superuser=True)
    assert found["second_factor_reset"] not in lead.get(found["team_member"]).content.decode()


def test_a_superuser_sees_all(alice: Client, event: Event, foreign: Event) -> None:
    page = alice.get(TEAM).content.decode()
    assert "Fremdes Amt" in page
    assert event.organiser.name in page


@pytest.mark.parametrize("role", ROLES)
def test_only_leads_are_shown_the_way(log_in: LogIn, event: Event, role: str) -> None:
    assert (f'href="{TEAM}"' in log_in(role).get("/admin/").content.decode()) == (role == "lead")


def test_django_s_tables_are_closed(lead: Client, event: Event) -> None:
    """Who leads an office has no permission at Django's own pages, whatever the table."""
    tables = [f"{model._meta.app_label}/{model._meta.model_name}" for model in admin.site._registry]
    assert len(tables) > 8
    for table in tables:
        assert {lead.get(f"/admin/{table}/{page}").status_code for page in ("", "add/", "1/change/")} <= {403}, table
    assert lead.get(f"/admin/events/event/{event.pk}/change/").status_code == 403
    asked = {"app_label": "events", "model_name": "contribution", "field_name": "speaker"}
    assert lead.get("/admin/autocomplete/", asked).status_code == 403


# The list


def test_it_works(lead: Client, event: Event) -> None:
    emil = somebody(event.organiser, sees_needs=True)
    page = texts(lead.get(TEAM))
    assert "Emil emil@example.org Redaktion ja noch nie" in page
    assert "lead-fachtag-demo Leitung ja" in page
    page = lead.get(TEAM).content.decode()
    assert re.findall(r"/admin/team/(\d+)/", page) == [str(emil.pk)]


@pytest.mark.parametrize("count", [1, 6])
def test_however_many_they_are(lead: Client, event: Event, count: int, django_assert_num_queries: Any) -> None:
    for number in range(count):
        somebody(event.organiser, name=f"emil{number}")
        invite(lead, f"neu{number}@example.org")
    with django_assert_num_queries(9):
        lead.get(TEAM)


# Changing


def test_another_role(lead: Client, event: Event) -> None:
    emil = somebody(event.organiser)
    url = f"{TEAM}{emil.pk}/"
    assert 'value="editor" id="id_role_1" checked' in lead.get(url).content.decode()
    assert lead.post(url, {"role": "guests", "sees_needs": "on"}).status_code == 302
    emil.refresh_from_db()
    assert (emil.role, emil.sees_needs) == ("guests", True)
    assert said(event.organiser) == ["Rolle: Redaktion → Anmeldung, sieht sensible Antworten"]


def test_the_page_tells_who_was_given_what_in_one_s_own_office(
    lead: Client, alice: Client, event: Event, foreign: Event
) -> None:
    assert "<summary>Verlauf</summary>" not in lead.get(TEAM).content.decode()
    for client, office, name in ((lead, event.organiser, "emil"), (alice, foreign.organiser, "fremd")):
        client.post(f"{TEAM}{somebody(office, name=name).pk}/", {"role": "guests"})
    page = lead.get(TEAM).content.decode().partition("<summary>Verlauf</summary>")[2]
    assert (page.count("Rolle:"), "emil" in page, "fremd" in page) == (1, True, False)


@pytest.mark.parametrize("role", ["", "king", "\0", "lead" * 100])
def test_a_role_that_there_is_not(lead: Client, event: Event, role: str) -> None:
    emil = somebody(event.organiser)
    assert lead.post(f"{TEAM}{emil.pk}/", {"role": role}).status_code == 422
    emil.refresh_from_db()
    assert emil.role == "editor"


def test_removing(lead: Client, event: Event) -> None:
    emil = somebody(event.organiser)
    client = Client()
    client.force_login(emil.user)
    assert client.get(f"/admin/fachtag/{event.slug}/").status_code == 200
    page = lead.post(f"{TEAM}{emil.pk}/", {"do": "remove"}, follow=True).content.decode()
    assert "Emil arbeitet hier nicht mehr mit." in page
    assert client.get(f"/admin/fachtag/{event.slug}/").status_code == 404
    assert said(event.organiser) == ["Entfernt"]
    assert lead.post(f"{TEAM}{emil.pk}/", {"do": "remove"}).status_code == 404


@pytest.mark.parametrize("sent", [{"do": "remove"}, {"role": "door"}])
def test_never_oneself(lead: Client, event: Event, sent: dict[str, str]) -> None:
    somebody(event.organiser, "lead")
    own = Membership.objects.get(user__username="lead-fachtag-demo")
    assert lead.get(f"{TEAM}{own.pk}/").status_code == 404
    assert lead.post(f"{TEAM}{own.pk}/", sent).status_code == 404
    own.refresh_from_db()
    assert own.role == "lead"


@pytest.mark.parametrize("sent", [{"do": "remove"}, {"role": "door"}])
def test_never_the_last_lead(alice: Client, event: Event, sent: dict[str, str]) -> None:
    """A superuser leads no office; nor does somebody whose login is blocked."""
    only = somebody(event.organiser, "lead")
    blocked = somebody(event.organiser, "lead", "bert")
    User.objects.filter(pk=blocked.user_id).update(is_active=False)
    response = alice.post(f"{TEAM}{only.pk}/", sent, follow=True)
    assert "Sonst hat hier niemand die Leitung." in texts(response)
    only.refresh_from_db()
    assert only.role == "lead"
    somebody(event.organiser, "lead", "clara")
    assert alice.post(f"{TEAM}{only.pk}/", sent).status_code == 302
    assert not Membership.objects.filter(pk=only.pk, role="lead").exists()


@pytest.mark.parametrize("key", ["0", "99999999999999999999999"])
def test_a_place_that_there_is_not(lead: Client, key: str) -> None:
    assert lead.get(f"{TEAM}{key}/").status_code == 404
    assert lead.post(f"{TEAM}einladung/{key}/", {"do": "again"}).status_code == 404


# Inviting


def test_inviting(lead: Client, event: Event) -> None:
    assert lead.get(INVITE).status_code == 200
    invite(lead, "Nina@example.org", sees_needs="on")
    invitation = Invitation.objects.get()
    assert (invitation.role, invitation.sees_needs, invitation.organiser) == ("guests", True, event.organiser)
    assert "Nina@example.org geht gleich hinaus Anmeldung, sieht sensible Antworten" in texts(lead.get(TEAM))
    assert said(event.organiser) == ["Jemanden eingeladen (Anmeldung, sieht sensible Antworten)"]
    mail = OutgoingMail.objects.get()
    assert mail.subject == "Einladung zur Fachtag-Verwaltung: Landratsamt Mittelsachsen"
    assert "Ihre Rolle: Anmeldung." in mail.facts["opening"]


def test_the_key_is_nowhere_once_the_mail_has_left(lead: Client, mailoutbox: list[Any]) -> None:
    key = invite(lead).split("/")[-2]
    assert outbox.deliver(timezone.now())
    assert key in mailoutbox[0].message().as_bytes().decode().replace("=\n", "")
    mail, invitation = OutgoingMail.objects.get(), Invitation.objects.get()
    assert (mail.facts, mail.recipient) == ({}, "")
    assert key not in str(vars(invitation))
    lead.get(TEAM)  # says what was just done
    assert "geht gleich hinaus" not in lead.get(TEAM).content.decode()


def test_a_mail_that_cannot_be_delivered_is_told(lead: Client) -> None:
    invite(lead)
    OutgoingMail.objects.update(failed_at=timezone.now())
    assert "nina@example.org nicht zustellbar" in texts(lead.get(TEAM))


@pytest.mark.parametrize(
    "bad",
    [
        {"email": ""},
        {"email": "nina"},
        {"email": "nina\0@example.org"},
        {"email": f"{'n' * 200}@example.org"},
        {"role": "king"},
        {"role": ""},
    ],
)
def test_what_is_wrong_is_told_and_stays(lead: Client, bad: dict[str, str]) -> None:
    response = lead.post(INVITE, {"email": "nina@example.org", "role": "guests"} | bad)
    assert response.status_code == 422
    assert "error-summary" in response.content.decode()
    assert ('value="guests" id="id_role_2" checked' in response.content.decode()) == ("role" not in bad)
    assert not Invitation.objects.exists()


def test_the_same_address_twice(lead: Client, event: Event) -> None:
    invite(lead)
    response = lead.post(INVITE, {"email": "NINA@example.org", "role": "door"})
    assert response.status_code == 422
    assert "Diese Adresse ist schon eingeladen" in texts(response)
    somebody(event.organiser)
    response = lead.post(INVITE, {"email": "emil@example.org", "role": "door"})
    assert "arbeitet hier schon mit" in texts(response)
    assert OutgoingMail.objects.count() == 1


def test_who_leads_two_offices_chooses(lead: Client, event: Event, foreign: Event) -> None:
    third = Organiser.objects.create(name="Drittes Amt", email="d@example.org")
    user = User.objects.get(username="lead-fachtag-demo")
    Membership.objects.create(user=user, organiser=third, role="lead")
    assert "Fremdes Amt" not in lead.get(INVITE).content.decode()
    sent = {"email": "nina@example.org", "role": "guests"}
    for office in ("", foreign.organiser.pk, "9" * 30, "x", "\0"):
        assert lead.post(INVITE, sent | {"office": office}).status_code == 422
    assert lead.post(INVITE, sent | {"office": third.pk}).status_code == 302
    assert Invitation.objects.get().organiser == third


def test_sending_again_makes_the_old_link_void(lead: Client, client: Client, event: Event) -> None:
    first = invite(lead)
    Invitation.objects.update(valid_until=F("valid_until") - timedelta(days=8))
    assert client.get(first).status_code == 410
    assert "abgelaufen" in lead.get(TEAM).content.decode()
    lead.post(f"{TEAM}einladung/{Invitation.objects.get().pk}/", {"do": "again"})
    second = mailed()
    assert [client.get(url).status_code for url in (first, second)] == [410, 200]
    assert OutgoingMail.objects.count() == 1  # the first had not left
    assert said(event.organiser)[-1] == "Einladung erneut verschickt (Anmeldung)"


def test_withdrawing(lead: Client, client: Client, event: Event) -> None:
    url = invite(lead)
    lead.post(f"{TEAM}einladung/{Invitation.objects.get().pk}/", {"do": "withdraw"})
    assert client.get(url).status_code == 410
    assert (Invitation.objects.count(), OutgoingMail.objects.count()) == (0, 0)
    assert said(event.organiser)[-1] == "Einladung zurückgezogen (Anmeldung)"
    assert "nina" not in " ".join(said(event.organiser))


def test_nothing_else_can_be_done_with_one(lead: Client) -> None:
    invite(lead)
    assert lead.post(f"{TEAM}einladung/{Invitation.objects.get().pk}/", {"do": "read"}).status_code == 404


def test_old_ones_are_erased(lead: Client) -> None:
    invite(lead)
    valid_until = Invitation.objects.get().valid_until
    erasing.erase_due(valid_until + timedelta(days=29))
    assert Invitation.objects.count() == 1
    erasing.erase_due(valid_until + timedelta(days=30))
    assert (Invitation.objects.count(), OutgoingMail.objects.count()) == (0, 0)


# Accepting


def test_somebody_new(lead: Client, client: Client, event: Event) -> None:
    url = invite(lead, "Nina@example.org", sees_needs="on")
    response = client.get(url)
    assert (response.status_code, "no-store" in response["Cache-Control"]) == (200, True)
    assert not User.objects.filter(email="Nina@example.org").exists()
    response = client.post(url, NEW, follow=True)
    assert "Sie gehören jetzt zum Team: Landratsamt Mittelsachsen." in texts(response)
    nina = User.objects.get(username="nina@example.org")
    assert (nina.get_full_name(), nina.is_staff, nina.is_superuser) == ("Nina Neu", True, False)
    assert nina.check_password(PASSWORD)
    place = nina.memberships.get()
    assert (place.organiser, place.role, place.sees_needs) == (event.organiser, "guests", True)
    assert said(event.organiser)[-1].startswith("Einladung von lead-fachtag-demo angenommen")
    assert client.get(f"/admin/fachtag/{event.slug}/gaeste/").status_code == 200
    assert Client().get(url).status_code == 410
    assert Client().post(url, NEW).status_code == 410


@pytest.mark.parametrize(
    "bad",
    [
        {"first_name": ""},
        {"last_name": "https://example.org"},
        {"new_password1": "", "new_password2": ""},
        {"new_password2": "drei rote Autos fahren"},
        {"new_password1": "Fachtag2026!!", "new_password2": "Fachtag2026!!"},
        {"new_password1": "nina@example.org", "new_password2": "nina@example.org"},
        {"new_password1": "\0" * 20, "new_password2": "\0" * 20},
    ],
)
def test_what_cannot_be_accepted_yet(lead: Client, client: Client, bad: dict[str, str]) -> None:
    url = invite(lead)
    response = client.post(url, NEW | bad)
    assert response.status_code == 422
    assert PASSWORD not in response.content.decode()
    assert Invitation.objects.count() == 1
    assert not User.objects.filter(username="nina@example.org").exists()


def test_somebody_known_logs_in_first(lead: Client, client: Client, foreign: Event, event: Event) -> None:
    emil = somebody(foreign.organiser).user
    url = invite(lead, "emil@example.org")
    for send in (client.get, client.post):
        page = send(url, NEW).content.decode()
        assert f"/admin/login/?next={url}" in page
        assert "new_password1" not in page
    assert emil.memberships.count() == 1
    client.force_login(emil)
    assert client.get(url).status_code == 200
    assert emil.memberships.count() == 1
    assert client.post(url).status_code == 302
    assert {place.organiser for place in emil.memberships.all()} == {event.organiser, foreign.organiser}
    emil.refresh_from_db()
    assert emil.check_password("x")


def test_a_login_without_the_desk_gets_it(lead: Client, client: Client) -> None:
    user = User.objects.create_user("gast", "gast@example.org", "x")
    url = invite(lead, "gast@example.org")
    client.force_login(user)
    client.post(url)
    assert client.get("/admin/").status_code == 200


def test_who_works_there_already_keeps_the_role_and_the_invitation_stays(lead: Client) -> None:
    url = invite(lead)
    page = lead.post(url, follow=True).content.decode()
    assert "Sie arbeiten hier schon mit" in page
    assert Membership.objects.get().role == "lead"
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize("key", ["x", "a" * 5000, "%00", "%ff", "ü"])
def test_a_key_that_there_is_not(client: Client, db: None, key: str) -> None:
    assert client.get(f"/admin/einladung/{key}/").status_code == 410
    assert client.post(f"/admin/einladung/{key}/", NEW).status_code == 410


def test_a_key_that_was_replaced_while_the_page_was_open(lead: Client, event: Event) -> None:
    invite(lead)
    opened = Invitation.objects.get()
    by, now = User.objects.get(), timezone.now()
    members.invite_again(by, Invitation.objects.get(), now)
    with pytest.raises(members.Gone):
        members.accept(opened, User(username="nina@example.org"), now)
    assert Membership.objects.count() == 1


def test_who_got_a_login_by_another_invitation_just_now(lead: Client, event: Event, foreign: Event) -> None:
    invite(lead)
    now, by = timezone.now(), User.objects.get()
    other = members.invite(by, "nina@example.org", foreign.organiser, "door", now)
    members.accept(Invitation.objects.get(organiser=event.organiser), User(username="nina@example.org"), now)
    with pytest.raises(members.IsKnown):
        members.accept(other, User(username="nina@example.org"), now)
    assert (Invitation.objects.get(), foreign.organiser.memberships.count()) == (other, 0)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_offices_at_the_very_same_moment(lead: Client, foreign: Event) -> None:
    """Both pages have found nobody with this address, and wait for their invitations."""
    urls = [invite(lead)]
    members.invite(User.objects.get(), "nina@example.org", foreign.organiser, "door", timezone.now())
    urls.append(mailed())
    clients = [Client(), Client()]

    def accept(client: Client, url: str) -> Any:
        try:
            return client.post(url, NEW)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            list(Invitation.objects.select_for_update())
            going = [pool.submit(accept, client, url) for client, url in zip(clients, urls, strict=True)]
            while _waiting_for_a_lock() < 2:
                assert not any(one.done() for one in going)
        answers = [one.result() for one in going]
    assert sorted(answer.status_code for answer in answers) == [302, 302]
    nina = User.objects.get(username="nina@example.org")
    lost = next(place for place, answer in enumerate(answers) if answer["Location"] == urls[place])
    page = clients[lost].get(urls[lost]).content.decode()
    assert "Für diese Adresse gibt es hier inzwischen eine Anmeldung." in page
    assert f"/admin/login/?next={urls[lost]}" in page
    clients[1 - lost].post(urls[lost])
    assert nina.memberships.count() == 2


def _waiting_for_a_lock() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return int(cursor.fetchone()[0])


def test_a_key_stands_in_no_log(db: None, caplog: pytest.LogCaptureFixture) -> None:
    """Not even if a browser has lost the cookie that belongs to the form."""
    response = Client(enforce_csrf_checks=True).post("/admin/einladung/geheimer-schluessel/")
    assert response.status_code == 403
    assert "geheimer-schluessel" not in caplog.text
