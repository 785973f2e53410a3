from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from registration import outbox


class Command(BaseCommand):
    help = "Send every mail that is due now, once; the worker does the same all the time."

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        now = timezone.now()
        while outbox.deliver_next(now):
            count += 1
        self.stdout.write(f"{count} mails tried")
