"""Let the database itself refuse to change what was ordered or filled, and to delete what is kept.

Only what the worker notes may move, and only until the bytes are there. Invented documents go with the trial.
"""

from django.db import migrations

FROZEN = ["id", "key", "kind", "about", "name", "html", "content_type", "is_kept", "is_invented", "created_at"]

FUNCTIONS = f"""
CREATE FUNCTION documents_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.content IS NOT NULL
        OR ({", ".join(f"OLD.{name}" for name in FROZEN)})
            IS DISTINCT FROM ({", ".join(f"NEW.{name}" for name in FROZEN)})
    THEN
        RAISE EXCEPTION 'document % cannot be changed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION documents_refuse_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.is_kept AND NOT OLD.is_invented THEN
        RAISE EXCEPTION 'document % is kept', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER refuse_change BEFORE UPDATE ON documents_document
    FOR EACH ROW EXECUTE FUNCTION documents_refuse_change();
CREATE TRIGGER refuse_deletion BEFORE DELETE ON documents_document
    FOR EACH ROW EXECUTE FUNCTION documents_refuse_deletion();
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]

    operations = [
        migrations.RunSQL(
            FUNCTIONS, "DROP FUNCTION documents_refuse_change(); DROP FUNCTION documents_refuse_deletion();"
        ),
        migrations.RunSQL(
            TRIGGERS,
            "DROP TRIGGER refuse_change ON documents_document; DROP TRIGGER refuse_deletion ON documents_document;",
        ),
    ]
