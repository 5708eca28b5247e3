"""Every application so far was filled by its contact, in one go."""

from django.db import migrations
from django.db.models import F


def fill(apps, schema_editor):
    Application, Applicant = apps.get_model("partners", "Application"), apps.get_model("partners", "Applicant")
    Application.objects.update(sent_at=F("created_at"), saved_at=F("created_at"))
    for application in Application.objects.all():
        applicant = Applicant.objects.create(
            application=application,
            name=application.contact_name,
            email=application.contact_email,
            added_at=application.created_at,
            proven_at=application.confirmed_at,
        )
        Application.objects.filter(pk=application.pk).update(sent_by=applicant)


class Migration(migrations.Migration):
    dependencies = [("partners", "0002_joining")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
