"""What can go wrong when somebody asks for something, each with a sentence and what helps.

PlatformError
├── NotFound      it does not exist, or not for you
├── Forbidden     it exists, you may see it, you may not do this
├── Invalid       the request itself is wrong
├── Conflict      the request is right, the thing is not in a state for it
├── LimitExceeded a ceiling is reached
├── DiskFull      the platform has no room for it
└── Unavailable   the platform itself cannot answer at this moment
"""

from enum import StrEnum


class ErrorKind(StrEnum):
    NOT_FOUND = "not_found"
    FORBIDDEN = "forbidden"
    INVALID = "invalid"
    CONFLICT = "conflict"
    LIMIT = "limit"
    DISK_FULL = "disk_full"
    UNAVAILABLE = "unavailable"

    @property
    def http_status(self) -> int:
        """The status of pages and of our own API; each foreign dialect has a table of its own."""
        return STATUSES[self]


STATUSES = {
    ErrorKind.NOT_FOUND: 404,
    ErrorKind.FORBIDDEN: 403,
    ErrorKind.INVALID: 400,
    ErrorKind.CONFLICT: 409,
    ErrorKind.LIMIT: 413,
    ErrorKind.DISK_FULL: 507,
    ErrorKind.UNAVAILABLE: 503,
}


class PlatformError(Exception):
    """``message``: what happened, on which thing. ``hint``: what helps. Each dialect maps ``kind`` once."""

    kind: ErrorKind

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class NotFound(PlatformError):
    kind = ErrorKind.NOT_FOUND


class Forbidden(PlatformError):
    kind = ErrorKind.FORBIDDEN


class Invalid(PlatformError):
    kind = ErrorKind.INVALID


class Conflict(PlatformError):
    kind = ErrorKind.CONFLICT


class LimitExceeded(PlatformError):
    kind = ErrorKind.LIMIT


class DiskFull(PlatformError):
    """Raised by ``workspaces.disk_room``, once nothing is left of what had no room."""

    kind = ErrorKind.DISK_FULL


class Unavailable(PlatformError):
    """Made by ``workspaces.database_absence``."""

    kind = ErrorKind.UNAVAILABLE
