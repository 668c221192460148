"""An environment as a shell script: how variables reach a sandboxed program after root was given up.

Light to import, for the script that starts instances.
"""

from collections.abc import Mapping


def env_script(env: Mapping[str, str]) -> bytes:
    """``env`` as lines of ``export``. Raises ``ValueError`` for a name no shell can export, or a NUL."""
    for name, value in env.items():
        if not (name.isascii() and name.isidentifier()):
            raise ValueError(f"{name!r} cannot be the name of an environment variable. Use letters, digits and _.")
        if "\0" in value:
            raise ValueError(f"The value of {name} holds a NUL character.")
    return "".join(f"export {name}={_quoted(value)}\n" for name, value in env.items()).encode(errors="surrogateescape")


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "'\"'\"'") + "'"
