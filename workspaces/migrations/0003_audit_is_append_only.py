from django.db import migrations, models

# Rows may only forget who their actor was, when that account is removed; their name stays as text. They are deleted
# only in a transaction that says so: with its whole workspace, or by the age that an operator has set.
TRIGGER = """
CREATE FUNCTION slipway_keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF current_setting('slipway.forget_audit', true) = 'on' THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'The audit is append-only: its rows are not deleted.' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.actor_id IS NULL AND to_jsonb(NEW) - 'actor_id' = to_jsonb(OLD) - 'actor_id' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'The audit is append-only: its rows are not changed.' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER keep_audit BEFORE UPDATE OR DELETE ON workspaces_auditevent
    FOR EACH ROW EXECUTE FUNCTION slipway_keep_audit();
"""


class Migration(migrations.Migration):
    dependencies = [("workspaces", "0002_membership_last_seen_at")]

    operations = [
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["workspace", "-id"], name="audit_by_number"),
        ),
        migrations.RunSQL(
            TRIGGER, "DROP TRIGGER keep_audit ON workspaces_auditevent; DROP FUNCTION slipway_keep_audit();"
        ),
    ]
