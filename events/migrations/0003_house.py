from django.db import migrations, models

import events.addresses
import events.models.organiser
import events.pictures


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0002_legal_pages"),
    ]

    operations = [
        migrations.AddField(
            model_name="organiser",
            name="accent_colour",
            field=events.models.organiser.ColourField(
                default="#f6a83c",
                help_text="For buttons and signs. It must differ from the first.",
                max_length=7,
                verbose_name="second colour",
            ),
        ),
        migrations.AddField(
            model_name="organiser",
            name="accessibility_statement_on",
            field=models.DateField(
                blank=True,
                help_text="When you last checked that it is true.",
                null=True,
                verbose_name="date of the accessibility statement",
            ),
        ),
        migrations.AddField(
            model_name="organiser",
            name="brand_colour",
            field=events.models.organiser.ColourField(
                default="#0b5563",
                help_text="Pages, mails and pictures wear it. What is too light to be read is refused with a proposal.",
                max_length=7,
                verbose_name="colour of the house",
            ),
        ),
        migrations.AddField(
            model_name="organiser",
            name="data_protection_email",
            field=models.EmailField(
                blank=True,
                help_text="Privacy notice, GDPR, article 13, 1 b.",
                max_length=254,
                validators=[events.addresses.is_sound],
                verbose_name="email of the data protection officer",
            ),
        ),
        migrations.AddField(
            model_name="organiser",
            name="data_protection_officer",
            field=models.CharField(blank=True, max_length=200, verbose_name="data protection officer"),
        ),
        migrations.AddField(
            model_name="organiser",
            name="enforcement_body",
            field=models.CharField(
                blank=True,
                help_text="Name, address and email; which one it is depends on the Land (accessibility statement).",
                max_length=300,
                verbose_name="enforcement body for accessibility",
            ),
        ),
        migrations.AddField(
            model_name="organiser",
            name="logo",
            field=events.pictures.PictureField(
                blank=True,
                help_text="JPEG, PNG or WebP, on a light ground or without one. It takes the place of the name in the header.",
                upload_to="",
                verbose_name="logo",
            ),
        ),
        migrations.AddField(
            model_name="organiser",
            name="processor",
            field=models.CharField(
                blank=True,
                help_text="Name and place of who hosts this site for you (GDPR, article 13, 1 e, and article 28).",
                max_length=300,
                verbose_name="processor",
            ),
        ),
        migrations.AddField(
            model_name="organiser",
            name="represented_by",
            field=models.CharField(
                blank=True,
                help_text="Office and name, such as: Landrätin Erika Mustermann (imprint, § 5 DDG).",
                max_length=200,
                verbose_name="represented by",
            ),
        ),
        migrations.AddField(
            model_name="organiser",
            name="supervisory_authority",
            field=models.CharField(
                blank=True,
                help_text="Name and address of the authority that complaints go to (GDPR, article 13, 2 d).",
                max_length=300,
                verbose_name="data protection supervisory authority",
            ),
        ),
    ]
