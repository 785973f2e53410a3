from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0002_legal_pages"),
    ]

    operations = [
        migrations.AddField(
            model_name="workshop",
            name="key",
            field=models.SlugField(
                blank=True,
                help_text="Its name in an event file, whatever title and number become. Empty: made from the title.",
                max_length=60,
                verbose_name="key",
            ),
        ),
        migrations.AddConstraint(
            model_name="workshop",
            constraint=models.UniqueConstraint(
                fields=("event", "key"),
                name="workshop_key_unique_in_event",
                violation_error_message="Another workshop of this event has this key.",
            ),
        ),
    ]
