"""What moves with an event from one day to another."""

from datetime import datetime, timedelta

from django.utils.timezone import localtime, make_aware


def moved(moment: datetime, by: timedelta) -> datetime:
    """As many days later, or earlier, at the same time of day, whatever the clocks did between."""
    return make_aware(localtime(moment).replace(tzinfo=None) + by)
