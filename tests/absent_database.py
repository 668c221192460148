"""What Django raises when the database cannot be reached, by really not reaching one."""

from pathlib import Path

from django.db import OperationalError, connection


def absence(folder: Path) -> OperationalError:
    """``folder`` holds no socket of a server."""
    nobody = connection.copy()
    nobody.settings_dict["HOST"] = str(folder)
    try:
        nobody.ensure_connection()
    except OperationalError as error:
        return error
    raise AssertionError(f"There is a database in {folder}.")
