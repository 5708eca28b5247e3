"""Let nobody change or delete what was frozen, read, answered and signed: the database itself refuses.

Rows about invented organisations may be deleted, with the trial they belong to; changed they never are. A signature is
taken only for the very bytes of its version.
"""

from django.db import migrations

TABLES = ["agreements_version", "agreements_opening", "agreements_response", "agreements_signature"]

REFUSE = """
CREATE FUNCTION agreements_keep_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.is_invented THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% of a row of % is refused: it is evidence', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""

TRIGGER = """
CREATE TRIGGER keep_evidence BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION agreements_keep_evidence();
"""

FINGERPRINTS = """
CREATE FUNCTION agreements_check_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.sha256 <> encode(sha256(convert_to(NEW.content, 'UTF8')), 'hex') THEN
        RAISE EXCEPTION 'the hash of a version is not that of its content'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_version BEFORE INSERT ON agreements_version
    FOR EACH ROW EXECUTE FUNCTION agreements_check_version();

CREATE FUNCTION agreements_check_signature() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.sha256 <> (SELECT sha256 FROM agreements_version WHERE id = NEW.version_id) THEN
        RAISE EXCEPTION 'a signature under another content than that of its version'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_signature BEFORE INSERT ON agreements_signature
    FOR EACH ROW EXECUTE FUNCTION agreements_check_signature();
"""

FORGET_FINGERPRINTS = """
DROP TRIGGER check_signature ON agreements_signature;
DROP FUNCTION agreements_check_signature();
DROP TRIGGER check_version ON agreements_version;
DROP FUNCTION agreements_check_version();
"""


class Migration(migrations.Migration):
    dependencies = [("agreements", "0002_versions_and_signatures")]

    operations = [
        migrations.RunSQL(REFUSE, "DROP FUNCTION agreements_keep_evidence();"),
        *(
            migrations.RunSQL(TRIGGER.format(table=table), f"DROP TRIGGER keep_evidence ON {table};")
            for table in TABLES
        ),
        migrations.RunSQL(FINGERPRINTS, FORGET_FINGERPRINTS),
    ]
