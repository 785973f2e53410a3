from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from events.models import Event
from tests import factories

pytestmark = pytest.mark.django_db


def test_it_works(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_event", str(factories.EXAMPLE))
    call_command("import_event", str(factories.EXAMPLE))
    assert capsys.readouterr().out == "fachtag-2021: stored\nfachtag-2021: unchanged\n"
    assert Event.objects.count() == 1


def test_under_another_address_on_another_day() -> None:
    call_command("import_event", str(factories.EXAMPLE), "--slug", "fachtag-2027", "--starting", "2027-10-07")
    event = Event.objects.get()
    assert (event.slug, event.starts_at.year) == ("fachtag-2027", 2027)


def test_a_bad_file_says_everything_and_stores_nothing(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(factories.EXAMPLE.read_text().replace("ends_at = 10:30:00", "ends_at = 08:15:00"))
    with pytest.raises(CommandError, match=r"^slots\[3\]\.ends_at: 08:15 is before it starts$"):
        call_command("import_event", str(file))
    assert Event.objects.count() == 0


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_event", str(tmp_path / "none.toml"))


@pytest.mark.parametrize("slug", ["admin", "a b", "x" * 61])
def test_a_bad_slug_is_refused(slug: str) -> None:
    with pytest.raises(CommandError, match=r"^slug: "):
        call_command("import_event", str(factories.EXAMPLE), "--slug", slug)
