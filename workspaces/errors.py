"""What can go wrong when somebody asks for something, each with a sentence and what helps.

PlatformError
├── NotFound      it does not exist, or not for you
├── Forbidden     it exists, you may see it, you may not do this
├── Invalid       the request itself is wrong
├── Conflict      the request is right, the thing is not in a state for it
└── LimitExceeded a ceiling is reached
"""

from enum import StrEnum


class ErrorKind(StrEnum):
    NOT_FOUND = "not_found"
    FORBIDDEN = "forbidden"
    INVALID = "invalid"
    CONFLICT = "conflict"
    LIMIT = "limit"

    @property
    def http_status(self) -> int:
        """The status of pages and of our own API; each foreign dialect has a table of its own."""
        return {"not_found": 404, "forbidden": 403, "invalid": 400, "conflict": 409, "limit": 413}[self.value]


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
