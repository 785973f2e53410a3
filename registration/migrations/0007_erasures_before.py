"""Who was erased before this was noted, day by day; sensitive answers have left no trace."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.db import migrations
from django.utils.timezone import localtime


def note(apps: Any, schema_editor: Any) -> None:
    erased = apps.get_model("registration", "Registration").objects.filter(erased_at__isnull=False)
    found = erased.order_by("erased_at").values_list("event_id", "event__ends_at", "event__data_kept_days", "erased_at")
    counts: Counter[tuple[int, str, str]] = Counter()
    last: dict[tuple[int, str, str], datetime] = {}
    for event, ends_at, days, at in found:
        key = event, f"{localtime(at):%F}", "period" if at >= ends_at + timedelta(days=days) else "wish"
        counts[key] += 1
        last[key] = at
    erasure = apps.get_model("registration", "Erasure")
    erasure.objects.bulk_create(
        erasure(event_id=key[0], at=last[key], what="guests", why=key[2], count=count) for key, count in counts.items()
    )


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0006_erasures"),
    ]

    operations = [
        migrations.RunPython(note, migrations.RunPython.noop),
    ]
