"""Unix uids for apps and builds: from a database sequence, so that none is ever given twice."""

from django.conf import settings
from django.db import connection


def next_uid() -> int:
    """The next uid of the range. A sequence, unlike a maximum, never returns to a deleted app's number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('workspaces_unix_uid')")
        (number,) = cursor.fetchone()
    return int(settings.FIRST_APP_UID) + int(number)
