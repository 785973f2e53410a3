"""The sensitive list."""

import csv
import io

import pytest
from django.contrib.admin.models import LogEntry

from events.models import Event
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
    assert [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")] == [
        "Sensible Antworten angesehen (Gäste: 1)",
        "Sensible Antworten als CSV exportiert (Gäste: 1)",
        "Sensible Antworten als XLSX exportiert (Gäste: 1)",
    ]


@pytest.mark.parametrize("role", ["editor", "guests", "door"])
def test_who_may_see_needs_by_membership(log_in: LogIn, event: Event, role: str) -> None:
    assert log_in(role, sees_needs=True).get(NEEDS).status_code == 200
