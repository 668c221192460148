"""Archives of every kind as one stream of members."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class MemberKind(StrEnum):
    """What a member is; the value finishes the sentence "'x' is …"."""

    FILE = "a file"
    FOLDER = "a folder"
    SYMLINK = "a symbolic link"
    HARDLINK = "a hard link"
    DEVICE = "a device"
    FIFO = "a named pipe"
    SOCKET = "a socket"
    SPARSE = "a sparse file"
    UNKNOWN = "of a kind that is not known"


#: None of these belongs in a source, and each can be used to do harm.
REFUSED_KINDS = frozenset(
    {MemberKind.DEVICE, MemberKind.FIFO, MemberKind.SOCKET, MemberKind.SPARSE, MemberKind.UNKNOWN}
)


def _nothing() -> Iterator[bytes]:
    return iter(())


@dataclass(frozen=True)
class Member:
    """One entry of an archive, as the archive puts it: nothing of it is checked yet.

    ``chunks`` reads the content and must be used before the next member is asked for.
    ``target`` is what a link points to; ``modified_at`` is a Unix time in seconds.
    """

    name: str
    kind: MemberKind
    is_executable: bool = False
    modified_at: float = 0.0
    target: str = ""
    chunks: Callable[[], Iterator[bytes]] = _nothing
