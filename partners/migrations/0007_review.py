import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Coalesce


def touched_when_last_heard_of(apps, schema_editor):
    """An application from before this version was not touched today, when this runs."""
    apps.get_model("partners", "Application").objects.update(
        touched_at=Coalesce("decided_at", "confirmed_at", "sent_at", "created_at")
    )


def person(**options):
    return models.ForeignKey(
        editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, **options
    )


class Migration(migrations.Migration):
    dependencies = [("partners", "0006_talks"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.AlterField(model_name="application", name="reviewer", field=person(verbose_name="liegt bei")),
        migrations.AddField(
            model_name="application",
            name="touched_at",
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="zuletzt etwas geschehen am"),
        ),
        migrations.AddField(
            model_name="application",
            name="follow_up_on",
            field=models.DateField(editable=False, null=True, verbose_name="Wiedervorlage am"),
        ),
        migrations.AddField(
            model_name="application",
            name="follow_up_note",
            field=models.CharField(blank=True, editable=False, max_length=200, verbose_name="Wiedervorlage wegen"),
        ),
        migrations.AddField(
            model_name="application",
            name="proposed_decision",
            field=models.CharField(blank=True, choices=[("accept", "Aufnahme"), ("reject", "Ablehnung")], default="", editable=False, max_length=6, verbose_name="vorgeschlagen"),
        ),
        migrations.AddField(model_name="application", name="proposed_by", field=person()),
        migrations.AddField(
            model_name="application",
            name="proposed_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="vorgeschlagen am"),
        ),
        migrations.AddField(
            model_name="application",
            name="proposed_reason",
            field=models.TextField(blank=True, default="", editable=False, help_text="Why to reject, or why to accept against a rule."),
        ),
        migrations.AddField(
            model_name="application", name="proposed_subject", field=models.TextField(blank=True, default="", editable=False)
        ),
        migrations.AddField(
            model_name="application", name="proposed_text", field=models.TextField(blank=True, default="", editable=False)
        ),
        migrations.AddField(model_name="application", name="decided_by", field=person()),
        migrations.RunPython(touched_when_last_heard_of, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(("proposed_by", None), ("decided_by", None), models.Q(("proposed_by", models.F("decided_by")), _negated=True), _connector="OR"),
                name="nobody_confirms_an_own_proposal",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("proposed_at", None), ("proposed_decision", "")),
                    models.Q(("proposed_at__isnull", False), ("status__in", ["in_review", "accepted", "rejected"])),
                    _connector="OR",
                ),
                name="only_what_is_in_review_is_proposed",
            ),
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(max_length=3000, verbose_name="Notiz")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="Zeit")),
                ("by", models.CharField(editable=False, max_length=150, verbose_name="von")),
                ("author", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("application", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="notes", to="partners.application")),
                ("interest", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="notes", to="partners.interest")),
                ("organisation", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="notes", to="partners.organisation")),
            ],
            options={
                "verbose_name": "Notiz",
                "verbose_name_plural": "Notizen",
                "ordering": ["-at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("application__isnull", False), ("interest", None), ("organisation", None)),
                            models.Q(("application", None), ("interest__isnull", False), ("organisation", None)),
                            models.Q(("application", None), ("interest", None), ("organisation__isnull", False)),
                            _connector="OR",
                        ),
                        name="note_belongs_to_one_case",
                    )
                ],
            },
        ),
    ]
