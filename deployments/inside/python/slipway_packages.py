"""Lets an app install packages while it runs: each Python of its environment sees the app's own packages too.

They lie in a virtual environment of their own, in the app's home, on top of the environment that was built: what is
installed there comes first, as if it replaced what the other holds. ``slipway.pth`` imports this module in both.
"""

import os
import site
import sys

OWN = os.path.join(os.environ.get("SLIPWAY_APP_HOME", ""), ".packages")
HERE = os.path.dirname(os.path.abspath(__file__))


def attach() -> None:
    """Complete ``sys.path`` of this Python, whichever of the two it belongs to."""
    if not os.path.isabs(OWN):
        return
    if sys.prefix == OWN:
        _see_the_environment()
    else:
        _make()
        _put(_packages(OWN), before=_packages(sys.prefix))


def _see_the_environment() -> None:
    environment = os.path.dirname(os.path.dirname(os.readlink(os.path.join(OWN, "bin", "python"))))
    _put(_packages(environment), after=_packages(OWN))
    # The stand-in for pip is for the environment alone: here is the real one.
    sys.path[:] = [path for path in sys.path if path != HERE]
    sys.path.append(os.environ.get("SLIPWAY_PIP", ""))


def _make() -> None:
    """A virtual environment without anything in it, once; whole or not at all."""
    if os.path.isdir(OWN):
        return
    new = "{}.{}".format(OWN, os.getpid())  # noqa: UP032
    try:
        os.makedirs(_packages(new))
        os.mkdir(os.path.join(new, "bin"))
        for name in ("python", "python3"):
            os.symlink(os.path.join(sys.prefix, "bin", "python"), os.path.join(new, "bin", name))
        _copy(os.path.join(sys.prefix, "pyvenv.cfg"), os.path.join(new, "pyvenv.cfg"))
        _copy(os.path.join(_packages(sys.prefix), "slipway.pth"), os.path.join(_packages(new), "slipway.pth"))
        os.rename(new, OWN)
    except OSError:
        # A full disk, or another process was quicker. An app starts without it as well.
        _remove(new)


def _put(folder: str, before: str = "", after: str = "") -> None:
    """``folder``, and what its own .pth files name, into ``sys.path`` beside one that is there."""
    old = list(sys.path)
    site.addsitedir(folder)
    added = [path for path in sys.path if path not in old]
    beside = old.index(before or after) + bool(after) if (before or after) in old else len(old)
    sys.path[:] = [*old[:beside], *added, *old[beside:]]


def _packages(prefix: str) -> str:
    return os.path.join(prefix, "lib", "python{}.{}".format(*sys.version_info[:2]), "site-packages")


def _copy(source: str, target: str) -> None:
    with open(source, encoding="utf-8") as old, open(target, "w", encoding="utf-8") as new:
        new.write(old.read())


def _remove(folder: str) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


attach()
