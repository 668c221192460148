"""app.yaml: the command that serves the app, and its environment variables."""

import re
import shlex
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import yaml

from deployments.failures import FailureKind
from deployments.source.files import has, read_text
from deployments.source.refusals import quoted
from deployments.source.spec import EnvEntry
from deployments.source.yaml_nodes import bad, compose, is_null, items, kind, line, scalar

#: In this order; the documented name is app.yaml.
NAMES = ("app.yaml", "app.yml")
KEYS = ("command", "env")
ENTRY_KEYS = ("name", "value", "valueFrom")
APP_YAML_BYTES = 64 * 1024
ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: The platform decides on which port the app listens, and names what it tells the app with a prefix.
RESERVED_NAMES = frozenset({"PORT", "DATABRICKS_APP_PORT"})
RESERVED_PREFIX = "SLIPWAY_"
FILLED_IN = frozenset({"PORT", "DATABRICKS_APP_PORT"})
SHELL_WORDS = frozenset({"&&", "||", "|", ";", ">", ">>", "<", "&"})
COMMAND_EXAMPLE = 'Write it as a list: command: ["uvicorn", "main:app", "--port", "$PORT"]'
ENV_EXAMPLE = "Write each entry as: - name: LOG_LEVEL, and in the next line, below 'name', value: debug"


@dataclass(frozen=True)
class AppYaml:
    command: tuple[str, ...] | None = None
    env: tuple[EnvEntry, ...] = ()
    notices: tuple[str, ...] = ()


def read_app_yaml(source: Path) -> AppYaml | None:
    """app.yaml, or else app.yml; ``None`` when there is neither. Raises ``Failure`` (BAD_APP_YAML).

    Example: ``{"command": ["python", "app.py"], "env": [{"name": "KEY", "valueFrom": "my-secret"}]}``
    """
    present = [name for name in NAMES if has(source, name)]
    if not present:
        return None
    text = read_text(source, present[0], FailureKind.BAD_APP_YAML, APP_YAML_BYTES)
    notices = ["Both app.yaml and app.yml exist; app.yml is ignored."] if len(present) > 1 else []
    return _AppYamlReader(present[0], notices).read(text or "")


class _AppYamlReader:
    """One file being read; it knows the file's name for the sentences and collects the notices."""

    def __init__(self, name: str, notices: list[str]) -> None:
        self.name = name
        self.notices = notices

    def read(self, text: str) -> AppYaml:
        root = compose(text, self.name)
        values = {} if root is None or is_null(root) else dict(items(root, self.name))
        self._note_unknown(values, KEYS, "")
        command = self._command(values["command"]) if "command" in values else None
        env = self._env(values["env"]) if "env" in values else ()
        return AppYaml(command, env, tuple(self.notices))

    def _command(self, node: yaml.Node) -> tuple[str, ...]:
        if isinstance(node, yaml.SequenceNode):
            words = tuple(scalar(word, self.name, "a word of 'command'") for word in node.value)
        elif isinstance(node, yaml.ScalarNode) and not is_null(node):
            words = self._split(node)
        else:
            raise bad(f"'command' in {self.name}, {line(node)}, is {kind(node)}.", COMMAND_EXAMPLE)
        if not words or not words[0].strip():
            raise bad(f"'command' in {self.name} is empty, in {line(node)}.", COMMAND_EXAMPLE)
        self._note_shell(words)
        return words

    def _split(self, node: yaml.Node) -> tuple[str, ...]:
        try:
            words = tuple(shlex.split(scalar(node, self.name, "'command'")))
        except ValueError:
            raise bad(
                f"'command' in {self.name}, {line(node)}, has a quote that does not end.", COMMAND_EXAMPLE
            ) from None
        self.notices.append(
            f"'command' in {self.name} is one string; it was split into {len(words)} words at its spaces."
        )
        return words

    def _note_shell(self, words: tuple[str, ...]) -> None:
        if words[0] in ("sh", "bash", "/bin/sh", "/bin/bash"):
            return
        if operators := sorted(SHELL_WORDS.intersection(words)):
            self.notices.append(f"'command' runs without a shell, so {' and '.join(operators)} are ordinary arguments.")
        variables = {name for word in words for name in re.findall(r"\$\{?([A-Za-z_]\w*)", word)}
        if unknown := sorted(variables - FILLED_IN):
            self.notices.append(f"In 'command' only $PORT and $DATABRICKS_APP_PORT are filled in, not ${unknown[0]}.")

    def _env(self, node: yaml.Node) -> tuple[EnvEntry, ...]:
        if is_null(node):
            return ()
        if not isinstance(node, yaml.SequenceNode):
            raise bad(f"'env' in {self.name}, {line(node)}, is {kind(node)}, not a list.", ENV_EXAMPLE)
        entries: dict[str, EnvEntry] = {}
        for item in node.value:
            entry = self._entry(item)
            if entry.name in entries:
                raise bad(
                    f"'env' in {self.name} sets {entry.name} twice, again in {line(item)}.", "Remove one of the two."
                )
            entries[entry.name] = entry
        return tuple(entries.values())

    def _entry(self, node: yaml.Node) -> EnvEntry:
        if not isinstance(node, yaml.MappingNode):
            raise bad(f"'env' in {self.name} holds {kind(node)} in {line(node)}.", ENV_EXAMPLE)
        values = dict(items(node, self.name))
        where = f"in 'env', {line(node)}, "
        self._note_unknown(values, ENTRY_KEYS, where)
        if "name" not in values:
            raise bad(f"An entry of 'env' in {self.name} has no name, in {line(node)}.", ENV_EXAMPLE)
        name = self._env_name(values["name"])
        if ("value" in values) == ("valueFrom" in values):
            count = "both 'value' and 'valueFrom'" if "value" in values else "neither 'value' nor 'valueFrom'"
            raise bad(f"{name} in {self.name}, {line(node)}, has {count}.", "Give exactly one of the two.")
        if "value" in values:
            return EnvEntry(name, value=scalar(values["value"], self.name, f"the value of {name}"))
        resource = scalar(values["valueFrom"], self.name, f"'valueFrom' of {name}")
        if not resource:
            raise bad(
                f"'valueFrom' of {name} in {self.name}, {line(node)}, is empty.", "Name one of the app's resources."
            )
        return EnvEntry(name, value_from=resource)

    def _env_name(self, node: yaml.Node) -> str:
        name = scalar(node, self.name, "the name of an environment variable")
        if not ENV_NAME.fullmatch(name):
            raise bad(
                f"{quoted(name)} in {self.name}, {line(node)}, cannot be the name of an environment variable.",
                "Use letters, digits and underscores, and begin with a letter.",
            )
        if name in RESERVED_NAMES or name.startswith(RESERVED_PREFIX):
            raise bad(
                f"{name} in {self.name}, {line(node)}, is set by the platform.", "Remove it, or choose another name."
            )
        return name

    def _note_unknown(self, values: dict[str, yaml.Node], known: tuple[str, ...], where: str) -> None:
        for key in (key for key in values if key not in known):
            close = get_close_matches(key, known, n=1)
            meant = f" Did you mean '{close[0]}'?" if close else ""
            self.notices.append(f"{self.name}: {where}the key {quoted(key)} is not known and was ignored.{meant}")
