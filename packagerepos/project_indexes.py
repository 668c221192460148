"""``[tool.uv]`` of a pyproject.toml: the indexes that a project chooses for itself."""

from collections.abc import Mapping
from typing import Any

from packagerepos.addresses import BadAddress, check_index_address
from packagerepos.indexes import Indexes, split_login

#: Completes "from …" in logs and on pages.
WRITER = "pyproject.toml"


def over(project: Mapping[str, Any], defaults: Indexes) -> Indexes:
    """``defaults`` as the parsed pyproject.toml ``project`` changes them. Raises ``BadAddress``, naming the option."""
    uv = _uv(project)
    tables = _tables(project)
    shared = [each for each in tables if not each.get("explicit")]
    mains = [_address("index", each["url"]) for each in shared if each.get("default")]
    mains += [_address("index-url", uv["index-url"])] if "index-url" in uv else []
    changed = defaults.overridden_by(
        main=next(iter(mains), None),
        extra=[_address("index", each["url"]) for each in shared if not each.get("default")]
        + [_address("extra-index-url", each) for each in _texts(uv.get("extra-index-url"))],
        find_links=_texts(uv.get("find-links")),
        trusted_hosts=_texts(uv.get("allow-insecure-host")),
        no_index=uv.get("no-index") is True,
        writer=WRITER,
    )
    # What only single packages are taken from: their files need its login as well.
    logins = [split_login(_address("index", each["url"]))[1] for each in tables if each.get("explicit")]
    return changed.with_logins(login for login in logins if login is not None)


def explicit(project: Mapping[str, Any]) -> frozenset[str]:
    """Every index that the project names, without logins: what a lock takes from there was chosen."""
    uv = _uv(project)
    named = [each["url"] for each in _tables(project)]
    named += [*_texts(uv.get("index-url")), *_texts(uv.get("extra-index-url"))]
    return frozenset(split_login(str(each))[0].rstrip("/") for each in named)


def table(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The table of that name; empty where there is none, or something else."""
    found = document.get(name, {})
    return found if isinstance(found, Mapping) else {}


def _uv(project: Mapping[str, Any]) -> Mapping[str, Any]:
    return table(table(project, "tool"), "uv")


def _tables(project: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = _uv(project).get("index", ())
    tables = found if isinstance(found, list | tuple) else ()
    return [each for each in tables if isinstance(each, Mapping) and isinstance(each.get("url"), str)]


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list | tuple) else []


def _address(option: str, text: object) -> str:
    try:
        return check_index_address(str(text))
    except BadAddress as error:
        raise BadAddress(f"{option} in [tool.uv] of pyproject.toml: {error}", error.hint) from None
