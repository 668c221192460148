"""Typed readers of environment variables; a bad value stops the start with a sentence."""

import os
from pathlib import Path


class BadSetting(SystemExit):
    """An environment variable that cannot be used; leaving Python with its sentence and exit code 2."""

    def __init__(self, name: str, value: str, wanted: str) -> None:
        super().__init__(f"{name} is {value!r}, but {wanted}. Correct it or unset it, then start again.")
        self.sentence = str(self.code)


def text(name: str, default: str) -> str:
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    value = text(name, "1" if default else "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise BadSetting(name, value, "it must be 1 or 0")


def integer(name: str, default: int, *, low: int, high: int) -> int:
    value = text(name, str(default))
    if not value.isdecimal() or not low <= int(value) <= high:
        raise BadSetting(name, value, f"it must be a whole number from {low} to {high}")
    return int(value)


def seconds(name: str, default: float, *, low: float = 0.0, high: float = 86_400.0) -> float:
    value = text(name, str(default))
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not low <= number <= high:
        raise BadSetting(name, value, f"it must be a number of seconds from {low:g} to {high:g}")
    return number


def choice(name: str, default: str, *, among: tuple[str, ...]) -> str:
    value = text(name, default).lower()
    if value not in among:
        raise BadSetting(name, value, f"it must be {' or '.join(among)}")
    return value


def words(name: str) -> tuple[str, ...]:
    """Values separated by commas or white space."""
    return tuple(text(name, "").replace(",", " ").split())


def folder(name: str, default: Path) -> Path:
    value = Path(text(name, str(default))).expanduser()
    if value.exists() and not value.is_dir():
        raise BadSetting(name, str(value), "it must be a folder")
    return value.resolve()


def paths(name: str) -> tuple[Path, ...]:
    """Absolute paths separated by colons, as in PATH."""
    found = tuple(Path(item) for item in text(name, "").split(":") if item)
    for path in found:
        if not path.is_absolute():
            raise BadSetting(name, str(path), "it must be an absolute path")
    return found
