"""How large an upload may be, and the account of what one archive has used of it."""

from dataclasses import dataclass

from deployments.failures import Failure, FailureKind
from deployments.source.refusals import quoted

MIB = 1024 * 1024
#: Below this no ratio is called a bomb: a small file of equal lines compresses a thousandfold.
RATIO_FLOOR_BYTES = 16 * MIB
#: Members that are left out (.venv, .git) cost time but no space, so they may be this many times more.
LEFT_OUT_FACTOR = 10


@dataclass(frozen=True)
class UnpackLimits:
    """Ceilings of one unpacked source. ``ratio`` is unpacked over packed bytes; ``path_length`` is in bytes."""

    total_bytes: int = 512 * MIB
    files: int = 20_000
    file_bytes: int = 256 * MIB
    ratio: int = 200
    path_length: int = 512
    depth: int = 32


class Budget:
    """What one archive has used so far, by what really came out of it and never by what its headers say.

    Each method raises ``Failure`` (ARCHIVE_TOO_LARGE) at the first limit that is passed.
    """

    def __init__(self, limits: UnpackLimits) -> None:
        self.limits = limits
        self.files = 0
        self.bytes = 0
        self._members = 0
        self._folders = 0
        self._in_file = 0

    def count_member(self) -> None:
        self._members += 1
        if self._members > LEFT_OUT_FACTOR * self.limits.files:
            raise too_many_files(self.limits)

    def start_file(self) -> None:
        self.files += 1
        self._in_file = 0
        if self.files > self.limits.files:
            raise too_many_files(self.limits)

    def count_folder(self) -> None:
        self._folders += 1
        if self._folders > self.limits.files:
            raise too_many_files(self.limits)

    def spend(self, name: str, size: int) -> None:
        """Account for ``size`` more bytes of the file ``name``."""
        self.bytes += size
        self._in_file += size
        if self._in_file > self.limits.file_bytes:
            raise Failure(
                FailureKind.ARCHIVE_TOO_LARGE,
                f"The file {quoted(name)} is larger than {mebibytes(self.limits.file_bytes)}.",
                "Leave it out of the upload and load it from a store or database when the app starts.",
            )
        if self.bytes > self.limits.total_bytes:
            raise too_many_bytes(self.limits)

    def check_ratio(self, packed: int, unpacked: int) -> None:
        if unpacked > RATIO_FLOOR_BYTES and unpacked > self.limits.ratio * packed:
            raise Failure(
                FailureKind.ARCHIVE_TOO_LARGE,
                f"The archive unpacks to more than {self.limits.ratio} times its size, as a decompression bomb does.",
                "Leave out large files of repeated content, or upload a plain .tar, which is not compressed.",
            )

    def check_stream(self, unpacked: int) -> None:
        """Bound the work that members left out may cause."""
        if unpacked > LEFT_OUT_FACTOR * self.limits.total_bytes:
            raise too_many_bytes(self.limits)


def too_many_files(limits: UnpackLimits) -> Failure:
    return Failure(
        FailureKind.ARCHIVE_TOO_LARGE,
        f"The archive holds more than {limits.files} files.",
        "Upload only the app's own source; packages belong in requirements.txt or pyproject.toml.",
    )


def too_many_bytes(limits: UnpackLimits) -> Failure:
    return Failure(
        FailureKind.ARCHIVE_TOO_LARGE,
        f"The archive unpacks to more than {mebibytes(limits.total_bytes)}.",
        "Upload only the app's own source, without environments, data and build results.",
    )


def mebibytes(size: int) -> str:
    return f"{size / MIB:.0f} MiB" if size >= MIB else f"{size} bytes"
