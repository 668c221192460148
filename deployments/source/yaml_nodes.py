"""A YAML text as nodes that remember their lines; no object is ever made from a tag."""

from collections.abc import Iterator
from typing import NoReturn

import yaml

from deployments.failures import Failure, FailureKind
from deployments.source.refusals import quoted

#: Far more than any app.yaml needs, far less than what overflows the stack of a recursive reader.
NESTING = 20
#: What a value without quotes can be taken for; "=" and "<<" have types of their own.
PLAIN_TYPES = ("str", "int", "float", "bool", "null", "timestamp", "value", "merge")
PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in PLAIN_TYPES)
NULL_TAG = "tag:yaml.org,2002:null"


def compose(text: str, name: str) -> yaml.Node | None:
    """The one document of ``text``, ``None`` when it is empty. ``name`` is the file's, for the sentences.

    Raises ``Failure`` (BAD_APP_YAML) for what is not YAML, and for aliases and deep nesting, with which
    a small text can fill the memory.
    """
    try:
        _check_events(text, name)
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = (error.problem or error.context or "it does not parse").replace("\n", " ")
        where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise bad(
            f"{name} is not valid YAML{where}: {reason}.", "Mind the indentation, and quote special characters."
        ) from None
    except yaml.YAMLError:
        raise bad(f"{name} holds a character that YAML does not allow.", f"Save {name} as plain UTF-8 text.") from None


def items(node: yaml.Node, name: str) -> Iterator[tuple[str, yaml.Node]]:
    """The keys and values of a mapping. Raises ``Failure`` (BAD_APP_YAML) for another node or a repeated key."""
    if not isinstance(node, yaml.MappingNode):
        raise bad(f"{name} holds {kind(node)} in {line(node)} where 'key: value' pairs belong.", "")
    seen: set[str] = set()
    for key, value in node.value:
        text = scalar(key, name, "a key")
        if text in seen:
            raise bad(f"{name} holds the key {quoted(text)} twice, again in {line(key)}.", "Remove one of the two.")
        seen.add(text)
        yield text, value


def scalar(node: yaml.Node, name: str, what: str) -> str:
    """The text of a plain value as it was written: ``8080``, ``1.10`` and ``yes`` keep their looks."""
    if isinstance(node, yaml.ScalarNode) and node.tag in PLAIN_TAGS and not is_null(node):
        text = str(node.value)
        if "\0" in text:
            raise bad(f"{name} holds a NUL character for {what}, in {line(node)}.", "Remove it.")
        return text
    raise bad(
        f"{name} holds {kind(node)} for {what}, in {line(node)}.", "Write one plain value there, in quotes if in doubt."
    )


def is_null(node: yaml.Node) -> bool:
    return node.tag == NULL_TAG


def kind(node: yaml.Node) -> str:
    """What a node is, in words."""
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    if is_null(node):
        return "nothing"
    return "a plain value" if node.tag in PLAIN_TAGS else "a tagged value"


def line(node: yaml.Node) -> str:
    return f"line {node.start_mark.line + 1}"


def bad(message: str, hint: str) -> Failure:
    return Failure(FailureKind.BAD_APP_YAML, message, hint)


def _check_events(text: str, name: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            _refuse(event, name, f"uses the alias '*{event.anchor}'", "Write the value out where it is used.")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > NESTING:
            _refuse(event, name, f"is nested more than {NESTING} levels deep", "app.yaml needs three levels.")


def _refuse(event: yaml.Event, name: str, what: str, hint: str) -> NoReturn:
    assert event.start_mark is not None
    raise bad(f"{name} {what}, in line {event.start_mark.line + 1}.", hint)
