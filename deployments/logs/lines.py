"""One line of a log, and its form on disk: ``1763710530.123 web-1 Listening on port 20001``."""

import re
from dataclasses import dataclass

#: A longer text is cut: the reader's page, and the page of the browser, must stay small.
MAX_TEXT_CHARS = 8 * 1024
CUT = " … (line cut)"

#: Colours and cursor movements (CSI), titles and links (OSC, DCS …) of terminals, whole or broken off.
ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]?|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?|\x9b[0-?]*[ -/]*[@-~]?",
)
#: What could forge a line or turn its direction: C0 but tab, DEL, C1, line separators, bidi controls, surrogates.
CONTROLS = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Line:
    """``at`` is Unix time in seconds, kept to the millisecond; ``source`` who wrote it: an instance id, "build"."""

    at: float
    source: str
    text: str


def encode(line: Line) -> bytes:
    """One line of a segment file. Whatever the text holds, it stays one line and cannot forge another."""
    source = re.sub(r"[^A-Za-z0-9._:-]", "_", line.source) or "_"
    return f"{line.at:.3f} {source} {clean(line.text)}\n".encode()


def decode(raw: bytes) -> Line | None:
    """The line of a segment file, or ``None`` for what a crash or a foreign hand left there."""
    at, _, rest = raw.decode("utf-8", "replace").rstrip("\n").partition(" ")
    source, separator, text = rest.partition(" ")
    try:
        return Line(float(at), source, text) if separator else None
    except ValueError:
        return None


def strip(text: str) -> str:
    """``text`` without terminal escapes, every other control character made visible."""
    return CONTROLS.sub("�", ESCAPES.sub("", text))


def clean(text: str) -> str:
    """``strip``, cut to the longest text that is kept."""
    text = strip(text)
    return text if len(text) <= MAX_TEXT_CHARS else text[:MAX_TEXT_CHARS] + CUT
