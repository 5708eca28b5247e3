"""Let the database itself raise the public version with every change of what the public sees.

The triggers are deferred: the version's row is the last lock of a transaction, so two writers wait for each
other only at their commit. A mark in the transaction keeps a mass change from raising it row by row. The first
number is the clock, so that a restored or emptied database never repeats a number that a process still knows.
"""

from django.db import migrations

TABLES = [
    "pact_pact",
    "pact_benefit",
    "pact_joiningstep",
    "partners_organisation",
    "partners_partner",
    "partners_initialpartner",
    "partners_consent",
    "events_event",
    "events_agendaitem",
    "agreements_agreement",
    "agreements_target",
    "agreements_measure",
]

FUNCTION = """
CREATE FUNCTION website_raise_public_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('klimapakt.version_raised', true), '') <> txid_current()::text THEN
        PERFORM set_config('klimapakt.version_raised', txid_current()::text, true);
        INSERT INTO website_publicversion (id, number) VALUES (1, extract(epoch FROM clock_timestamp()) * 1000)
            ON CONFLICT (id) DO UPDATE SET number = website_publicversion.number + 1;
    END IF;
    RETURN NULL;
END $$;
"""

TRIGGER = """
CREATE CONSTRAINT TRIGGER raise_public_version AFTER INSERT OR UPDATE OR DELETE ON {table}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION website_raise_public_version();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("website", "0001_initial"),
        ("pact", "0001_initial"),
        ("partners", "0001_initial"),
        ("events", "0001_initial"),
        ("agreements", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION website_raise_public_version();"),
        *(
            migrations.RunSQL(TRIGGER.format(table=table), f"DROP TRIGGER raise_public_version ON {table};")
            for table in TABLES
        ),
    ]
