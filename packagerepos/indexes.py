"""Where packages are looked for, in which order, and which login each place needs."""

from collections.abc import Iterable, Mapping
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


#: A user name this long is a token; a shorter one is a word that logs may hold for other reasons.
TOKEN_LENGTH = 20


@dataclass(frozen=True)
class Credential:
    """The login of one host (``host[:port]``, as it stands in an address), or of one ``index`` of that host."""

    host: str
    username: str
    password: str = field(repr=False)
    index: str = ""


@dataclass(frozen=True)
class Transport:
    """How indexes are reached, where somebody said more than where they are.

    ``certificates`` is PEM text, trusted besides the public roots. ``proxy``, ``http_proxy`` (for addresses without
    TLS) and ``no_proxy`` are as in the variables HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
    ``None`` leaves each tool its own default.
    """

    certificates: str = field(default="", repr=False)
    timeout_s: float | None = None
    retries: int | None = None
    proxy: str | None = field(default=None, repr=False)
    http_proxy: str | None = field(default=None, repr=False)
    no_proxy: str | None = None


@dataclass(frozen=True)
class Indexes:
    """Addresses without logins, and the logins beside them.

    ``extra`` come before ``main`` in standing, in their order; the public index is always last. ``main`` is ``None``
    for ``--no-index``. ``find_links`` are addresses of pages or folders with files. ``public`` is the site's public
    index: only what comes from there may be shared between workspaces. ``writers`` says for each address who wrote
    it, in words that complete "from …".
    """

    main: str | None = PYPI
    extra: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    trusted_hosts: tuple[str, ...] = ()
    strategy: IndexStrategy = IndexStrategy.FIRST_MATCH
    credentials: tuple[Credential, ...] = field(default=(), repr=False)
    public: str = PYPI
    transport: Transport = field(default_factory=Transport)
    writers: Mapping[str, str] = field(default_factory=dict)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every index in order of standing: a public package must never come before an internal one."""
        written = tuple(dict.fromkeys((*self.extra, *([self.main] if self.main else []))))
        return tuple(sorted(written, key=self.is_public_index))

    def is_public_index(self, address: str) -> bool:
        """Whether everyone gets the same from there: it is the site's public index or PyPI itself."""
        return address.rstrip("/") in {self.public.rstrip("/"), PYPI} or urlsplit(address).hostname == "pypi.org"

    def writer_of(self, address: str) -> str:
        """Who wrote that address, for "from …"."""
        return self.writers.get(address, "the built-in default")

    def is_public(self, index: str | None, artefact_url: str) -> bool:
        """Whether everyone may see an artefact: the public index names it, and its public host serves it."""
        if index is None or index.rstrip("/") != self.public.rstrip("/") or self.login_for(index) is not None:
            return False
        return urlsplit(artefact_url).hostname in PUBLIC_FILE_HOSTS | {urlsplit(self.public).hostname}

    def login_for(self, address: str) -> Credential | None:
        """The login that ``address`` needs, if one is known."""
        host = urlsplit(address).netloc
        own = [login for login in self.credentials if login.index == address]
        return next(iter(own or [login for login in self.credentials if login.host == host]), None)

    def configured_by(
        self,
        writer: str,
        *,
        main: str | None = None,
        extra: Iterable[str] | None = None,
        find_links: Iterable[str] | None = None,
        trusted_hosts: Iterable[str] | None = None,
        no_index: bool = False,
    ) -> "Indexes":
        """These indexes as a configuration of higher standing changes them: an option it sets replaces that option.

        As pip lets a file of configuration, and a variable after it, replace one option of an earlier file.
        """
        extra = None if extra is None else tuple(extra)
        find_links = None if find_links is None else tuple(find_links)
        split = {address: split_login(address) for address in (main, *(extra or ()), *(find_links or ())) if address}
        changed = replace(
            self,
            main=None if no_index else (split[main][0] if main else self.main),
            extra=() if no_index else (self.extra if extra is None else tuple(split[each][0] for each in extra)),
            find_links=self.find_links if find_links is None else tuple(split[each][0] for each in find_links),
            trusted_hosts=self.trusted_hosts if trusted_hosts is None else tuple(trusted_hosts),
        )
        return changed._with_logins(split, writer)

    def overridden_by(
        self,
        *,
        main: str | None = None,
        extra: Iterable[str] = (),
        find_links: Iterable[str] = (),
        trusted_hosts: Iterable[str] = (),
        no_index: bool = False,
        writer: str = "the source",
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
        changed = replace(
            kept,
            main=None if no_index else (split[main][0] if main else kept.main),
            extra=() if no_index else (*(split[address][0] for address in written), *kept.extra),
            find_links=(*(split[address][0] for address in find_links), *kept.find_links),
            trusted_hosts=(*kept.trusted_hosts, *trusted_hosts),
        )
        return changed._with_logins(split, writer)

    def _with_logins(self, split: Mapping[str, tuple[str, Credential | None]], writer: str) -> "Indexes":
        """With the logins that the new addresses bring. No new address receives the login of an older one."""
        own = tuple(replace(login, index=bare) for bare, login in split.values() if login is not None)
        # uv and pip look a login up by host, so the default's login for a host that is named anew must go.
        hosts = {urlsplit(bare).netloc for bare, _ in split.values()}
        older = tuple(login for login in self.credentials if login.host not in hosts)
        writers = {**self.writers, **{bare: writer for bare, _ in split.values()}}
        return replace(self, credentials=(*own, *older), writers=writers)

    def with_logins(self, logins: Iterable[Credential]) -> "Indexes":
        """The same with further ``logins``, before those there are."""
        return replace(self, credentials=(*logins, *self.credentials))

    def trusting(self, certificates: str) -> "Indexes":
        """The same with ``certificates`` (PEM) trusted besides the public roots, instead of those before."""
        return replace(self, transport=replace(self.transport, certificates=certificates))

    def netrc(self) -> str:
        """The logins of what is no index (direct addresses, found links) as the text of a netrc file.

        A netrc file knows no ports, so a host that has an index on another port gets no entry: it would get that login.
        """
        places = {urlsplit(address).netloc for address in (*self.addresses, *self.find_links)}
        places |= {login.host for login in self.credentials}
        taken = [hostname(place) for place in places]
        return "".join(
            f"machine {hostname(login.host)} login {login.username} password {login.password}\n"
            for login in self.credentials
            if login.index not in self.addresses and taken.count(hostname(login.host)) == 1
        )

    def secrets(self) -> frozenset[str]:
        """What must never be printed: passwords and user names that are tokens, plain and URL-quoted."""
        proxies = [split_login(each or "")[1] for each in (self.transport.proxy, self.transport.http_proxy)]
        logins = (*self.credentials, *(login for login in proxies if login is not None))
        values = {login.password for login in logins if len(login.password) >= 4}
        values |= {
            login.username
            for login in logins
            if len(login.username) >= TOKEN_LENGTH or (len(login.username) >= 4 and not login.password)
        }
        return frozenset(values | {quote(value, safe="") for value in values})


def hostname(place: str) -> str:
    """``packages.example.com`` of ``packages.example.com:8443``."""
    return urlsplit(f"//{place}").hostname or ""


def split_login(address: str) -> tuple[str, Credential | None]:
    """``https://me:pw@host/simple`` as ``("https://host/simple", Credential("host", "me", "pw"))``."""
    parts = urlsplit(address)
    userinfo, at, host = parts.netloc.rpartition("@")
    if not at:
        return address, None
    name, _, password = userinfo.partition(":")
    return urlunsplit(parts._replace(netloc=host)), Credential(host, unquote(name), unquote(password))
