"""Mails written before keep the moment of writing as their Date, and what expired by now is no news for the digest."""

from django.db import migrations
from django.db.models import F


def complete(apps, schema_editor):
    mails = apps.get_model("mailbox", "OutgoingMail").objects
    mails.update(dated_at=F("created_at"))
    mails.filter(status="expired").update(told_as="expired")


class Migration(migrations.Migration):
    dependencies = [("mailbox", "0004_mail_engine")]
    operations = [migrations.RunPython(complete, migrations.RunPython.noop)]
