import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("partners", "0004_joining_constraints"),
    ]

    operations = [
        migrations.CreateModel(
            name="Interest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("status", models.CharField(choices=[("unconfirmed", "unbestätigt"), ("open", "offen"), ("closed", "abgeschlossen")], default="unconfirmed", editable=False, max_length=12, verbose_name="Stand")),
                ("form_token", models.UUIDField(default=uuid.uuid4, editable=False, help_text="Makes a form sent twice one inquiry.", unique=True)),
                ("organisation", models.CharField(blank=True, max_length=200, verbose_name="Organisation")),
                ("name", models.CharField(max_length=200, verbose_name="Name")),
                ("email", models.EmailField(max_length=254, verbose_name="E-Mail")),
                ("question", models.TextField(blank=True, max_length=2000, verbose_name="Frage")),
                ("wants_talk", models.BooleanField(default=False, verbose_name="möchte ein Orientierungsgespräch")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="gefragt am")),
                ("confirmed_at", models.DateTimeField(editable=False, null=True, verbose_name="eingegangen am")),
                ("touched_at", models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="zuletzt etwas geschehen am")),
                ("answered_at", models.DateTimeField(editable=False, null=True, verbose_name="beantwortet am")),
                ("closed_at", models.DateTimeField(editable=False, null=True, verbose_name="abgeschlossen am")),
                ("closing_reason", models.CharField(blank=True, editable=False, max_length=200, verbose_name="Warum abgeschlossen")),
                ("follow_up_on", models.DateField(editable=False, null=True, verbose_name="Wiedervorlage am")),
                ("application", models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="interests", to="partners.application", verbose_name="Antrag")),
                ("assigned_to", models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="liegt bei")),
            ],
            options={
                "verbose_name": "Anfrage",
                "verbose_name_plural": "Interessierte",
                "ordering": ["-created_at"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("status", "unconfirmed"), ("confirmed_at__isnull", False), _connector="OR"), name="inquiry_is_proven_before_it_is_read"),
                    models.CheckConstraint(condition=models.Q(models.Q(("status", "closed"), _negated=True), models.Q(("closed_at__isnull", False), models.Q(("closing_reason", ""), _negated=True)), _connector="OR"), name="closed_inquiry_has_day_and_reason"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LinkRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254, verbose_name="E-Mail")),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={"verbose_name": "Bitte um einen Link", "verbose_name_plural": "Bitten um Links"},
        ),
        migrations.AddField(
            model_name="timelineentry",
            name="interest",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="timeline", to="partners.interest"),
        ),
        migrations.RemoveConstraint(model_name="timelineentry", name="timeline_entry_belongs_to_somebody"),
        migrations.AddConstraint(
            model_name="timelineentry",
            constraint=models.CheckConstraint(condition=models.Q(("application__isnull", False), ("organisation__isnull", False), ("interest__isnull", False), _connector="OR"), name="timeline_entry_belongs_to_somebody"),
        ),
    ]
