from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registration", "0001_initial")]

    operations = [
        migrations.RemoveField(model_name="outgoingmail", name="mime"),
        migrations.AddField(
            model_name="outgoingmail",
            name="facts",
            field=models.JSONField(default=dict, verbose_name="what it says"),
        ),
    ]
