"""The scheduled work: each job does one portion of what is due and says whether there may be more.

The worker runs all of them, over and over; each is also a command. They are safe to run twice and at once.
"""

import time
from collections.abc import Callable
from datetime import datetime

from django.core.management.base import BaseCommand
from django.utils import timezone

from registration import booking, erasing, messages, notices, outbox

Job = Callable[[datetime], bool]

JOBS: dict[str, Job] = {
    "deliver": outbox.deliver,
    "move_up": booking.move_up,
    "send_links": notices.send_links,
    "announce": notices.announce,
    "remind": notices.remind,
    "ask": notices.ask,
    "send_messages": messages.send_portion,
    "erase": erasing.erase_when_settled,
}


class JobCommand(BaseCommand):
    """Runs the job of its name until nothing is left to do."""

    job: str
    breath = 0.0  # seconds between two portions

    def handle(self, *args: object, **options: object) -> None:
        while JOBS[self.job](timezone.now()):
            time.sleep(self.breath)
