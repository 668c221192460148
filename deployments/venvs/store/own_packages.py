"""What lets an app install packages while it runs, although its environment is shared and read-only.

The environment holds one line, ``slipway.pth``, that does nothing outside an app. Inside, it imports
``deployments/inside/python/slipway_packages.py``, and pip and uv are on the PATH.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from virtualenv.seed.wheels.embed import BUNDLE_SUPPORT, get_embed_wheel

from deployments.venvs import uv
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.store.skeleton import site_packages

INSIDE = Path(__file__).parents[2] / "inside"
#: Where the scripts of what an app installs lie, in its home; ``slipway_packages.py`` and the scripts say the same.
OWN_PROGRAMS = Path(".packages/bin")
#: Python runs a line of a .pth file that begins with "import". One of an environment may be missing what it needs.
PTH = (
    "import os, sys; tools = os.environ.get('SLIPWAY_TOOLS', ''); "
    "os.path.isdir(tools) and (sys.path.append(tools), __import__('slipway_packages'))\n"
)


def write_pth(environment: Path) -> None:
    """Instead of whatever a wheel put there, which may be a link to the store."""
    path = site_packages(environment) / "slipway.pth"
    path.unlink(missing_ok=True)
    path.write_text(PTH)


def programs() -> tuple[Path, ...]:
    """The folders of programs for an app's PATH, after its environment's own."""
    return (OWN_PROGRAMS, INSIDE / "bin")


def readonly(interpreter: Interpreter) -> tuple[Path, ...]:
    """What a sandbox must show for them to work."""
    return (INSIDE, uv.binary(), *([wheel] if (wheel := pip_wheel(interpreter)) else []))


def variables(interpreter: Interpreter) -> Mapping[str, str]:
    wheel = pip_wheel(interpreter)
    return {
        "SLIPWAY_TOOLS": str(INSIDE / "python"),
        "SLIPWAY_UV": str(uv.binary()),
        # It is the platform's, so nobody needs to be told that there is a newer one.
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        **({"SLIPWAY_PIP": str(wheel)} if wheel else {}),
    }


def pip_wheel(interpreter: Interpreter) -> Path | None:
    """A pip that runs on ``interpreter``: virtualenv's newest for it, or the one that a Python brings for ``venv``."""
    if interpreter.minor in BUNDLE_SUPPORT:
        wheel = get_embed_wheel("pip", interpreter.minor)
        return Path(os.path.realpath(wheel.path)) if wheel else None
    bundled = interpreter.prefix.glob(f"lib/python{interpreter.minor}/ensurepip/_bundled/pip-*.whl")
    return max(bundled, default=None)
