"""Floor 0: the database, its transactions, its migrations and the reference data.

Nothing in here knows a firm, a statement or an hour. Every other room stands on it.
"""

from data.database import Database, connect, in_transaction, transaction
from data.errors import InputError, KrisenpultError
from data.home import Home
from data.times import VIENNA, now, parse_utc, utc_text

__all__ = [
    "VIENNA",
    "Database",
    "Home",
    "InputError",
    "KrisenpultError",
    "connect",
    "in_transaction",
    "now",
    "parse_utc",
    "transaction",
    "utc_text",
]
