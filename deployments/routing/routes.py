"""Which host leads to which deployment: the whole of it, as data."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Upstream:
    """The running instances of one deployment, each as "127.0.0.1:20001", "[::1]:20001" or "unix:/path".

    The name is never used again for another deployment, so requests in flight end where they began.
    """

    name: str
    endpoints: tuple[str, ...]


@dataclass(frozen=True, order=True)
class Guard:
    """Only cookies for ``door`` pass, and none of a visit that has ended; whoever has none is asked about."""

    door: str
    ended_visits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Route:
    """``host`` (without a port) leads to the upstream of that name; without a guard it is open to everyone."""

    host: str
    upstream: str
    guard: Guard | None = None


@dataclass(frozen=True, order=True)
class TokenRoute:
    """What lies below ``prefix`` ("/content/<id>/") of the platform's own host leads to the upstream of that name.

    Only for whoever shows a token of the platform there, which no browser does by itself: a tenant's page is never
    served to people on that origin. The app sees ``host`` as its own name, and paths without the prefix.
    """

    prefix: str
    upstream: str
    host: str


@dataclass(frozen=True)
class Routes:
    """Everything the proxy should know. Hosts not in here go to the platform.

    ``upstreams`` may hold more than ``routes`` point to: an old deployment keeps its upstream while it drains.
    """

    upstreams: tuple[Upstream, ...] = ()
    routes: tuple[Route, ...] = ()
    token_routes: tuple[TokenRoute, ...] = ()
