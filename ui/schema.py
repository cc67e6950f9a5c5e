"""The whole schema: one migration set per room, from the lowest floor up."""

from __future__ import annotations

from sqlite_utils import Database

from access.schema import MIGRATIONS as ACCESS
from budget.schema import MIGRATIONS as BUDGET
from cases.schema import MIGRATIONS as CASES
from data.home import Home
from data.migrate import migrate
from drafting.schema import MIGRATIONS as DRAFTING
from monitoring.schema import MIGRATIONS as MONITORING

SETS = (ACCESS, CASES, MONITORING, DRAFTING, BUDGET)


def open_database(home: Home) -> Database:
    """This thread's connection to the home, brought to the schema of this version."""
    db = home.db()
    migrate(db, SETS)
    return db
