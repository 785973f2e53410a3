"""Take the second factor away from somebody who has lost it, where nobody at the desk can: the last superuser."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from registration import second_factor


class Command(BaseCommand):
    help = "Reset the second factor of a login, end its sessions and tell the person by mail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no login {username}.")
        if not second_factor.reset(user, user, timezone.now()):
            raise CommandError(f"{username} has no second factor.")
        self.stdout.write(f"The second factor of {username} is reset.")
