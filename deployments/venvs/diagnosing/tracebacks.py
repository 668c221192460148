"""Python's tracebacks as they stand in a log."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
#: Exception groups draw a tree to the left of each of their tracebacks.
GROUP_BARS = re.compile(r"^ *[|+] ?")
HEADER = "Traceback (most recent call last)"
FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+)(?:, in (?P<function>.+))?$')
RAISED = re.compile(r"^(?:[A-Za-z_]\w*\.)*(?P<name>[A-Za-z_]\w*)(?:: (?P<text>.*))?$")
#: Some frameworks print the exception and draw the traceback as a picture.
LONE = re.compile(r"^(?P<name>[A-Z]\w*(?:Error|Exception)): (?P<text>.*)$")
#: Raised because something else was: servers print them after the real cause.
AFTERMATH = frozenset({"HaltServer", "SystemExit", "KeyboardInterrupt", "CancelledError"})


@dataclass(frozen=True)
class Frame:
    """One "File …, line …" of a traceback; ``code`` is the line of source printed below it, if any."""

    file: str
    line: int
    function: str = ""
    code: str = ""


@dataclass(frozen=True)
class Crash:
    """One raised exception: the last part of its class name, its text (one line), its frames, outermost first."""

    name: str
    text: str
    frames: tuple[Frame, ...] = ()
    #: The index of the line that names the exception.
    line: int = 0


def last_crash(lines: Sequence[str]) -> Crash | None:
    """The exception raised last: of a chain the one that ended the program."""
    crash: Crash | None = None
    frames: list[Frame] | None = None
    for number, line in enumerate(map(plain, lines)):
        if HEADER in line:
            frames = []
        elif frame := FRAME.match(line):
            frames = [*(frames or []), Frame(frame["file"], int(frame["line"][:9]), frame["function"] or "")]
        elif frames is not None and line.startswith(" "):
            frames = _with_code(frames, line)
        elif frames is not None and line:
            if (raised := RAISED.match(line)) and raised["name"] not in AFTERMATH:
                crash = Crash(raised["name"], raised["text"] or "", tuple(frames), number)
            frames = None
    return crash or _lone_crash(lines)


def plain(line: str) -> str:
    """A line without colours and without the bars of exception groups."""
    return GROUP_BARS.sub("", ANSI.sub("", line)).rstrip()


def _with_code(frames: list[Frame], line: str) -> list[Frame]:
    if not frames or frames[-1].code:
        return frames
    last = frames[-1]
    return [*frames[:-1], Frame(last.file, last.line, last.function, line.strip())]


def _lone_crash(lines: Iterable[str]) -> Crash | None:
    found = [(number, match) for number, line in enumerate(lines) if (match := LONE.match(plain(line)))]
    if not found:
        return None
    number, match = found[-1]
    return Crash(match["name"], match["text"], line=number)
