"""Whoever got the mail of an inquiry is the office that it went to, where only one office has that address."""

from typing import Any

from django.db import migrations


def address(apps: Any, schema_editor: Any) -> None:
    offices: dict[str, list[Any]] = {}
    for organiser in apps.get_model("events", "Organiser").objects.all():
        offices.setdefault(organiser.email.casefold(), []).append(organiser)
    mails = apps.get_model("registration", "OutgoingMail").objects.filter(kind="inquiry", inquiry__organiser=None)
    for mail in mails.select_related("inquiry"):
        if len(found := offices.get(mail.recipient.casefold(), [])) == 1:
            mail.inquiry.organiser = found[0]
            mail.inquiry.save(update_fields=["organiser"])


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0004_inquiries_answered"),
    ]

    operations = [
        migrations.RunPython(address, migrations.RunPython.noop),
    ]
