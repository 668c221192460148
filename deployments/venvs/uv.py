"""The command lines of uv: pure functions, so that each can be read and tested as text."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from uv import find_uv_bin

from packagerepos.indexes import Indexes, IndexStrategy

STRATEGIES = {
    IndexStrategy.FIRST_MATCH: "first-index",
    IndexStrategy.BEST_MATCH: "unsafe-best-match",
}
#: Never a download of another Python, never a question, no colours in logs.
ENVIRONMENT = {
    "UV_PYTHON_DOWNLOADS": "never",
    "UV_NO_PROGRESS": "1",
    "NO_COLOR": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_CONFIG_NOSYSTEM": "1",
}


@cache
def binary() -> Path:
    return Path(find_uv_bin())


def index_options(indexes: Indexes, source: Path) -> list[str]:
    """Where to look, in order of standing. Logins are not among them: they travel in ``login_variables``."""
    options = ["--index-strategy", STRATEGIES[indexes.strategy]]
    *higher, lowest = [_named(indexes, address) for address in indexes.addresses] or [""]
    for address in higher:
        options += ["--index", address]
    options += ["--default-index", lowest] if lowest else ["--no-index"]
    for link in indexes.find_links:
        options += ["--find-links", str(source / link) if link.startswith("./") else link]
    for host in indexes.trusted_hosts:
        options += ["--allow-insecure-host", host]
    return options


def login_variables(indexes: Indexes) -> dict[str, str]:
    """The logins of the indexes that have one: uv takes them by the index's name, so each goes to its own alone."""
    env: dict[str, str] = {}
    for address in indexes.addresses:
        login = indexes.login_for(address)
        if login is not None:
            name = f"UV_INDEX_{_name(indexes, address).upper()}"
            env |= {f"{name}_USERNAME": login.username, f"{name}_PASSWORD": login.password}
    return env


def _named(indexes: Indexes, address: str) -> str:
    return address if indexes.login_for(address) is None else f"{_name(indexes, address)}={address}"


def _name(indexes: Indexes, address: str) -> str:
    return f"slipway_{indexes.addresses.index(address)}"


def format_options(no_binary: Sequence[str], only_binary: Sequence[str]) -> list[str]:
    return [
        *(word for name in no_binary for word in ("--no-binary", name)),
        *(word for name in only_binary for word in ("--only-binary", name)),
    ]


def compile_command(
    inputs: Sequence[Path], *, python: Path, output: Path, form: str, cache_dir: Path, options: Sequence[str]
) -> list[str]:
    """Resolve ``inputs``; ``form`` is "pylock.toml" or "requirements.txt"."""
    return [
        str(binary()), "pip", "compile", *map(str, inputs), "--python", str(python), "--cache-dir", str(cache_dir),
        "--format", form, "--output-file", str(output), "--generate-hashes", "--emit-index-annotation",
        "--no-header", "--quiet", *options,
    ]  # fmt: skip


def export_command(project: Path, *, python: Path, output: Path, cache_dir: Path) -> list[str]:
    """The packages of ``project/uv.lock`` as they stand there; fails when the lock does not match the project."""
    return [
        str(binary()), "export", "--project", str(project), "--locked", "--no-default-groups", "--no-editable",
        "--format", "pylock.toml", "--output-file", str(output), "--python", str(python),
        "--cache-dir", str(cache_dir), "--no-header", "--quiet",
    ]  # fmt: skip


def build_command(tree: Path, *, python: Path, output: Path, cache_dir: Path, options: Sequence[str]) -> list[str]:
    """Build a wheel from a folder or a source distribution; runs code of strangers."""
    return [
        str(binary()), "build", "--wheel", str(tree), "--out-dir", str(output), "--python", str(python),
        "--cache-dir", str(cache_dir), "--no-config", "--no-create-gitignore", *options,
    ]  # fmt: skip


def unpack_command(pylock: Path, *, prefix: Path, python: Path, cache_dir: Path) -> list[str]:
    """Install the wheel file that ``pylock`` names into ``prefix``, checking its hash and running nothing of it."""
    return [
        str(binary()), "pip", "install", "-r", str(pylock), "--prefix", str(prefix), "--python", str(python),
        "--cache-dir", str(cache_dir), "--no-config", "--offline", "--no-index", "--no-build", "--no-deps",
        "--link-mode", "hardlink", "--preview-features", "pylock",
    ]  # fmt: skip
