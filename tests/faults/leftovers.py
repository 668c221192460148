"""What lies half made in a home once everything has come to rest."""

from collections.abc import Iterator
from pathlib import Path


def leftovers(home: Path) -> list[str]:
    """Paths, relative to the home, that nothing will ever use."""
    return sorted(str(path.relative_to(home)) for path in _half_made(home))


def _half_made(home: Path) -> Iterator[Path]:
    environments, trees = home / "environments", home / "trees"
    for waiting in (environments / ".trash", trees / ".new"):
        yield from waiting.glob("*")
    yield from (path for path in _visible(environments) if not (environments / ".ready" / f"{path.name}.json").exists())
    yield from (path for path in _visible(trees) if not (path / "tree.json").exists())
    for scratch in _visible(home / "scratch"):
        yield from (path for path in _visible(scratch) if path.name != "cache")


def _visible(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if not path.name.startswith("."))
