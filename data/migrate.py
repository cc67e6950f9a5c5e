"""Bringing a database to the schema of this version.

Each room owns one ``sqlite_utils.Migrations`` set in its ``schema.py``. All sets are applied
under one write lock, so that two processes that start at once do not both create a table.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlite_utils import Database, Migrations

from data.database import transaction
from data.errors import NewerSchema


def migrate(db: Database, sets: Sequence[Migrations]) -> list[str]:
    """Apply what is pending, in the order of ``sets``; returns the names that were applied.

    Raises :class:`NewerSchema` where the database knows a migration this version does not:
    an older version must not write into a newer schema.
    """
    done: list[str] = []
    with transaction(db):
        for migrations in sets:
            migrations.ensure_migrations_table(db)
            known = {f"{migrations.name}.{each.name}" for each in migrations._migrations}
            applied = {f"{migrations.name}.{each.name}" for each in migrations.applied(db)}
            newer = sorted(applied - known)
            if newer:
                raise NewerSchema(newer[0])
            pending = [each.name for each in migrations.pending(db)]
            migrations.apply(db)
            done += [f"{migrations.name}.{name}" for name in pending]
    return done


def append_only(db: Database, table: str) -> None:
    """Triggers that refuse UPDATE and DELETE on ``table``. A correction is a new row."""
    for verb in ("UPDATE", "DELETE"):
        db.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
