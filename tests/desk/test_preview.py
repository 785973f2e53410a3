"""The link to a draft."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from events.models import Event
from registration import previews
from tests.desk.conftest import LogIn

PREVIEW = "/admin/fachtag/fachtag-demo/vorschau/"


@pytest.fixture
def draft(event: Event) -> Event:
    Event.objects.update(status="draft")
    event.refresh_from_db()
    return event


def made(client: Client, do: str = "new") -> str:
    """The link after pressing this button, without the site's address."""
    return str(client.post(PREVIEW, {"do": do}, follow=True).context["path"])


def test_it_works(log_in: LogIn, client: Client, draft: Event) -> None:
    editor = log_in("editor")
    assert "14 Tage" in editor.get(PREVIEW).content.decode()
    link = made(editor)
    assert f'{link}">' in editor.get(PREVIEW).content.decode()
    response = client.get(link)
    page = response.content.decode()
    assert response.status_code == 200
    assert "Entwurf: Diese Seite ist noch nicht öffentlich." in page
    assert "Jetzt anmelden" not in page
    assert 'href="/fachtag-demo/anmeldung/' not in page
    assert (response["X-Robots-Tag"], response["Cache-Control"]) == ("noindex, nofollow", "no-store")
    assert client.get("/fachtag-demo/").status_code == 404
    assert client.get("/fachtag-demo/anmeldung/").status_code == 404


def test_a_new_link_ends_the_old_one(log_in: LogIn, client: Client, draft: Event) -> None:
    editor = log_in("editor")
    old, new = made(editor), made(editor)
    assert [client.get(link).status_code for link in (old, new)] == [404, 200]
    assert made(editor, "end") == ""
    assert client.get(new).status_code == 404


def test_it_runs_out(log_in: LogIn, client: Client, draft: Event) -> None:
    link = made(log_in("editor"))
    draft.refresh_from_db()
    now = timezone.now()
    assert previews.link(draft, now + timedelta(days=13, hours=23)) == link
    assert previews.link(draft, now + timedelta(days=14, seconds=1)) == ""
    Event.objects.update(preview_made_at=now - timedelta(days=15))
    draft.refresh_from_db()
    assert not previews.opens(draft, link.split("/")[-2], now)


def test_publishing_ends_it(log_in: LogIn, client: Client, draft: Event) -> None:
    draft.organiser.data_protection_email = "schutz@example.org"
    draft.organiser.save()
    lead = log_in("lead")
    link = made(lead)
    for status in ("published", "draft"):
        lead.post("/admin/fachtag/fachtag-demo/veroeffentlichen/", {"status": status, "confirmed": "on"})
        assert client.get(link).status_code == 404
    assert Event.objects.get().status == "draft"


def test_there_is_none_to_what_is_public(log_in: LogIn, event: Event) -> None:
    assert made(log_in("editor")) == ""


@pytest.mark.parametrize("key", ["x", "%00", "ü", ":", "a" * 3000])
def test_no_other_key(client: Client, draft: Event, key: str) -> None:
    assert client.get(f"/fachtag-demo/entwurf/{key}/").status_code == 404
    previews.renew(draft, timezone.now())
    assert client.get(f"/fachtag-demo/entwurf/{key}/").status_code == 404
