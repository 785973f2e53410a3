import django.db.models.deletion
from django.db import migrations, models


def belongs_to(related_name: str, *, null: bool = False) -> models.Field:
    """Whose it is."""
    return models.ForeignKey(
        null=null,
        on_delete=django.db.models.deletion.PROTECT,
        related_name=related_name,
        to="events.organiser",
        verbose_name="organiser",
    )


class Migration(migrations.Migration):
    dependencies = [("events", "0002_legal_pages")]

    operations = [
        migrations.AddField("speaker", "organiser", belongs_to("speakers", null=True)),
        migrations.AddField("venue", "organiser", belongs_to("venues", null=True)),
    ]
