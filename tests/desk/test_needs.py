"""The sensitive list."""

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from events.models import Event
from registration.models import Change
from tests import factories
from tests.desk.conftest import LogIn

NEEDS = "/admin/fachtag/fachtag-demo/gaeste/bedarf/"


def test_it_works(log_in: LogIn, event: Event) -> None:
    factories.registered(event, answered={"needs": "=Rampe"})
    factories.registered(event, factories.CHARLIE)
    client = log_in("lead")
    page = client.get(NEEDS).content.decode()
    assert "=Rampe" in page
    assert "Öztürk" not in page
    content = client.post(NEEDS, {"do": "csv"}).content.decode("utf-8-sig")
    _heading, *rows = csv.reader(io.StringIO(content), delimiter=";")
    assert [(row[0], row[-1]) for row in rows] == [("Müller", "'=Rampe")]
    assert client.post(NEEDS, {"do": "xlsx"}).content[:2] == b"PK"
    assert list(Change.objects.order_by("pk").values_list("what", flat=True)) == [
        "Sensible Antworten angesehen (Gäste: 1)",
        "Sensible Antworten als CSV exportiert (Gäste: 1)",
        "Sensible Antworten als XLSX exportiert (Gäste: 1)",
    ]


@pytest.mark.parametrize("role", ["editor", "guests"])
def test_who_may_see_needs_by_membership(log_in: LogIn, event: Event, role: str) -> None:
    assert log_in(role, sees_needs=True).get(NEEDS).status_code == 200


def test_who_is_there_for_the_day_sees_them_on_the_day(log_in: LogIn, event: Event) -> None:
    door = log_in("door", sees_needs=True)
    for response in (door.get(NEEDS), door.post(NEEDS, {"do": "csv"})):
        assert response.headers["Location"] == "/admin/fachtag/fachtag-demo/einlass/"
    assert not Change.objects.exists()
    now = timezone.now()
    Event.objects.update(starts_at=now, ends_at=now + timedelta(minutes=5), registration_closes_at=now)
    assert door.get(NEEDS).status_code == 200
