from django.db import migrations, models
from django.db.models import Q


def keep_promises(apps, schema_editor):
    """Links that are out already: those of the operator and of site admins go on beginning accounts at once."""
    invitations = apps.get_model("workspaces", "Invitation").objects
    invitations.filter(Q(created_by=None) | Q(created_by__is_superuser=True)).update(begins_account=True)


class Migration(migrations.Migration):
    dependencies = [
        ("workspaces", "0004_verbose_names"),
    ]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="begins_account",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name="invitation",
            name="requested_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="waiting for a site admin since"),
        ),
        migrations.AddField(
            model_name="invitation",
            name="requested_name",
            field=models.CharField(blank=True, max_length=150),
        ),
        migrations.AddField(
            model_name="invitation",
            name="requested_password",
            field=models.CharField(blank=True, editable=False, max_length=128),
        ),
        migrations.AddField(
            model_name="invitation",
            name="requested_from",
            field=models.GenericIPAddressField(blank=True, null=True),
        ),
        migrations.RunPython(keep_promises, migrations.RunPython.noop),
    ]
