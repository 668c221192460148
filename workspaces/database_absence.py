"""Whether it is the database that does not answer, and what is said then."""

import logging

import psycopg
from django.db import InterfaceError, OperationalError

from workspaces.errors import Unavailable

#: The first digits of what a server says while it ends, starts or recovers, and of a connection that was lost.
#: https://www.postgresql.org/docs/current/errcodes-appendix.html
ABSENT = ("57P0", "08")

log = logging.getLogger(__name__)


def understood(error: Exception) -> Exception:
    """``error``, or in its place the sentence of a database that is away; operators read of it in the log."""
    if not is_absence(error):
        return error
    log.warning("The database does not answer: %s", str(error).strip())
    return Unavailable(
        "Slipway's database is not answering.", "Try again in a few seconds. Apps that are running are not affected."
    )


def is_absence(error: BaseException) -> bool:
    """Whether the server could not be reached, went away in the middle, or is not ready yet."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    cause = error.__cause__
    if not isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    # Without a code nobody answered who could have given one.
    return cause.sqlstate is None or cause.sqlstate.startswith(ABSENT)
