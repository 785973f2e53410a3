import logging
import signal
import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from registration.jobs import JOBS, Job

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "The worker: does the scheduled work as it falls due, until it is told to stop (SIGTERM)."

    stopping = False

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        while not self.stopping:
            close_old_connections()
            done = [self.do(name, job) for name, job in JOBS.items()]
            if not any(done):
                time.sleep(1)

    def stop(self, *args: Any) -> None:
        """Finish what is on the line, then end."""
        self.stopping = True

    def do(self, name: str, job: Job) -> bool:
        """Do a portion and say whether there was any. One job that fails must not keep the others from their work, and
        a database that is away is no reason to die."""
        try:
            return job(timezone.now())
        except Exception:
            logger.exception("The job %s failed; it will be tried again.", name)
            return False
