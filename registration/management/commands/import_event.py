from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from events import eventfile
from registration import booking


class Command(BaseCommand):
    help = "Store the event that a TOML file describes; doing it twice changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="such as events/examples/fachtag-2021.toml")
        parser.add_argument("--slug", help="store it under this address instead of the file's")
        parser.add_argument(
            "--starting",
            type=date.fromisoformat,
            metavar="DATE",
            help="move every date so that the first day is this one, such as 2027-10-07",
        )

    def handle(self, *args: Any, file: Path, slug: str | None, starting: date | None, **options: Any) -> None:
        try:
            description = eventfile.parse(file.read_bytes(), slug)
            if starting and not 1900 <= starting.year <= 2200:
                raise CommandError(f"--starting: {starting} is not in our time")
            if starting:
                description = description.starting(starting)
            with transaction.atomic():
                event, changed = eventfile.save(description)
                booking.promote(event, timezone.now())
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        except eventfile.EventFileError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{event.slug}: {'stored' if changed else 'unchanged'}")
