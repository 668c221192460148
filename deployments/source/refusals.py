"""The sentences with which an archive is refused."""

from deployments.failures import Failure, FailureKind

PACK_AGAIN = "Make the archive again from inside the source folder, for instance with: tar czf app.tar.gz ."
#: A hostile name may be kilobytes long; a sentence shows its beginning.
SHOWN_CHARACTERS = 120


def refused(message: str, hint: str = PACK_AGAIN) -> Failure:
    return Failure(FailureKind.BAD_ARCHIVE, message, hint)


def damaged(after: str | None) -> Failure:
    """The archive stopped making sense, or simply stopped, after the member ``after`` (``None``: in the beginning)."""
    where = f" after {quoted(after)}" if after else ""
    return refused(f"The archive is cut off or damaged{where}.", "Make the archive again, and upload the whole of it.")


def quoted(name: str) -> str:
    """``name`` for a sentence: in quotes, cut, and with everything that does not print escaped."""
    shown = "".join(character if character.isprintable() else _escaped(character) for character in name)
    return f"'{shown[:SHOWN_CHARACTERS]}…'" if len(shown) > SHOWN_CHARACTERS else f"'{shown}'"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
