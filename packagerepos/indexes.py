"""Where packages are looked for, in which order, and which login each place needs."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import quote, unquote, urlsplit, urlunsplit

PYPI = "https://pypi.org/simple"
#: Hosts that serve the files of a public index besides the index's own.
PUBLIC_FILE_HOSTS = frozenset({"files.pythonhosted.org"})


class IndexStrategy(StrEnum):
    """What happens when two indexes know a name."""

    #: The first index that knows the name answers: a public package cannot replace an internal one.
    FIRST_MATCH = "first_match"
    #: The best version of all indexes, as pip chooses.
    BEST_MATCH = "best_match"


@dataclass(frozen=True)
class Credential:
    """The login of one host (``host[:port]``, as it stands in an address)."""

    host: str
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Indexes:
    """Addresses without logins, and the logins beside them.

    ``extra`` come before ``main`` in standing, in their order. ``main`` is ``None`` for ``--no-index``.
    ``find_links`` are addresses of pages or folders with files. ``public`` is the site's public
    index: only what comes from there may be shared between workspaces.
    """

    main: str | None = PYPI
    extra: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    trusted_hosts: tuple[str, ...] = ()
    strategy: IndexStrategy = IndexStrategy.FIRST_MATCH
    credentials: tuple[Credential, ...] = field(default=(), repr=False)
    public: str = PYPI

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every index in order of standing."""
        return (*self.extra, *([self.main] if self.main else []))

    def is_public(self, index: str | None, artefact_url: str) -> bool:
        """Whether everyone may see an artefact: the public index names it, and its public host serves it."""
        if index is None or index.rstrip("/") != self.public.rstrip("/") or self.login_for(index) is not None:
            return False
        return urlsplit(artefact_url).hostname in PUBLIC_FILE_HOSTS | {urlsplit(self.public).hostname}

    def login_for(self, address: str) -> Credential | None:
        """The login that ``address`` needs, if one is known."""
        host = urlsplit(address).netloc
        return next((credential for credential in self.credentials if credential.host == host), None)

    def overridden_by(
        self,
        *,
        main: str | None = None,
        extra: Iterable[str] = (),
        find_links: Iterable[str] = (),
        trusted_hosts: Iterable[str] = (),
        no_index: bool = False,
    ) -> "Indexes":
        """These indexes as a requirements file changes them: ``main`` replaces every default, the others add.

        Addresses may hold logins; an address written by the app never receives the login of a default.
        """
        written = tuple(extra)
        named = (*([main] if main else []), *written, *find_links)
        split = {address: split_login(address) for address in named}
        kept = (
            self if main is None and not no_index else replace(self, main=None, extra=(), find_links=(), credentials=())
        )
        own = tuple(login for _, login in split.values() if login is not None)
        # uv and pip look a login up by host, so the default's login for a host the app names must go.
        hosts = {urlsplit(address).netloc for address, _ in split.values()}
        defaults = tuple(login for login in kept.credentials if login.host not in hosts)
        return replace(
            kept,
            main=None if no_index else (split[main][0] if main else kept.main),
            extra=() if no_index else (*(split[address][0] for address in written), *kept.extra),
            find_links=(*(split[address][0] for address in find_links), *kept.find_links),
            trusted_hosts=(*kept.trusted_hosts, *trusted_hosts),
            credentials=(*own, *defaults),
        )

    def netrc(self) -> str:
        """The logins as the text of a netrc file, which belongs in a file that only the resolver may read."""
        return "".join(
            f"machine {urlsplit('//' + login.host).hostname} login {login.username} password {login.password}\n"
            for login in self.credentials
        )

    def secrets(self) -> frozenset[str]:
        """What must never be printed: passwords and user names that are tokens, plain and URL-quoted."""
        values = {value for login in self.credentials for value in (login.password, login.username) if len(value) >= 4}
        return frozenset(values | {quote(value, safe="") for value in values})


def split_login(address: str) -> tuple[str, Credential | None]:
    """``https://me:pw@host/simple`` as ``("https://host/simple", Credential("host", "me", "pw"))``."""
    parts = urlsplit(address)
    userinfo, at, host = parts.netloc.rpartition("@")
    if not at:
        return address, None
    name, _, password = userinfo.partition(":")
    return urlunsplit(parts._replace(netloc=host)), Credential(host, unquote(name), unquote(password))
