import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0002_legal_pages"),
        ("registration", "0005_inquiries_of_offices"),
    ]

    operations = [
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "what",
                    models.CharField(
                        choices=[("needs", "sensitive answers"), ("guests", "guests who were erased")],
                        max_length=6,
                        verbose_name="what",
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("period", "the time to keep was over"),
                            ("wish", "a guest’s wish"),
                            ("early", "earlier, by the organiser"),
                        ],
                        max_length=6,
                        verbose_name="why",
                    ),
                ),
                ("count", models.PositiveIntegerField(verbose_name="count")),
                (
                    "actor",
                    models.CharField(
                        blank=True,
                        help_text="Empty: the site by itself, or the guest.",
                        max_length=150,
                        verbose_name="by whom",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="erasures",
                        to="events.event",
                        verbose_name="event",
                    ),
                ),
            ],
            options={
                "verbose_name": "erasure",
                "verbose_name_plural": "erasures",
                "ordering": ["-at", "-pk"],
            },
        ),
    ]
