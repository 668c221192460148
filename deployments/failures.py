"""Why a deployment did not become active, as a sentence for the person who deployed it."""

from enum import StrEnum


class FailureKind(StrEnum):
    """What went wrong, in a word a program can act on. Stored on the deployment and shown in the API."""

    BAD_ARCHIVE = "bad_archive"
    ARCHIVE_TOO_LARGE = "archive_too_large"
    BAD_APP_YAML = "bad_app_yaml"
    BAD_REQUIREMENTS = "bad_requirements"
    NO_ENTRY_POINT = "no_entry_point"
    NO_INTERPRETER = "no_interpreter"
    PACKAGE_NOT_FOUND = "package_not_found"
    CONFLICT = "conflict"
    PROHIBITED_PACKAGE = "prohibited_package"
    MISSING_EXTERNAL = "missing_external"
    PACKAGE_BUILD_FAILED = "package_build_failed"
    HASH_MISMATCH = "hash_mismatch"
    INDEX_UNREACHABLE = "index_unreachable"
    PACKAGE_SETTINGS = "package_settings"
    BUILD_TIMED_OUT = "build_timed_out"
    MISSING_SECRET = "missing_secret"  # noqa: S105
    ENVIRONMENT_DAMAGED = "environment_damaged"
    CRASHED_AT_START = "crashed_at_start"
    MISSING_MODULE = "missing_module"
    MISSING_LIBRARY = "missing_library"
    PORT_NOT_OPENED = "port_not_opened"
    NOT_READY = "not_ready"
    NOT_SANDBOXED = "not_sandboxed"
    DISK_FULL = "disk_full"
    INTERRUPTED = "interrupted"
    INTERNAL = "internal"


class Failure(Exception):
    """An anticipated end of a deployment: raised by tools, shown to its user as it stands.

    ``message`` says what happened and on which thing, ``hint`` what helps. Neither may hold a
    secret, a path of this machine, or anything of another workspace. ``requirement`` is the line of
    requirements that would repair it, if one would.
    """

    def __init__(self, kind: FailureKind, message: str, hint: str = "", *, requirement: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.hint = hint
        self.requirement = requirement
