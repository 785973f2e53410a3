import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0002_legal_pages"),
        ("registration", "0003_channel_email"),
    ]

    operations = [
        migrations.AddField(
            model_name="inquiry",
            name="done_at",
            field=models.DateTimeField(
                help_text="Answered, or done without an answer.", null=True, verbose_name="done"
            ),
        ),
        migrations.AddField(
            model_name="inquiry",
            name="organiser",
            field=models.ForeignKey(
                help_text="The office that it went to. Empty: there was none yet.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="inquiries",
                to="events.organiser",
                verbose_name="organiser",
            ),
        ),
        migrations.AlterField(
            model_name="outgoingmail",
            name="kind",
            field=models.CharField(
                choices=[
                    ("confirmed", "registration confirmed"),
                    ("waiting", "on the waiting list"),
                    ("unconfirmed", "address to be confirmed"),
                    ("moved_up", "moved up from the waiting list"),
                    ("changed", "registration changed"),
                    ("cancelled", "cancelled by the guest"),
                    ("cancelled_by_organiser", "cancelled by the organiser"),
                    ("handed_over", "seat given to somebody else"),
                    ("invited", "asked to come instead of somebody"),
                    ("declined", "somebody else does not come"),
                    ("released", "address not confirmed in time"),
                    ("consent_withdrawn", "consent withdrawn"),
                    ("consent_given", "consent given"),
                    ("reminder", "reminder"),
                    ("event_changed", "event changed"),
                    ("event_cancelled", "event cancelled"),
                    ("questions", "questions put later"),
                    ("link", "link sent again"),
                    ("erased", "data erased"),
                    ("inquiry", "inquiry"),
                    ("inquiry_answered", "answer to an inquiry"),
                ],
                max_length=22,
                verbose_name="kind",
            ),
        ),
    ]
