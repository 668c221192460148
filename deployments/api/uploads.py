"""From the body of a deployment request to the deployment that it asks for."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from rest_framework.request import Request

from deployments.api import lookups
from deployments.models import App, Bundle, Cause, Deployment
from deployments.operations import bundles
from workspaces.api import fields
from workspaces.errors import Conflict, Invalid
from workspaces.principals import Principal

KNOWN = frozenset({"source", "bundle", "deployment", "draft", "rebuild"})
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
WAYS = (
    'Upload an archive: curl -F source=@app.tar.gz …, or name a bundle: {"bundle": "active"}, '
    'or a deployment to repeat: {"deployment": 3}.'
)


@dataclass(frozen=True)
class Asked:
    """``what`` is a source, or an earlier deployment to repeat."""

    what: Bundle | Deployment
    cause: Cause
    draft: bool
    rebuild: bool


class File(Protocol):
    def chunks(self) -> Iterator[bytes]: ...


def read(request: Request, principal: Principal, app: App, data: Mapping[str, Any]) -> Asked:
    """What a form, a raw archive or a JSON object asks for. Raises what ``bundles.receive`` does, and its own."""
    fields.refuse_unknown(data, KNOWN)
    choices = {**request.query_params.dict(), **{name: data[name] for name in ("draft", "rebuild") if name in data}}
    draft, rebuild = fields.flag(choices, "draft"), fields.flag(choices, "rebuild")
    file = _file(request, data)
    if file is not None:
        return Asked(bundles.receive(principal, file.chunks()), Cause.UPLOAD, draft, rebuild)
    named = _repeated if "deployment" in data else _named
    return Asked(named(principal, app, data), Cause.REDEPLOY, draft, rebuild)


def _file(request: Request, data: Mapping[str, Any]) -> File | None:
    files: list[File] = request.FILES.getlist("source")
    if len(files) > 1:
        raise Invalid("There are several parts 'source'.", "Send the source as one archive.")
    if "source" in data and not files:
        raise Invalid("The part 'source' is not a file.", WAYS)
    given = [name for name in ("source", "bundle", "deployment") if name in data or (name == "source" and files)]
    if len(given) > 1:
        raise Invalid(f"There is a {given[0]} as well as a {given[1]}.", "Send the one that should be deployed.")
    return files[0] if files else None


def _repeated(principal: Principal, app: App, data: Mapping[str, Any]) -> Deployment:
    word = str(data["deployment"])
    if not (word.isascii() and word.isdecimal() and len(word) <= 9):
        raise Invalid("The deployment is not the number of one.", 'Send its number: {"deployment": 3}.')
    return lookups.deployment(principal, app, int(word))


def _named(principal: Principal, app: App, data: Mapping[str, Any]) -> Bundle:
    word = data.get("bundle")
    if word is None:
        raise Invalid("There is nothing to deploy in this request.", WAYS)
    if word == "active":
        if app.active_deployment is None:
            raise Conflict(f"The app {app.name!r} has no active deployment whose source could be deployed again.", WAYS)
        return app.active_deployment.bundle
    if not isinstance(word, str) or not DIGEST.fullmatch(word):
        raise Invalid(
            'The bundle is neither a digest nor "active".',
            "A digest is sha256: and 64 hex digits, as deployments tell it.",
        )
    return lookups.bundle(principal, word)
