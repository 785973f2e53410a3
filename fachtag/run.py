"""`make run`: everything that a site needs to be seen, from nothing, and then the site and its mail worker.

The first start makes a secret key, the database, two example events with two drafts, and an organiser's login, all
below var/. Later starts find them there and change nothing.
"""

import os
import secrets
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from fachtag import supervisor

EXAMPLES = settings.BASE_DIR / "events" / "examples"
PUBLICITY = (
    "Der Landkreis darf mit Fotos von mir auch nach dem Fachtag werben, zum Beispiel auf Plakaten und in Broschüren."
)
DAYS_AHEAD = 60
THURSDAY = 3


def main() -> None:
    try:
        listener = supervisor.listen("127.0.0.1", settings.PORT)
    except OSError:
        sys.exit(f"Port {settings.PORT} is in use. Choose another one: make run PORT=8001")
    django.setup()
    call_command("migrate", verbosity=0)
    if static_files_changed():
        call_command("collectstatic", interactive=False, verbosity=0)
    make_examples(date.today())
    make_organiser(settings.ORGANISER_PASSWORD)
    print(f"The site:    {settings.SITE_URL}/")
    print(f"Organisers:  {settings.SITE_URL}/admin/")
    if settings.EMAIL_BACKEND.startswith("registration."):
        print(f"Mails:       {settings.EMAIL_FILE_PATH}")
    print("Ctrl+C stops it.", flush=True)
    supervisor.become(listener, worker=True)


def static_files_changed() -> bool:
    """Whether a source is newer than what was collected from it; collecting takes seconds."""
    collected = Path(settings.STATIC_ROOT) / "staticfiles.json"
    return not collected.exists() or any(path.stat().st_mtime > collected.stat().st_mtime for path in static_sources())


def static_sources() -> Iterator[Path]:
    for finder in get_finders():
        for name, storage in finder.list([]):
            yield Path(storage.path(name))


def make_examples(today: date) -> None:
    """Store the real event, the same one ahead of us, which also asks for a voluntary consent, and two drafts of other
    shapes; once, because organisers try things out on them."""
    from events.models import ConsentRequest, Event

    first_day = today + timedelta(days=DAYS_AHEAD)
    first_day += timedelta(days=(THURSDAY - first_day.weekday()) % 7)
    for slug, name, starting in (
        ("fachtag-2021", "fachtag-2021", None),
        ("fachtag-demo", "fachtag-2021", first_day),
        ("fachtag-zwei-tage", "fachtag-zwei-tage", first_day),
        ("online-vortrag", "online-vortrag", first_day),
    ):
        if not Event.objects.filter(slug=slug).exists():
            with open(os.devnull, "w") as nowhere:
                file = EXAMPLES / f"{name}.toml"
                call_command("import_event", file, slug=slug, starting=starting, stdout=nowhere)
            if slug == "fachtag-demo":
                Event.objects.get(slug=slug).consent_requests.create(
                    purpose=ConsentRequest.Purpose.PUBLICITY, wording=PUBLICITY
                )


def make_organiser(password: str) -> None:
    """Make the organiser's login; a password that was made up is said once, here."""
    users = get_user_model().objects
    organiser = users.filter(username="organiser").first()
    if organiser is None:
        made_up = "" if password else secrets.token_urlsafe(12)
        users.create_superuser("organiser", password=password or made_up)
        if made_up:
            print(f"Login:       organiser, password: {made_up} (shown this once)")
    elif password and not organiser.check_password(password):
        organiser.set_password(password)
        organiser.save()


if __name__ == "__main__":
    main()
