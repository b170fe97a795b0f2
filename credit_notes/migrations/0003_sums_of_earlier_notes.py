from django.db import migrations

# Until now a note corrected one invoice, in full, and its number came from the default series.
FILL = """
    ALTER TABLE credit_notes_creditnotereference DISABLE TRIGGER USER;
    ALTER TABLE credit_notes_creditnoteline DISABLE TRIGGER USER;
    ALTER TABLE credit_notes_creditnoteallowancecharge DISABLE TRIGGER USER;
    ALTER TABLE credit_notes_creditnote DISABLE TRIGGER USER;
    UPDATE credit_notes_creditnotereference AS r
       SET taxes = n.taxes, net_total = n.net_total, tax_total = n.tax_total, total = n.total,
           rounding_amount = n.rounding_amount, accounting_tax_total = n.accounting_tax_total
      FROM credit_notes_creditnote AS n WHERE n.id = r.credit_note_id;
    UPDATE credit_notes_creditnoteline AS l SET reference_id = r.id, quantity_taken = l.quantity
      FROM credit_notes_creditnotereference AS r WHERE r.credit_note_id = l.credit_note_id;
    UPDATE credit_notes_creditnoteallowancecharge AS a SET reference_id = r.id
      FROM credit_notes_creditnotereference AS r WHERE r.credit_note_id = a.credit_note_id;
    UPDATE credit_notes_creditnote AS n
       SET series_id = s.id,
           series_period = CASE s.reset WHEN 'YEARLY' THEN to_char(n.date, 'YYYY')
                                        WHEN 'MONTHLY' THEN to_char(n.date, 'YYYY-MM') ELSE '' END,
           series_number = substring(n.number FROM '([0-9]+)$')::bigint
      FROM documents_series AS s
     WHERE n.number <> '' AND s.billing_entity_id = n.billing_entity_id AND s.kind = 'CREDIT_NOTE'
       AND left(n.number, length(s.prefix)) = s.prefix
       AND NOT EXISTS (SELECT 1 FROM documents_series AS o WHERE o.billing_entity_id = s.billing_entity_id
                          AND o.kind = s.kind AND left(n.number, length(o.prefix)) = o.prefix
                          AND length(o.prefix) > length(s.prefix));
    SET CONSTRAINTS ALL IMMEDIATE;
    ALTER TABLE credit_notes_creditnotereference ENABLE TRIGGER USER;
    ALTER TABLE credit_notes_creditnoteline ENABLE TRIGGER USER;
    ALTER TABLE credit_notes_creditnoteallowancecharge ENABLE TRIGGER USER;
    ALTER TABLE credit_notes_creditnote ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):
    dependencies = [("credit_notes", "0002_whole_domain")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
