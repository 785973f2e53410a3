from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_save
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class RegistrationConfig(AppConfig):
    name = "registration"
    verbose_name = _("Registration")

    def ready(self) -> None:
        """Where seats are added, queues move up in the same transaction."""
        from events.models import Event, Workshop

        post_save.connect(_move_up, sender=Workshop)
        post_save.connect(_move_up, sender=Event)


def _move_up(sender: Any, instance: Any, created: bool, raw: bool = False, **kwargs: Any) -> None:
    from events.models import Event
    from registration import booking

    if not created and not raw:
        booking.promote(instance if isinstance(instance, Event) else instance.event, timezone.now())
