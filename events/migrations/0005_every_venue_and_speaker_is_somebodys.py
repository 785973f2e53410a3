import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0004_whose_venues_and_speakers")]

    operations = [
        migrations.AlterField(
            "speaker",
            "organiser",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="speakers",
                to="events.organiser",
                verbose_name="organiser",
            ),
        ),
        migrations.AlterField(
            "venue",
            "organiser",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="venues",
                to="events.organiser",
                verbose_name="organiser",
            ),
        ),
    ]
