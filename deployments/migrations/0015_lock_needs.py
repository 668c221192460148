from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('deployments', '0014_opt_out_previews'),
    ]

    operations = [
        migrations.AddField(
            model_name='lock',
            name='needs',
            field=models.JSONField(blank=True, null=True),
        ),
    ]
