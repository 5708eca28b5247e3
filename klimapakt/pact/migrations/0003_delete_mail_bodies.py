import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pact", "0002_countersigned_by")]

    operations = [
        migrations.AddField(
            model_name="pact",
            name="delete_mail_bodies_after_days",
            field=models.PositiveSmallIntegerField(
                default=365,
                help_text="Danach bleiben von einer erledigten Mail nur Art, Vorgang, Zeiten und Stand. Mails, die noch warten oder"
                " über die Sie entscheiden müssen, bleiben ganz. Dasselbe gilt für Antworten, die das Portal eingelesen"
                " hat.",
                validators=[
                    django.core.validators.MinValueValidator(30),
                    django.core.validators.MaxValueValidator(3650),
                ],
                verbose_name="Inhalte von Mails löschen nach Tagen",
            ),
        ),
    ]
