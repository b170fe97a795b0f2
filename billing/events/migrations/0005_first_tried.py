from django.db import migrations, models

FROM_THE_LOG = """
UPDATE events_delivery
SET first_tried_at = (SELECT min(at) FROM events_deliveryattempt WHERE delivery_id = events_delivery.id)
WHERE status = 'PENDING'
"""
"""Only what is on its way can hold anything up."""


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0004_by_request'),
    ]

    operations = [
        migrations.AddField(
            model_name='delivery',
            name='first_tried_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(FROM_THE_LOG, migrations.RunSQL.noop),
    ]
