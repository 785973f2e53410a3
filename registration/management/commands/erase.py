from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from registration import erasing
from registration.jobs import JobCommand


class Command(JobCommand):
    help = "Erases what an event's time to keep is over for; names and addresses go, counts stay."
    job = "erase"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only say how much is due.")

    def handle(self, *args: Any, **options: Any) -> None:
        for what, count in erasing.due(timezone.now()).items():
            self.stdout.write(f"{what}: {count}")
        if not options["dry_run"]:
            super().handle(*args, **options)
