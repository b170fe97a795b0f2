"""8. The database still guards the books: its triggers and constraints are there, and on."""

from collections.abc import Iterator
from typing import Any

import pgtrigger
from django.db import models

from billing_desk.audit.books import Books
from billing_desk.audit.findings import Wrong

from .belonging import own_models

ENABLED = ("O", "A")
"""How pg_trigger says that a trigger fires for everybody, or always."""


def triggers_are_on(books: Books) -> Iterator[Wrong]:
    """Each trigger that a model declares is in the database, enabled, and does what was declared."""
    installed = {
        (table, name): (state, mark, words(body))
        for table, name, state, mark, body in books.ask("""
            SELECT c.relname, t.tgname, t.tgenabled::text, obj_description(t.oid, 'pg_trigger'), p.prosrc
              FROM pg_trigger AS t
              JOIN pg_class AS c ON c.oid = t.tgrelid AND c.relnamespace = current_schema()::regnamespace
              JOIN pg_proc AS p ON p.oid = t.tgfoid
             WHERE NOT t.tgisinternal
        """)
    }
    for model, trigger in pgtrigger.registered():
        table, name = model._meta.db_table, trigger.get_pgid(model)
        compiled = trigger.compile(model)
        state, mark, body = installed.get((table, name), (None, None, None))
        if state not in ENABLED:
            yield Wrong(table, name, "its trigger", "missing" if state is None else "disabled", "enabled")
        elif mark != compiled.hash or body != words(body_of(compiled)):
            yield Wrong(table, name, "its trigger", "another one", "the one that the model declares")


def body_of(compiled: Any) -> str:
    """Return the body of a trigger's function: the second of two that its SQL creates."""
    return compiled.install_sql.split("$$")[3]


def words(body: str) -> str:
    return " ".join(body.split())


def references_are_kept(books: Books) -> list[Wrong]:
    """The database's own triggers behind its foreign keys are enabled."""
    return books.find(
        """
        SELECT DISTINCT c.relname, coalesce(k.conname, t.tgname), 'its foreign key', 'disabled', 'enabled'
          FROM pg_trigger AS t
          JOIN pg_class AS c ON c.oid = t.tgrelid AND c.relnamespace = current_schema()::regnamespace
          LEFT JOIN pg_constraint AS k ON k.oid = t.tgconstraint
         WHERE t.tgisinternal AND t.tgenabled NOT IN ('O', 'A') AND c.relname = ANY(%(tables)s)
         ORDER BY 1, 2
        """,
        tables=[model._meta.db_table for model in own_models()],
    )


def constraints_are_in_force(books: Books) -> Iterator[Wrong]:
    """Each constraint that a model declares is in the database, and every row was checked by it."""
    in_force = set(
        books.ask("""
            SELECT c.relname, k.conname FROM pg_constraint AS k
              JOIN pg_class AS c ON c.oid = k.conrelid AND c.relnamespace = current_schema()::regnamespace
             WHERE k.convalidated AND coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true)
             UNION
            SELECT c.relname, n.relname FROM pg_index AS i
              JOIN pg_class AS c ON c.oid = i.indrelid AND c.relnamespace = current_schema()::regnamespace
              JOIN pg_class AS n ON n.oid = i.indexrelid
             WHERE i.indisunique AND i.indisvalid AND i.indisready
        """)
    )
    for model in own_models():
        for constraint in model._meta.constraints:
            place = (model._meta.db_table, constraint.name)
            if (
                isinstance(constraint, models.CheckConstraint | models.UniqueConstraint)
                and place not in in_force
            ):
                yield Wrong(*place, "its constraint", "missing or not validated", "in force")


def nothing_switches_the_guards_off(books: Books) -> list[Wrong]:
    """No setting of a role or a database makes triggers look away."""
    return books.find("""
        SELECT coalesce(d.datname, 'every database'), coalesce(r.rolname, 'every role'), 'its setting',
             value, NULL
          FROM pg_db_role_setting AS s
          LEFT JOIN pg_database AS d ON d.oid = s.setdatabase
          LEFT JOIN pg_roles AS r ON r.oid = s.setrole,
               unnest(s.setconfig) AS value
         WHERE (value LIKE 'session_replication_role=%%' OR value LIKE 'pgtrigger.ignore=%%')
           AND (d.datname IS NULL OR d.datname = current_database())
         ORDER BY 1, 2, 4
    """)


LAWS = (triggers_are_on, references_are_kept, constraints_are_in_force, nothing_switches_the_guards_off)
