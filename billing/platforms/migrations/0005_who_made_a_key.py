from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('platforms', '0004_account_holder'),
    ]

    operations = [
        migrations.AddField(
            model_name='apikey',
            name='created_by_id',
            field=models.CharField(blank=True, editable=False, max_length=40),
        ),
    ]
