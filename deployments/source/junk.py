"""What people upload by accident and no app needs."""

from pathlib import PurePosixPath

#: Left out without a word: the desktop put them there, the user never saw them.
UNSEEN = frozenset({"__MACOSX", ".DS_Store"})
#: Left out with a notice.
NOTICED = {
    ".git": "the history of git",
    "__pycache__": "byte-code, which is compiled anew",
    ".venv": "a virtual environment of another machine",
    "venv": "a virtual environment of another machine",
}


def junk_in(path: PurePosixPath) -> str | None:
    """The outermost part of ``path`` that is left out, e.g. ".venv", or ``None`` when the path is kept."""
    return next((part for part in path.parts if _is_junk(part)), None)


def notices(left_out: set[str]) -> tuple[str, ...]:
    """One sentence for each kind of junk in ``left_out`` that a user should hear of."""
    return tuple(f"Left out {name}: {NOTICED[name]}." for name in sorted(left_out & NOTICED.keys()))


def _is_junk(part: str) -> bool:
    # macOS tar and zip write each file's extended attributes beside it, as "._name".
    return part in UNSEEN or part in NOTICED or (part.startswith("._") and len(part) > 2)
