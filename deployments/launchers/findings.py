"""What to say when a source holds no app that can be recognised."""

from deployments.failures import Failure, FailureKind
from deployments.launchers import gradio
from deployments.launchers.modules import ENTRY_FILES, Source

#: Names of the upload repeated in the sentence: enough to recognise it, too few to fill the page.
SHOWN_NAMES = 8
SHOWN_CHARACTERS = 60
TWO_LINES = 'command:\n  ["python", "{program}"]'


def nothing_found(source: Source) -> Failure:
    """The sentence: what was looked for, what there is instead, and the two lines of app.yaml that help."""
    return Failure(
        FailureKind.NO_ENTRY_POINT,
        "Nothing in the source says how to start it. "
        f"Looked for a manage.py, and for an app in {_listed(ENTRY_FILES)}, "
        f"below src/, in packages, and in the other Python files at the top. {_found(source)}",
        f"{_help(source)} Or add an app.yaml with a command that listens on 127.0.0.1:$PORT:\n"
        + TWO_LINES.format(program=_program(source)),
    )


def _found(source: Source) -> str:
    if source.unparsable:
        path, reason = sorted(source.unparsable.items())[0]
        return f"{_shown(path)} could not be read as Python ({_shown(reason)})."
    for module in source.entry_modules():
        if module.imports("gradio") and not gradio.launches(module):
            return f"{_shown(module.path)} imports gradio but never calls launch()."
    names = source.names()
    return f"Found instead: {_listed(names)}." if names else "The source is empty."


def _help(source: Source) -> str:
    folders = [
        name for name in source.names() if any(source.read(f"{name}/{file}") is not None for file in ENTRY_FILES)
    ]
    if folders:
        return f"If the app is the folder '{_shown(folders[0])}', upload what is in that folder."
    return "Name the file that starts the app app.py or main.py."


def _program(source: Source) -> str:
    programs = sorted(source.python_files(), key=lambda path: (path.count("/"), path))
    return _shown(programs[0]) if programs else "app.py"


def _listed(names: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(_shown(name) for name in names[:SHOWN_NAMES])
    return shown + (f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else "")


def _shown(text: str) -> str:
    """A stranger's file name, safe to print: no control characters, no quotes, never long."""
    printable = "".join(character if character.isprintable() and character not in "\"'" else "?" for character in text)
    return printable if len(printable) <= SHOWN_CHARACTERS else printable[:SHOWN_CHARACTERS] + "…"
