"""Why an app that was started ended, told from its last lines."""

import re
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from deployments.failures import Failure, FailureKind
from deployments.venvs.diagnosing.import_names import ImportNames
from deployments.venvs.diagnosing.missing_libraries import missing_library
from deployments.venvs.diagnosing.missing_modules import cannot_import_name, missing_module
from deployments.venvs.diagnosing.tracebacks import Crash, Frame, last_crash, plain

#: Enough for a chained traceback of a deep framework.
LINES = 1000
#: How far from the end a line without a traceback still tells the cause.
LAST_LINES = 40
SHOWN_CHARACTERS = 300
LISTEN = "Listen on the port that the environment variable PORT names (in a command: $PORT), on 127.0.0.1 or 0.0.0.0."
SEE_LOG = "The app's log shows what led to it."
ABSOLUTE_PATH = re.compile(r"(?<![\w.:/~-])/(?!(?:etc|usr|tmp|dev|proc)/)(?:[^\s'\":,()/]+/)+([^\s'\":,()/]+)")
NOT_THE_APPS = ("site-packages", "/lib/python", "<frozen", "<string>")


@dataclass(frozen=True)
class _Ended:
    """One end of an app, and all that can help to explain it."""

    lines: tuple[str, ...]
    exit_code: int | None
    crash: Crash | None
    metadata: Callable[[], ImportNames]
    source: Path | None


Rule = Callable[[_Ended], Failure | None]


def diagnose(
    log_lines: Sequence[str],
    exit_code: int | None,
    distributions: ImportNames | Callable[[], ImportNames],
    *,
    source: Path | None = None,
) -> Failure:
    """The cause of an app's end, for its user: returned, not raised.

    ``exit_code`` is negative for a signal; ``distributions`` is asked only when a module is missing;
    with ``source``, the app's own files are told apart from packages.
    """
    lines = tuple(plain(line) for line in log_lines[-LINES:])
    metadata = distributions if callable(distributions) else lambda: distributions
    ended = _Ended(lines, exit_code, last_crash(log_lines[-LINES:]), metadata, source)
    return next(failure for rule in RULES if (failure := rule(ended)) is not None)


def lacks(
    log_lines: Sequence[str], distributions: Callable[[], ImportNames], *, source: Path | None = None
) -> Failure | None:
    """What the lines say is missing, module or library, or ``None``: of an app that runs on, so nothing ended it."""
    lines = tuple(map(plain, log_lines))
    return _missing(_Ended(lines, None, last_crash(log_lines), distributions, source))


def _killed(ended: _Ended) -> Failure | None:
    number = _signal_number(ended.exit_code)
    if number == signal.SIGKILL:
        return _crashed(
            "The app was killed, most likely because it used more memory than it may.",
            "Load less data at once, start fewer workers, or ask for a higher memory limit.",
        )
    if number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGILL, signal.SIGBUS, signal.SIGFPE):
        return _crashed(
            f"The app crashed inside native code ({signal.Signals(number).name}).",
            "A package with compiled parts does not fit this machine or another package; try other versions of it.",
        )
    return None


def _signal_number(exit_code: int | None) -> int | None:
    if exit_code is None:
        return None
    return -exit_code if exit_code < 0 else exit_code - 128 if exit_code > 128 else None


def _missing(ended: _Ended) -> Failure | None:
    crash = ended.crash
    if crash is not None and crash.name in ("ModuleNotFoundError", "ImportError"):
        if library := missing_library(crash.text):
            return library
        code = crash.frames[-1].code if crash.frames else ""
        if match := re.search(r"No module named '([\w.]+)'(; '[\w.]+' is not a package)?", crash.text):
            return missing_module(match[1], code, ended.metadata, ended.source, is_hidden=bool(match[2]))
        return cannot_import_name(crash.text, ended.metadata, ended.source)
    if crash is not None and crash.name in ("OSError", "RuntimeError"):
        return missing_library(crash.text)
    # `python -m gunicorn` says it without quotes and without a traceback.
    if match := _search(ended, r"python[\w.]*: No module named ([\w.]+)$"):
        return missing_module(match[1], "", ended.metadata, ended.source)
    return None


def _syntax_error(ended: _Ended) -> Failure | None:
    crash = ended.crash
    if crash is None or crash.name not in ("SyntaxError", "IndentationError", "TabError"):
        return None
    where = _place(crash.frames[-1], ended.source) if crash.frames else "the app's source"
    return _crashed(
        f"Python cannot read {where}: {shown(crash.text, ended.source)}.",
        "Correct that line. If it is right for a newer Python, ask for that one in .python-version.",
    )


def _port_in_use(ended: _Ended) -> Failure | None:
    pattern = r"[Aa]ddress already in use|Connection in use: |Port \d+ is (?:already )?in use|port is already allocated"
    if not _search(ended, pattern):
        return None
    return _crashed("The app wants to listen on a port that is in use already.", LISTEN)


def _not_permitted(ended: _Ended) -> Failure | None:
    if _search(ended, r"attempting to bind .*permission denied|bind\(.*Permission denied"):
        return _crashed("The app wants to listen on a port that only the system may use.", LISTEN)
    match = _search(ended, r"(Read-only file system|Permission denied)(?::? '([^']+)')?")
    if not match:
        return None
    what = f" {shown(match[2], ended.source)!r}" if match[2] else " a file"
    return _crashed(
        f"The app wants to write or open{what}, which it may not ({match[1]}).",
        "Source and packages are read-only. Write to /tmp or $HOME, and keep what must last in a store or database.",
    )


def _command_not_found(ended: _Ended) -> Failure | None:
    pattern = r"(?:execvp|exec:?|env:|execute|sh: \d+:)\s*['‘\"]?([\w./+-]+)['’\"]?:\s*(?:No such file|not found)"
    # The second is the sentence of our own sandbox (sandbox.py).
    pattern += r"|The command '([^']+)' was not found"
    match = _search(ended, pattern)
    if ended.exit_code != 127 and not match:
        return None
    name = f" '{Path(match[1] or match[2]).name}'" if match else ""
    return _crashed(
        f"The app's command{name} does not exist in its environment.",
        "Check 'command' in app.yaml, and add the package that brings this program to requirements.txt.",
    )


def _no_such_script(ended: _Ended) -> Failure | None:
    match = _search(ended, r"can't open file '([^']+)'|Invalid value: File does not exist: (\S+)")
    if not match:
        return None
    return _crashed(
        f"The command runs the file {shown(match[1] or match[2], ended.source)!r}, which the upload does not hold.",
        "Check 'command' in app.yaml; paths in it start at the top folder of the source.",
    )


def _no_app_object(ended: _Ended) -> Failure | None:
    pattern = r"(?:Attribute|attribute) [\"'](\w+)[\"'] (?:not found )?in (?:module )?[\"']([\w.]+)[\"']"
    if match := _search(ended, pattern):
        return _crashed(
            f"The module '{match[2]}' has no '{match[1]}', which the server was told to serve.",
            "Write the name of the object that is the app in 'command' in app.yaml, as module:object.",
        )
    if match := _search(ended, r"Could not import module [\"']([\w.]+)[\"']"):
        return _crashed(
            f"The server was told to serve the module '{match[1]}', which the upload does not hold.",
            "Write the module that holds the app in 'command' in app.yaml, as module:object.",
        )
    return None


def _missing_variable(ended: _Ended) -> Failure | None:
    crash = ended.crash
    if crash is None or crash.name != "KeyError" or not crash.frames:
        return None
    # os.environ looks up in os.py, which Python 3.11 and newer print as "<frozen os>".
    is_environ = "environ" in crash.frames[-1].code or re.search(r"(?:<frozen os>|/os\.py)$", crash.frames[-1].file)
    match = re.fullmatch(r"'([A-Za-z_]\w*)'", crash.text)
    if not is_environ or not match:
        return None
    return _crashed(
        f"The app needs the environment variable {match[1][:80]}, which is not set.",
        "Set it in the app's settings, or in 'env' in app.yaml; take secrets from a scope with 'valueFrom'.",
    )


def _out_of_memory(ended: _Ended) -> Failure | None:
    if ended.crash is None or ended.crash.name not in ("MemoryError", "_ArrayMemoryError"):
        return None
    return _crashed("The app ran out of memory.", "Load less data at once, or ask for a higher memory limit.")


def _raised(ended: _Ended) -> Failure | None:
    crash = ended.crash
    if crash is None:
        return None
    own = [frame for frame in crash.frames if _is_own(frame, ended.source)]
    where = f" in {_place(own[-1], ended.source)}" if own else ""
    text = f": {shown(crash.text, ended.source)}" if crash.text else ""
    return _crashed(f"The app ended with {crash.name}{where}{text}".rstrip(".") + ".", SEE_LOG)


def _ended_by_itself(ended: _Ended) -> Failure | None:
    if ended.exit_code == 0:
        return _crashed(
            "The app's program came to its end by itself (exit code 0).", f"A web app has to keep running. {LISTEN}"
        )
    number = _signal_number(ended.exit_code)
    how = "ended" if ended.exit_code is None else f"ended with exit code {ended.exit_code}"
    if number is not None and number in {each.value for each in signal.Signals}:
        how = f"was ended by the signal {signal.Signals(number).name}"
    last = next((line for line in reversed(ended.lines) if line.strip()), None)
    if last is None:
        return _crashed(
            f"The app {how} and wrote nothing to its log.", "Let the app print what it does when it starts."
        )
    return _crashed(f"The app {how}. Its last line was: {shown(last.strip(), ended.source)}", SEE_LOG)


#: The surest and most helpful first; the last one always has an answer.
RULES: tuple[Rule, ...] = (
    _killed, _missing, _syntax_error, _missing_variable, _out_of_memory, _port_in_use, _not_permitted, _no_app_object,
    _no_such_script, _command_not_found, _raised, _ended_by_itself,
)  # fmt: skip


def _search(ended: _Ended, pattern: str) -> re.Match[str] | None:
    """The last of the last lines that matches; what stands above a traceback did not end the app."""
    compiled = re.compile(pattern)
    lines = ended.lines[ended.crash.line if ended.crash else 0 :][-LAST_LINES:]
    return next((match for line in reversed(lines) if (match := compiled.search(line))), None)


def _is_own(frame: Frame, source: Path | None) -> bool:
    if source is not None:
        return frame.file.startswith(f"{source}/") or not frame.file.startswith(("/", "<"))
    return not any(mark in frame.file for mark in NOT_THE_APPS)


def _place(frame: Frame, source: Path | None) -> str:
    return f"{shown(frame.file, source)}, line {frame.line}"


def shown(text: str, source: Path | None) -> str:
    """``text`` for a sentence: printable, short, and without the folders of this machine."""
    text = text[: 4 * SHOWN_CHARACTERS]
    if source is not None:
        text = text.replace(f"{source}/", "")
    text = ABSOLUTE_PATH.sub(r"\1", text)
    text = "".join(character if character.isprintable() else " " for character in text)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


def _crashed(message: str, hint: str) -> Failure:
    return Failure(FailureKind.CRASHED_AT_START, message, hint)
