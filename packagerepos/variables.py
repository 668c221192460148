"""The environment variables by which pip and uv are told where packages come from.

An app that sets them as its own means its builds as well. uv's own names win over pip's, as uv reads only those.
"""

from collections.abc import Iterable, Mapping
from itertools import chain

from packagerepos.addresses import BadAddress, check_index_address
from packagerepos.indexes import Indexes

#: Completes "from …" in logs and on pages.
WRITER = "the app's own variables"
MAIN = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
EXTRA = ("UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL")
FIND_LINKS = ("UV_FIND_LINKS", "PIP_FIND_LINKS")
TRUSTED_HOSTS = ("UV_INSECURE_HOST", "PIP_TRUSTED_HOST")
NO_INDEX = ("UV_NO_INDEX", "PIP_NO_INDEX")
NAMES = frozenset(chain(MAIN, EXTRA, FIND_LINKS, TRUSTED_HOSTS, NO_INDEX))
FALSE = frozenset({"", "0", "false", "no", "off"})


class BadVariable(Exception):
    """One of them cannot be used; the text names it and never repeats its value. ``hint`` says what helps."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def over(variables: Mapping[str, str], defaults: Indexes) -> Indexes:
    """``defaults`` as the app's ``variables`` change them. Raises ``BadVariable``."""
    # By name, since some may cost a look at a secret.
    set_ones = {name: value for name in sorted(NAMES & variables.keys()) if (value := variables[name]).strip()}
    if not set_ones:
        return defaults
    main, extra = _first(MAIN, set_ones), _first(EXTRA, set_ones)
    links, hosts = _first(FIND_LINKS, set_ones), _first(TRUSTED_HOSTS, set_ones)
    return defaults.configured_by(
        WRITER,
        main=_address(main, set_ones[main]) if main else None,
        extra=[_address(extra, word) for word in set_ones[extra].split()] if extra else None,
        find_links=set_ones[links].replace(",", " ").split() if links else None,
        trusted_hosts=set_ones[hosts].split() if hosts else None,
        no_index=any(set_ones.get(name, "").lower() not in FALSE for name in NO_INDEX),
    )


def _first(names: Iterable[str], variables: Mapping[str, str]) -> str | None:
    return next((name for name in names if name in variables), None)


def _address(name: str, text: str) -> str:
    # uv lets an index have a name before its address: "corp=https://…".
    bare = text.strip().partition("=")[2] if not text.startswith(("http:", "https:")) and "=" in text else text.strip()
    try:
        return check_index_address(bare)
    except BadAddress as error:
        raise BadVariable(f"The variable {name}: {error}", error.hint) from None
