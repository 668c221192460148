"""The platform's settings, as the tools want them."""

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache, lru_cache
from pathlib import Path

from django.conf import settings

from deployments import layout, sandbox
from deployments.engines.local.engine import LocalEngine
from deployments.engines.local.settings import LocalSettings
from deployments.failures import Failure, FailureKind
from deployments.models import Deployment
from deployments.pipeline.launches import StoredLaunch
from deployments.routing import app_cookies
from deployments.routing.settings import ProxySettings
from deployments.venvs.diagnosing.import_names import ImportNames, uncontested
from deployments.venvs.interpreters import Interpreter, discover
from deployments.venvs.store.environments import Store
from deployments.venvs.workbench import Workbench
from packagerepos import pip_conf
from packagerepos import site_indexes as site
from packagerepos.indexes import Indexes
from workspaces.models import Workspace

#: Looking through the machine's folders costs more than all else of a build that finds everything made.
INTERPRETERS_KEPT_S = 60.0


def is_root() -> bool:
    """As root each app has its own uid; as an ordinary user all share that user's, told apart by namespaces."""
    return os.geteuid() == 0


@cache
def is_sandboxed() -> bool:
    """Whether apps and builds run in a sandbox. Raises ``Failure`` where none can be made and none was waived."""
    try:
        sandbox.check()
    except sandbox.Unavailable as reason:
        if settings.ALLOW_UNSANDBOXED:
            return False
        raise Failure(
            FailureKind.NOT_SANDBOXED, "Apps cannot run: this machine cannot make a sandbox.", str(reason)
        ) from reason
    return True


def interpreters() -> tuple[Interpreter, ...]:
    """Those found on this machine, looked for again after a minute."""
    return _interpreters(int(time.monotonic() / INTERPRETERS_KEPT_S))


@lru_cache(maxsize=1)
def _interpreters(_: int) -> tuple[Interpreter, ...]:
    return discover(settings.INTERPRETERS, settings.HOME.root / "interpreters.json")


def interpreter_of(launch: StoredLaunch) -> Interpreter:
    """The interpreter that a launch was made for. Raises ``Failure`` when it is not on this machine any more."""
    for interpreter in interpreters():
        if interpreter.identity == launch.python:
            return interpreter
    have = ", ".join(sorted({found.version for found in interpreters()}))
    raise Failure(
        FailureKind.NO_INTERPRETER,
        f"Python {launch.python_version}, which this deployment was built with, is not installed here any more.",
        f"Deploy the source again to build it with one of these versions: {have}.",
    )


def site_indexes() -> Indexes:
    """Where packages come from when nobody else says anything: the site's pip.conf, or the public index.

    Raises ``Failure``.
    """
    try:
        return site.read()
    except pip_conf.BadPipConf as error:
        raise Failure(
            FailureKind.PACKAGE_SETTINGS, str(error), "Ask the operator of this site to correct it."
        ) from None


def store() -> Store:
    return Store(settings.HOME.root, can_mount=is_sandboxed() if settings.ALLOW_UNSANDBOXED else True)


def import_names(workspace: Workspace) -> ImportNames:
    """Import name to distributions, from the metadata of every wheel that the workspace may know of."""
    shared, own = uncontested(store().import_names()), store().import_names(scope_of(workspace))
    return {name: shared.get(name, set()) | own.get(name, set()) for name in shared.keys() | own.keys()}


def scope_of(workspace: Workspace) -> str:
    """The workspace's name in the store of environments and wheels."""
    return f"w{workspace.pk}"


def workbench(deployment: Deployment) -> AbstractContextManager[Workbench]:
    """A scratch folder of this build alone, beside the workspace's cache; gone afterwards."""
    workspace = deployment.workspace
    return bench_in(layout.scratch(workspace), scope=scope_of(workspace), uid=workspace.build_uid)


@contextmanager
def bench_in(root: Path, *, scope: str, uid: int) -> Iterator[Workbench]:
    """The same in a folder of somebody's own."""
    bench = Workbench(
        scratch=root / uuid.uuid4().hex[:12],
        cache=root / "cache",
        scope=scope,
        uid=uid if is_root() else None,
        sandboxed=is_sandboxed(),
        timeout_s=settings.BUILD_TIMEOUT_S,
    )
    try:
        yield bench
    finally:
        bench.clear()


def engine(*, sandboxed: bool | None = None) -> LocalEngine:
    """What runs instances. Raises ``Failure`` where none can be sandboxed, unless the caller says whether they are."""
    return LocalEngine(
        LocalSettings(
            instances=settings.HOME.instances,
            run=settings.HOME.run,
            key_file=settings.SECRET_KEYS_FILE,
            ports=settings.INSTANCE_PORTS,
            sandboxed=is_sandboxed() if sandboxed is None else sandboxed,
            as_root=is_root(),
        )
    )


def proxy_settings() -> ProxySettings:
    return ProxySettings(
        folder=settings.HOME.proxy,
        platform_socket=settings.WEB_SOCKET,
        admin_socket=settings.PROXY_ADMIN_SOCKET,
        apps_domain=settings.APPS_DOMAIN,
        bind_address=settings.BIND_ADDRESS,
        port=settings.PORT,
        trusted_proxies=settings.TRUSTED_PROXIES,
        is_https=settings.IS_HTTPS,
        cookie_name=settings.APP_COOKIE_NAME,
        cookie_keys=app_cookies.public_keys(settings.APP_COOKIE_KEY),
        log_file=settings.HOME.logs / "platform" / "proxy.log",
    )
