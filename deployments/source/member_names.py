"""What an archive calls its members, as paths that are safe to write."""

import unicodedata
from pathlib import PurePosixPath

from deployments.source.limits import UnpackLimits
from deployments.source.refusals import quoted, refused

#: Control, surrogate and line-breaking characters: they would spoof logs and pages, or are no text at all.
REFUSED_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}
#: They make the rest of a line print backwards.
REFUSED_CHARACTERS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: The longest name of one file that Linux file systems take.
NAME_BYTES = 255


def relative_path(name: str, limits: UnpackLimits) -> PurePosixPath:
    """``name`` as a path below the source folder; ``PurePosixPath(".")`` is the folder itself.

    Raises ``Failure`` (BAD_ARCHIVE) for every name that could lead elsewhere or does not print.
    """
    _check_characters(name)
    if name.startswith("/") or name[1:3] in (":/", ":\\"):
        raise refused(f"The archive holds {quoted(name)}, an absolute path.")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise refused(f"The archive holds {quoted(name)}, a path that leaves the source folder with '..'.")
    _check_length(name, parts, limits)
    return PurePosixPath(*parts)


def link_target(link: PurePosixPath, name: str, target: str, limits: UnpackLimits) -> PurePosixPath:
    """Where the symbolic link at ``link`` leads, as a path below the source folder.

    Raises ``Failure`` (BAD_ARCHIVE) when it leads out, by whatever way.
    """
    _check_characters(target)
    if not target or target.startswith("/"):
        raise leads_out(name, target)
    parts = list(link.parent.parts)
    for part in target.split("/"):
        if part == ".." and not parts:
            raise leads_out(name, target)
        if part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    _check_length(target, parts, limits)
    return PurePosixPath(*parts)


def leads_out(name: str, target: str) -> Exception:
    return refused(
        f"The link {quoted(name)} leads out of the source folder, to {quoted(target)}.",
        "Replace the link with the file that it points to, and make the archive again.",
    )


def _check_characters(name: str) -> None:
    categories = {unicodedata.category(character) for character in name}
    if "Cs" in categories:
        raise refused(f"The name {quoted(name)} in the archive is not UTF-8.", "Rename the file with plain letters.")
    if categories & REFUSED_CATEGORIES or REFUSED_CHARACTERS & set(name):
        raise refused(f"The name {quoted(name)} in the archive holds a control character.", "Rename the file.")


def _check_length(name: str, parts: list[str], limits: UnpackLimits) -> None:
    if len(parts) > limits.depth:
        raise refused(f"The path {quoted(name)} is more than {limits.depth} folders deep.", "Nest the folders less.")
    if len("/".join(parts).encode()) > limits.path_length:
        raise refused(f"The path {quoted(name)} is longer than {limits.path_length} bytes.", "Shorten the names.")
    if any(len(part.encode()) > NAME_BYTES for part in parts):
        raise refused(f"The path {quoted(name)} holds a name longer than {NAME_BYTES} bytes.", "Shorten the name.")
