"""Reading a pasted .env file."""

from dataclasses import dataclass
from io import StringIO

from dotenv.parser import parse_stream


@dataclass(frozen=True)
class DotenvEntry:
    """One variable, or a line that could not be read: then ``name`` is empty. ``line`` counts from 1."""

    line: int
    name: str
    value: str


def read_dotenv(text: str) -> tuple[DotenvEntry, ...]:
    """The entries in order; of a name given twice the last one counts. Nothing is filled in for ``${NAME}``.

    Example: ``export GREETING="Hello\\nworld" # a comment``
    """
    entries: dict[object, DotenvEntry] = {}
    for binding in parse_stream(StringIO(text)):
        line = binding.original.line
        if binding.error or (binding.key is not None and binding.value is None):
            entries[line] = DotenvEntry(line, "", "")
        elif binding.key is not None:
            entries[binding.key] = DotenvEntry(line, binding.key, binding.value or "")
    return tuple(entries.values())
