"""The documents say what the code says: settings, folders, kinds of failure, links."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.failures import FailureKind
from deployments.launchers.environment import EVERY_APP
from deployments.source.app_yaml import KEYS, RESERVED_NAMES

ROOT = Path(__file__).parent.parent
SETTING = re.compile(r"SLIPWAY_[A-Z][A-Z_]*|DATABASE_URL")
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"")
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("examples/*/README.md")],
)


def documented() -> dict[str, str]:
    """Name to default, from the tables of docs/settings.md."""
    rows = re.findall(r"^\| `([A-Z_]+)` \| ([^|]+) \|", text_of("docs/settings.md"), re.MULTILINE)
    return {name: default.strip().strip("`") for name, default in rows}


def settings_read() -> dict[str, object]:
    """Name to default of each variable that config/ reads; ``...`` where the default is no constant."""
    found: dict[str, object] = {}
    for path in (ROOT / "config").rglob("*.py"):
        for name, default in _reads(ast.parse(path.read_text())):
            if found.get(name, ...) is ...:
                found[name] = default
    return found


def _reads(tree: ast.Module) -> Iterator[tuple[str, object]]:
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args):
        constants = [argument.value if isinstance(argument, ast.Constant) else ... for argument in call.args]
        if isinstance(constants[0], str) and SETTING.fullmatch(constants[0]):
            yield constants[0], constants[1] if len(constants) == 2 else ...


def text_of(path: str) -> str:
    return (ROOT / path).read_text()


def top_level_folders() -> set[str]:
    ignored = {line.strip("/") for line in text_of(".gitignore").splitlines()} | {"__pycache__"}
    return {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")} - ignored


def folders_in_readme() -> list[str]:
    return re.findall(r"^\| `([\w/.-]+)/` \|", text_of("README.md"), re.MULTILINE)


def commands_in(document: str) -> list[str]:
    return re.findall(r"(?:^|`)make ([a-z]+)\b", text_of(document), re.MULTILINE)


class TestSettings:
    def test_documents_every_variable_that_is_read(self) -> None:
        assert settings_read().keys() - documented().keys() == set()

    def test_documents_no_variable_that_nobody_reads(self) -> None:
        assert documented().keys() - settings_read().keys() == set()

    def test_tells_the_defaults_of_the_code(self) -> None:
        written = {
            name: default for name, default in settings_read().items() if isinstance(default, str | int) and default
        }

        assert {name: documented()[name] for name in written} == {
            name: str(default) for name, default in written.items()
        }


class TestReadme:
    def test_names_every_top_level_folder(self) -> None:
        assert top_level_folders() - set(folders_in_readme()) == set()

    def test_names_only_folders_that_exist(self) -> None:
        assert [name for name in folders_in_readme() if not (ROOT / name).is_dir()] == []

    def test_begins_with_the_two_commands(self) -> None:
        assert commands_in("README.md")[:2] == ["run", "test"]


class TestCommands:
    @pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "docs/operating.md"])
    def test_are_targets_of_the_makefile(self, document: str) -> None:
        targets = re.findall(r"^(\w+):", text_of("Makefile"), re.MULTILINE)

        assert set(commands_in(document)) - set(targets) == set()


class TestDeploying:
    @pytest.mark.parametrize("kind", FailureKind)
    def test_explains_every_kind_of_failure(self, kind: FailureKind) -> None:
        assert f"| `{kind}` |" in text_of("docs/deploying.md")

    @pytest.mark.parametrize("name", sorted({*EVERY_APP, *RESERVED_NAMES}))
    def test_names_every_variable_that_apps_get(self, name: str) -> None:
        assert f"`{name}`" in text_of("docs/deploying.md")

    @pytest.mark.parametrize("key", KEYS)
    def test_names_every_key_of_app_yaml(self, key: str) -> None:
        assert f"| `{key}` |" in text_of("docs/deploying.md")


class TestPromises:
    def test_are_shown_by_tests_that_exist(self) -> None:
        named = re.findall(r"`(tests/[^`]*)`", text_of("docs/promises.md"))

        assert len(named) > 100
        # A function each: a whole file shows nothing in particular.
        assert [test for test in named if not _is_a_test(test)] == []

    def test_are_numbered_and_have_one_at_least(self) -> None:
        rows = re.findall(r"^\| ([A-Z])(\d+) \| (.+) \| (.*) \|$", text_of("docs/promises.md"), re.MULTILINE)
        numbers = {letter: [int(number) for found, number, *_ in rows if found == letter] for letter in "LPR"}

        assert [promise for *_, promise, shown in rows if "`tests/" not in shown] == []
        assert numbers == {letter: list(range(1, len(found) + 1)) for letter, found in numbers.items()}
        assert min(map(len, numbers.values())) > 5


class TestLinks:
    @pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
    def test_lead_to_files_and_headings_that_exist(self, document: Path) -> None:
        links = [link or source for link, source in LINK.findall(document.read_text())]

        assert [link for link in links if "://" not in link and not _exists(document, link)] == []


def _is_a_test(name: str) -> bool:
    """Whether the file is there, with the class, if one is named, and the function in it."""
    path, *names = name.split("::")
    if not (ROOT / path).is_file() or not names or not names[-1].startswith("test_"):
        return False
    body: list[ast.stmt] = ast.parse(text_of(path)).body
    for wanted in names:
        found = [node for node in body if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == wanted]
        if not found:
            return False
        body = found[0].body
    return True


def _exists(document: Path, link: str) -> bool:
    path, _, heading = link.partition("#")
    target = document.parent / path if path else document
    return target.exists() and (not heading or heading in _headings(target))


def _headings(document: Path) -> set[str]:
    """As code hosts make them: "## The state folder" is #the-state-folder."""
    titles = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
