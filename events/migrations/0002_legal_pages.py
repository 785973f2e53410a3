from typing import Any

from django.db import migrations

KEYS = ("imprint", "privacy", "accessibility")


def add_pages(apps: Any, schema_editor: Any) -> None:
    page = apps.get_model("events", "LegalPage")
    for key in KEYS:
        page.objects.get_or_create(key=key)


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]

    operations = [migrations.RunPython(add_pages, migrations.RunPython.noop)]
