from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from registration import erasing


class Command(BaseCommand):
    help = "Erases at once what an event's time to keep is over for; names and addresses go, counts stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only say how much is due.")

    def handle(self, *args: Any, **options: Any) -> None:
        for what, count in erasing.due(timezone.now()).items():
            self.stdout.write(f"{what}: {count}")
        while not options["dry_run"] and erasing.erase_due(timezone.now()):
            pass
