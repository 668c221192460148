"""A plain program, run by ``python``: the last resort."""

from deployments.launchers.base import AppKind, Launch
from deployments.launchers.modules import Source, is_program

#: Names a program is looked for under before any other.
PROGRAMS = ("app.py", "main.py", "server.py", "run.py", "__main__.py")


def detect(source: Source) -> Launch | None:
    """``python app.py``, or the only Python file at the top, as Databricks Apps does without a command."""
    files = [name for name in source.names() if name.endswith(".py") and source.read(name) is not None]
    for name in PROGRAMS:
        if name in files:
            return _launch(name, f"{name} is run as a program: no framework was recognised in it.")
    programs = [name for name in files if is_program(name)]
    if len(programs) == 1:
        return _launch(programs[0], f"{programs[0]} is run as a program: it is the only Python file at the top.")
    return None


def _launch(name: str, evidence: str) -> Launch:
    return Launch("Python program", AppKind.WEB_APP, ("python", name), evidence)
