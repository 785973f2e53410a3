from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from events import eventfile
from events.models import Event


class Command(BaseCommand):
    help = "Write an event as a TOML file, which import_event reads; pictures are no part of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", metavar="SLUG", help="the last part of its address, such as fachtag-2021")
        parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="where to; to the screen without it")

    def handle(self, *args: Any, slug: str, file: Path | None, **options: Any) -> None:
        event = Event.objects.with_place().filter(slug=slug).first()
        if event is None:
            raise CommandError(f"There is no event with the address {slug}.")
        try:
            content = eventfile.write(eventfile.describe(event))
            if file is None:
                self.stdout.write(content.decode(), ending="")
            else:
                file.write_bytes(content)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        except eventfile.EventFileError as error:
            raise CommandError(str(error)) from error
