from collections.abc import Callable
from typing import Any

from django.db import migrations
from django.db.models import Q


def share_out(apps: Any, schema_editor: Any) -> None:
    """Give each venue and speaker to the organiser whose events show it, and a copy to each further one; what no event
    shows, to the first organiser. Without an organiser there is no event, and nobody to keep them for."""
    event, contribution = apps.get_model("events", "Event"), apps.get_model("events", "Contribution")
    first = apps.get_model("events", "Organiser").objects.order_by("pk").first()

    def move_venue(venue: Any, organiser: int, copy: Any) -> None:
        event.objects.filter(venue=venue, organiser=organiser).update(venue=copy)

    def move_speaker(speaker: Any, organiser: int, copy: Any) -> None:
        of = Q(slot__event__organiser=organiser) | Q(workshop__event__organiser=organiser)
        found = contribution.objects.filter(of, speaker=speaker).values_list("pk", flat=True)
        contribution.objects.filter(pk__in=list(found)).update(speaker=copy)

    def share(row: Any, organisers: set[int], move: Callable[[Any, int, Any], None]) -> None:
        whose, *others = sorted(organisers) or [first and first.pk]
        if whose is None:
            row.delete()
            return
        row.organiser_id = whose
        row.save()
        for organiser in others:
            copy = type(row).objects.get(pk=row.pk)
            copy.pk, copy.organiser_id, copy._state.adding = None, organiser, True
            copy.save()
            move(row, organiser, copy)

    for venue in apps.get_model("events", "Venue").objects.all():
        share(venue, set(event.objects.filter(venue=venue).values_list("organiser", flat=True)), move_venue)
    for speaker in apps.get_model("events", "Speaker").objects.all():
        shown = contribution.objects.filter(speaker=speaker)
        pairs = shown.values_list("slot__event__organiser", "workshop__event__organiser")
        share(speaker, {whose for pair in pairs for whose in pair if whose is not None}, move_speaker)


class Migration(migrations.Migration):
    dependencies = [("events", "0003_offices")]

    operations = [migrations.RunPython(share_out, migrations.RunPython.noop)]
