import logging
import signal
import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections
from django.utils import timezone

from events.models import Event
from registration import booking, outbox

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "The worker: moves queues up and delivers mails as they fall due, until it is told to stop (SIGTERM)."

    stopping = False

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        while not self.stopping:
            if not self.work():
                time.sleep(1)

    def stop(self, *args: Any) -> None:
        """Finish what is on the line, then end."""
        self.stopping = True

    def work(self) -> bool:
        """Do one piece of work and say whether there was any; a database that is away is no reason to die."""
        close_old_connections()
        now = timezone.now()
        try:
            for event in Event.objects.filter(registrations__waiting_for__isnull=False).distinct():
                booking.promote(event, now)
            return outbox.deliver_next(now)
        except Error:
            logger.exception("The worker could not reach the database.")
            return False
