"""What happened to an app lately: what people did to it, and what became of its deployments and instances."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse

from deployments.models import App, Cause, Deployment, DeploymentEvent, EventKind, State
from deployments.timeline.incidents import Incident
from workspaces.models import AuditEvent
from workspaces.principals import Principal

SHOWN = 10
#: Older deployments than this many have nothing that is recent, unless they serve.
DEPLOYMENTS = 2 * SHOWN
STATES = (State.QUEUED, State.READY, State.ACTIVE, State.FAILED, State.CANCELLED)
#: A failure's first sentences; its page has the whole.
DETAIL_CHARACTERS = 300
NAMES = 3

#: From the name of an address, and what it holds behind workspace and app, to the address.
Address = Callable[..., str]


@dataclass(frozen=True)
class Event:
    """``tone`` is good, bad, busy or calm. ``who`` begins the sentence ``text``, or is empty. ``link`` may be empty."""

    at: datetime
    text: str
    who: str = ""
    detail: str = ""
    tone: str = "calm"
    link: str = ""


def of(principal: Principal, app: App) -> list[Event]:
    """The newest first, in two queries. Of the audit it tells what every member sees on the app's own pages, with who
    it was: no addresses, no values, nothing of other apps."""

    def at(address: str, *more: object) -> str:
        return reverse(address, args=[principal.workspace.slug, app.name, *more])

    deployments = [_of_deployment(row, at) for row in _deployment_rows(app)]
    changes = [_of_audit(row, at) for row in _audit_rows(principal, app)]
    return sorted([*deployments, *changes], key=lambda event: event.at, reverse=True)[:SHOWN]


def _deployment_rows(app: App) -> Iterable[DeploymentEvent]:
    is_recent = Q(deployment__number__gt=app.last_deployment_number - DEPLOYMENTS)
    is_told = Q(kind=EventKind.STATE, name__in=STATES) | Q(kind=EventKind.INCIDENT)
    rows = DeploymentEvent.objects.filter(is_recent | Q(deployment=app.active_deployment_id), is_told)
    related = rows.filter(deployment__app=app).select_related("deployment").defer("deployment__launch")
    return related.order_by("-at", "-id")[:SHOWN]


def _of_deployment(row: DeploymentEvent, at: Address) -> Event:
    deployment = row.deployment
    link = at("deployment", deployment.number)
    if row.kind == EventKind.INCIDENT:
        return Event(row.at, _incident(deployment, row), tone="bad", link=link)
    kind = "Draft" if deployment.is_draft else "Deployment"
    name = f"{kind} {deployment.number}"
    told = {
        State.QUEUED: Event(row.at, _requested(deployment), who=deployment.created_by_name, tone="busy", link=link),
        State.READY: Event(row.at, f"{name} is ready to be looked at", tone="good", link=link),
        State.ACTIVE: Event(row.at, f"{name} became active", tone="good", link=link),
        State.FAILED: Event(row.at, f"{name} failed", detail=_failure(deployment), tone="bad", link=link),
        State.CANCELLED: Event(row.at, f"{name} was cancelled", detail=row.text, link=link),
    }
    return told[State(row.name)]


def _requested(deployment: Deployment) -> str:
    if deployment.is_draft:
        return f"deployed draft {deployment.number}"
    why = {
        Cause.REDEPLOY: ", an earlier upload again",
        Cause.ROLLBACK: " by activating an older one",
        Cause.SETTINGS: " with changed settings",
        Cause.FIX: " with packages added",
    }.get(Cause(deployment.cause), "")
    return f"deployed {deployment.number}{why}"


def _failure(deployment: Deployment) -> str:
    message = deployment.failure_message
    return message if len(message) <= DETAIL_CHARACTERS else f"{message[:DETAIL_CHARACTERS]}…"


def _incident(deployment: Deployment, row: DeploymentEvent) -> str:
    after = "the proxy passed it over for a while" if row.name == Incident.EJECTED else "it is started again"
    times = f" ({row.times} times)" if row.times > 1 else ""
    return f"An instance of deployment {deployment.number} {row.text}{times}: {after}"


def _audit_rows(principal: Principal, app: App) -> Iterable[AuditEvent]:
    rows = AuditEvent.objects.visible_to(principal).filter(
        object_name=app.name, object_type__in=("app", "app environment"), at__gte=app.created_at
    )
    return rows.order_by("-id")[:SHOWN]


def _of_audit(row: AuditEvent, at: Address) -> Event:
    if row.object_type == "app environment":
        return Event(row.at, _variables(row.details), who=row.actor_name, link=at("app-environment"))
    told = {
        "created": ("created the app", ""),
        "changed": (f"changed {_settings(row.details)}", at("app-settings")),
        "changed access to": ("changed who may use the app", at("app-access")),
        "handed over": ("made somebody else the owner", at("app-settings")),
        "started": ("started the app", ""),
        "stopped": ("stopped the app", ""),
    }
    text, link = told.get(row.verb, (f"{row.verb} the app", ""))
    return Event(row.at, text, who=row.actor_name, link=link)


def _settings(details: dict[str, Any]) -> str:
    names = [str(name).removesuffix("_s").replace("_", " ") for name in details.get("fields", ())]
    return f"the app's {_listed(names)}" if names else "the app's settings"


def _variables(details: dict[str, Any]) -> str:
    parts = [("set", details.get("set", ())), ("removed", details.get("removed", ()))]
    return " and ".join(f"{verb} {_listed(list(names))}" for verb, names in parts if names) or "changed variables"


def _listed(names: list[str]) -> str:
    """``A``, ``A and B``, ``A, B, C and 4 more``."""
    if len(names) > NAMES:
        return f"{', '.join(names[:NAMES])} and {len(names) - NAMES} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
