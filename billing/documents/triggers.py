"""What the code forbids, the database refuses: triggers that keep final papers as they are."""

from typing import Any

import pgtrigger

PARTIES = {"billing_entity_id": "platforms_billingentity", "customer_id": "platforms_customer"}
"""The tables behind the columns that every document refers to its parties by."""
OF_DOCUMENTS = PARTIES | {"template_id": "documents_template"}


class FrozenDocument(pgtrigger.Trigger):
    """Refuse to delete a document that is no longer a draft, or to change more than its `movable` columns.

    `may_become` are the states that a final document may still take; nothing becomes a draft again.
    """

    when = pgtrigger.Before
    operation = pgtrigger.Update | pgtrigger.Delete

    def __init__(self, *, movable: tuple[str, ...], may_become: tuple[str, ...] = (), **options: Any) -> None:
        columns = ", ".join(f"'{column}'" for column in ("status", *movable))
        states = ", ".join(f"'{state}'" for state in ("FINAL", *may_become))
        self.func = f"""
            IF OLD.status = 'DRAFT' THEN
                IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                RETURN NEW;
            END IF;
            IF TG_OP = 'DELETE' THEN
                RAISE EXCEPTION '% % is % and cannot be deleted', TG_TABLE_NAME, OLD.id, OLD.status
                    USING ERRCODE = 'restrict_violation';
            END IF;
            IF to_jsonb(OLD) - ARRAY[{columns}] IS DISTINCT FROM to_jsonb(NEW) - ARRAY[{columns}]
               OR NOT (NEW.status = OLD.status OR (OLD.status = 'FINAL' AND NEW.status IN ({states}))) THEN
                RAISE EXCEPTION '% % is % and cannot be changed', TG_TABLE_NAME, OLD.id, OLD.status
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        """
        super().__init__(**options)


class FrozenPart(pgtrigger.Trigger):
    """Refuse to add, change or delete a part (a line, an allowance) of a document that is not a draft.

    The document is locked against change first: one that is being finalised at this moment is waited for.
    """

    when = pgtrigger.Before
    operation = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete

    def __init__(self, *, document: str, table: str, **options: Any) -> None:
        self.declare = [("documents", "text[]"), ("held", "text")]
        self.func = f"""
            documents := ARRAY[
                CASE WHEN TG_OP <> 'INSERT' THEN OLD.{document} END,
                CASE WHEN TG_OP <> 'DELETE' THEN NEW.{document} END];
            PERFORM 1 FROM {table} WHERE id = ANY(documents) ORDER BY id FOR SHARE;
            SELECT status INTO held FROM {table} WHERE status <> 'DRAFT' AND id = ANY(documents) LIMIT 1;
            IF held IS NOT NULL THEN
                RAISE EXCEPTION 'a part of a % document cannot be changed', held
                    USING ERRCODE = 'restrict_violation';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """
        super().__init__(**options)


class SamePlatform(pgtrigger.Trigger):
    """Refuse a row that refers to a row of another platform. `tables` names the table behind each column."""

    when = pgtrigger.Before
    operation = pgtrigger.Insert | pgtrigger.Update

    def __init__(self, *, tables: dict[str, str], **options: Any) -> None:
        checks = " OR ".join(
            f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.{column} AND platform_id <> NEW.platform_id)"
            for column, table in tables.items()
        )
        self.func = f"""
            IF {checks} THEN
                RAISE EXCEPTION '% % refers to another platform', TG_TABLE_NAME, NEW.id
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        """
        super().__init__(**options)
