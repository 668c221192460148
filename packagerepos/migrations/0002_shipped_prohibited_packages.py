from django.db import migrations

#: They exist on other systems only, or (pkg-resources) in the output of a broken ``pip freeze``.
SHIPPED = {
    "appnope": "For macOS only.",
    "pkg-resources": "No package: some versions of pip freeze list it.",
    "pypiwin32": "For Windows only.",
    "pywin32": "For Windows only.",
    "pywinpty": "For Windows only.",
}


def add(apps, schema_editor):
    kind = apps.get_model("packagerepos", "ProhibitedPackage")
    for name, note in SHIPPED.items():
        kind.objects.get_or_create(workspace=None, name=name, defaults={"note": note, "created_by_name": "Slipway"})


class Migration(migrations.Migration):

    dependencies = [
        ('packagerepos', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
