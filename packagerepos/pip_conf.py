"""The site's ``pip.conf``: what the operator of the machine has set for pip holds for every build.

Example::

    [global]
    timeout = 60
    index-url = https://packages.example.com/simple
"""

import configparser
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from packagerepos import public_roots
from packagerepos.addresses import BadAddress, check_index_address
from packagerepos.certificates import BadCertificates, read_certificates
from packagerepos.indexes import Indexes, Transport

#: Completes "from …" in logs and on pages.
WRITER = "the site's pip.conf"
#: As pip: what stands for one command wins over what stands for all.
SECTIONS = ("global", "install")
USED = frozenset(
    {
        "index-url", "extra-index-url", "find-links", "no-index", "trusted-host",
        "cert", "timeout", "default-timeout", "retries", "proxy",
    }
)  # fmt: skip
TRUE = frozenset({"1", "true", "yes", "on"})
MAX_TIMEOUT_S = 3600.0
MAX_RETRIES = 100


class BadPipConf(Exception):
    """A pip.conf cannot be used; the text names the option. It never repeats a value that may hold a login."""


def read(paths: Iterable[Path]) -> Mapping[str, str]:
    """The options of those of ``paths`` that exist, the later file winning. Raises ``BadPipConf``."""
    options: dict[str, str] = {}
    for path in paths:
        if not path.is_file():
            continue
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(path.read_text("utf-8"))
        except (configparser.Error, UnicodeDecodeError, OSError):
            raise BadPipConf(f"{path.name} of this machine is no pip configuration that can be read.") from None
        for section in SECTIONS:
            if parser.has_section(section):
                options |= {name.replace("_", "-").lower(): value for name, value in parser.items(section)}
    return options


def over(options: Mapping[str, str], defaults: Indexes) -> Indexes:
    """``defaults`` as a pip.conf with ``options`` changes them. Raises ``BadPipConf``.

    Folders of the machine are left out of ``find-links``: builds do not see them.
    """
    links = options.get("find-links")
    changed = defaults.configured_by(
        WRITER,
        main=_address("index-url", options["index-url"]) if options.get("index-url") else None,
        extra=_addresses(options, "extra-index-url"),
        find_links=None if links is None else [link for link in links.split() if link.startswith(("http:", "https:"))],
        trusted_hosts=options["trusted-host"].split() if "trusted-host" in options else None,
        no_index=options.get("no-index", "").lower() in TRUE,
    )
    return replace(changed, transport=_transport(options, defaults.transport))


def unused(options: Mapping[str, str]) -> tuple[str, ...]:
    """The names of options that mean nothing to a build here."""
    return tuple(sorted(options.keys() - USED))


def _transport(options: Mapping[str, str], default: Transport) -> Transport:
    timeout = options.get("timeout", options.get("default-timeout"))
    return replace(
        default,
        certificates=_certificates(options["cert"]) if options.get("cert") else default.certificates,
        timeout_s=default.timeout_s if timeout is None else _number("timeout", timeout, MAX_TIMEOUT_S),
        retries=int(_number("retries", options["retries"], MAX_RETRIES)) if "retries" in options else default.retries,
        proxy=options.get("proxy") or default.proxy,
        http_proxy=options.get("proxy") or default.http_proxy,
    )


def _number(name: str, text: str, high: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= high:
        raise BadPipConf(f"{name} in the site's pip.conf must be a number from 0 to {high:g}.")
    return number


def _addresses(options: Mapping[str, str], name: str) -> list[str] | None:
    # pip reads folders here as well ("file:///srv/simple"), which no build of ours can see.
    words = [word for word in options.get(name, "").split() if not word.startswith("file:")]
    return [_address(name, word) for word in words] if name in options else None


def _address(name: str, text: str) -> str:
    try:
        return check_index_address(text.strip())
    except BadAddress as error:
        raise BadPipConf(f"{name} in the site's pip.conf: {error}") from None


def _certificates(text: str) -> str:
    path = Path(text).expanduser()
    try:
        if path.resolve() == public_roots.path().resolve():
            return ""  # What is trusted anyway.
        return read_certificates(path.read_text("utf-8"), check_dates=False).pem
    except (OSError, UnicodeDecodeError):
        raise BadPipConf("cert in the site's pip.conf names a file that cannot be read.") from None
    except BadCertificates as error:
        raise BadPipConf(f"cert in the site's pip.conf: {error}") from None
