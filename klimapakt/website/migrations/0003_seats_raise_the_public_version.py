"""Let seats that are taken or given back raise the public version too: an event's page says how many are free.

A registration whose address nobody has proven holds no seat. It leaves the kept pages alone, so that whoever
sends the form again and again does not empty the store; neither does a note or a name.
"""

from django.db import migrations

TRIGGERS = """
CREATE CONSTRAINT TRIGGER raise_public_version AFTER UPDATE ON events_registration
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.event_id, OLD.status, OLD.seats) IS DISTINCT FROM (NEW.event_id, NEW.status, NEW.seats))
    EXECUTE FUNCTION website_raise_public_version();
CREATE CONSTRAINT TRIGGER raise_public_version_when_new AFTER INSERT ON events_registration
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status <> 'unconfirmed')
    EXECUTE FUNCTION website_raise_public_version();
CREATE CONSTRAINT TRIGGER raise_public_version_when_gone AFTER DELETE ON events_registration
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.status <> 'unconfirmed')
    EXECUTE FUNCTION website_raise_public_version();
"""

NO_TRIGGERS = """
DROP TRIGGER raise_public_version ON events_registration;
DROP TRIGGER raise_public_version_when_new ON events_registration;
DROP TRIGGER raise_public_version_when_gone ON events_registration;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("website", "0002_public_version_triggers"),
        ("events", "0002_registrations"),
    ]

    operations = [migrations.RunSQL(TRIGGERS, NO_TRIGGERS)]
