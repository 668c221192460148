"""Indexes as the configuration files of pip and uv. They hold logins: whoever writes one makes it private."""

import json
from collections.abc import Iterator, Sequence
from urllib.parse import quote, urlsplit

from packagerepos.indexes import Indexes, IndexStrategy

UV_STRATEGIES = {IndexStrategy.FIRST_MATCH: "first-index", IndexStrategy.BEST_MATCH: "unsafe-best-match"}
#: For pip, which asks all indexes alike.
NO_STANDING = (
    "pip knows no standing among indexes: it takes the best version of all of them, where the workspace has chosen",
    "that the first index which knows a name decides. Use uv where a public package could have an internal one's name.",
)


def pip_conf(indexes: Indexes, cert: str | None = None, target: str | None = None) -> str:
    """A ``pip.conf``. ``cert`` is the path of a bundle that holds the public roots too; ``target`` of a folder.

    Example::

        [global]
        index-url = https://me:password@packages.example.com/simple
        extra-index-url =
            https://pypi.org/simple
    """
    # Whoever reads the file as the platform reads one finds the same standing: the main index comes after the others.
    main = indexes.main or next(reversed(indexes.addresses), "")
    others = [address for address in indexes.addresses if address != main]
    loses_standing = others and indexes.strategy is IndexStrategy.FIRST_MATCH
    lines = [f"# {line}" for line in NO_STANDING] if loses_standing else []
    lines += ["[global]", *(_option("index-url", _with_login(indexes, main)) if main else ["no-index = true"])]
    lines += _list("extra-index-url", [_with_login(indexes, address) for address in others])
    lines += _list("find-links", [_with_login(indexes, link) for link in indexes.find_links if "://" in link])
    lines += _list("trusted-host", indexes.trusted_hosts)
    lines += _option("cert", cert) if cert else []
    lines += _pip_transport(indexes)
    lines += ["[install]", *_option("target", target)] if target else []
    return "\n".join([*lines, ""])


def uv_toml(indexes: Indexes, target: str | None = None) -> str:
    """A ``uv.toml``. uv takes certificates from the variable SSL_CERT_FILE alone.

    Example::

        index-strategy = "first-index"

        [[index]]
        url = "https://me:password@packages.example.com/simple"

        [[index]]
        url = "https://pypi.org/simple"
        default = true
    """
    lines = [f"index-strategy = {_toml(UV_STRATEGIES[indexes.strategy])}"]
    lines += ["no-index = true"] if not indexes.addresses else []
    links = [_with_login(indexes, link) for link in indexes.find_links if "://" in link]
    lines += [f"find-links = {_toml(links)}"] if links else []
    lines += [f"allow-insecure-host = {_toml(list(indexes.trusted_hosts))}"] if indexes.trusted_hosts else []
    lines += [line for address in indexes.addresses for line in _uv_index(indexes, address)]
    lines += ["", "[pip]", f"target = {_toml(target)}"] if target else []
    return "\n".join([*lines, ""])


def _uv_index(indexes: Indexes, address: str) -> Iterator[str]:
    yield from ("", "[[index]]", f"url = {_toml(_with_login(indexes, address))}")
    if address == indexes.addresses[-1]:
        # uv asks its default last, and would ask PyPI if there were none.
        yield "default = true"


def _pip_transport(indexes: Indexes) -> Iterator[str]:
    transport = indexes.transport
    if transport.timeout_s:
        yield from _option("timeout", f"{transport.timeout_s:g}")
    if transport.retries is not None:
        yield from _option("retries", str(transport.retries))
    if transport.proxy:
        yield from _option("proxy", transport.proxy)


def _option(name: str, value: str) -> list[str]:
    return [f"{name} = {value}"]


def _list(name: str, values: Sequence[str]) -> list[str]:
    return [f"{name} =", *(f"    {value}" for value in values)] if values else []


def _with_login(indexes: Indexes, address: str) -> str:
    login = indexes.login_for(address)
    if login is None:
        return address
    parts = urlsplit(address)
    password = f":{quote(login.password, safe='')}" if login.password else ""
    userinfo = f"{quote(login.username, safe='')}{password}"
    return parts._replace(netloc=f"{userinfo}@{parts.netloc}").geturl()


def _toml(value: str | list[str]) -> str:
    # JSON's strings and lists of them are TOML's.
    return json.dumps(value)
