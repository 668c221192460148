"""Runs in the Python of an environment (3.8 or newer), in the sandbox: imports what it is told, one after the other.

Arguments: a JSON list of dotted names, and a file that gets a line of JSON for each before the next is begun:
``{"module": "google.cloud.storage"}``, where it failed with "error", "text" and "lacks", the module not found.
"""

import importlib
import json
import os
import sys
import warnings

LONGEST = 500


def main(asked: str, told: str) -> None:
    warnings.simplefilter("ignore")
    with open(asked) as file:
        names = json.load(file)
    with open(told, "a") as file:
        for name in names:
            file.write(json.dumps(outcome(name)) + "\n")
            file.flush()
    # What a module has begun must not keep this program from its end.
    os._exit(0)


def outcome(name: str) -> dict:  # type: ignore[type-arg]  # Python 3.8 has no dict[str, str]
    try:
        find(name)
    except BaseException as error:
        lacks = getattr(error, "name", None) if isinstance(error, ModuleNotFoundError) else None
        text = str(error)[:LONGEST]
        return {"module": name, "error": type(error).__name__, "text": text, "lacks": lacks or ""}
    return {"module": name}


def find(name: str) -> None:
    """The last part may be an attribute of the module before it, as in ``from a import b``."""
    parts = name.split(".")
    found = importlib.import_module(parts[0])
    for number, part in enumerate(parts[1:], 2):
        if hasattr(found, part):
            found = getattr(found, part)
            continue
        whole = ".".join(parts[:number])
        try:
            found = importlib.import_module(whole)
        except ModuleNotFoundError as error:
            if error.name != whole or not hasattr(found, "__file__"):
                raise
            raise ImportError(f"cannot import name {part!r} from {'.'.join(parts[: number - 1])!r}") from None


main(sys.argv[1], sys.argv[2])
