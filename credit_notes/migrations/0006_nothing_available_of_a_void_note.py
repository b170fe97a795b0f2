from decimal import Decimal

from django.db import migrations, models
from django.db.models import Case, F, Value, When



class Migration(migrations.Migration):
    dependencies = [("credit_notes", "0005_refunds_that_come_back")]
    operations = [
        migrations.RemoveField("creditnote", "amount_available"),
        migrations.AddField(
            "creditnote",
            "amount_available",
            models.GeneratedField(
                expression=Case(
                    When(status="VOID", then=Value(Decimal(0))),
                    default=F("total") - F("amount_allocated") - F("amount_refunded"),
                ),
                output_field=models.DecimalField(decimal_places=4, max_digits=19),
                db_persist=True,
            ),
        ),
    ]
