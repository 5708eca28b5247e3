import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("partners", "0009_profiles"), ("uploads", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="application",
            name="logo",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="uploads.upload",
                verbose_name="Logo",
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="logo_rights",
            field=models.BooleanField(
                default=False,
                editable=False,
                help_text="Said with the logo, by the company.",
                verbose_name="Das Logo darf verwendet werden",
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="former_logo",
            field=models.ForeignKey(
                editable=False,
                help_text="Kept with the merge: a file to which nothing refers is deleted.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="uploads.upload",
            ),
        ),
        migrations.CreateModel(
            name="ApplicationFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="hinzugefügt am")),
                (
                    "added_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="partners.applicant",
                        verbose_name="hinzugefügt von",
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="files", to="partners.application"
                    ),
                ),
                (
                    "upload",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="uploads.upload",
                        verbose_name="Datei",
                    ),
                ),
            ],
            options={
                "verbose_name": "Unterlage",
                "verbose_name_plural": "Unterlagen",
                "ordering": ["added_at", "pk"],
            },
        ),
    ]
