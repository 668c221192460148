"""Opting out of pre-installed libraries, tried before it is done: a page beside the app's settings."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from deployments.models import App, Deployment, OptOutPreview, State
from deployments.operations import opt_out_work, opt_outs, serving
from deployments.venvs.inspecting.opting_out import Proposal
from deployments.views.finding import find_app
from workspaces.errors import Conflict, NotFound
from workspaces.pages import for_members, show, told
from workspaces.principals import Principal


@dataclass(frozen=True)
class Mark:
    """One part of a preview; ``status`` is waiting, running, done or failed."""

    title: str
    status: str


@for_members
def opt_out(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    """The last preview, or with ``?part=live`` only what changes by itself. POST begins one."""
    app = find_app(principal, name)
    if request.method == "POST":
        with told(request, "The source is being searched, and tried on the clean image. Nothing of the app changes."):
            opt_outs.request(principal, app, now=timezone.now())
        return redirect("opt-out", principal.workspace.slug, app.name)
    part = request.GET.get("part") == "live"
    template = "deployments/_opt_out_live.html" if part else "deployments/opt_out.html"
    return show(request, principal, template, _context(principal, app))


@for_members
def accept(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    app = find_app(principal, name)
    if request.method == "POST":
        deploy = request.POST.get("deploy") == "1"
        with told(request, _accepted(app, deploy=deploy)):
            deployment = opt_outs.accept(principal, app, deploy=deploy, now=timezone.now())
            if deployment is not None:
                return redirect("deployment", principal.workspace.slug, app.name, deployment.number)
    return redirect("opt-out", principal.workspace.slug, app.name)


@for_members
def discard(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    app = find_app(principal, name)
    if request.method == "POST":
        with told(request, "The preview is gone, and its trial ends."):
            opt_outs.discard(principal, app)
    return redirect("opt-out", principal.workspace.slug, app.name)


def _accepted(app: App, *, deploy: bool) -> str:
    if deploy:
        return f"“{app.name}” has opted out. What serves now goes on until this deployment has passed its checks."
    return f"“{app.name}” has opted out. The running deployment is not affected."


def _context(principal: Principal, app: App) -> dict[str, object]:
    try:
        preview = opt_outs.last(principal, app)
    except NotFound:
        return {"app": app, "preview": None, "refusal": _refusal(app)}
    proposal = Proposal.from_json(preview.findings) if preview.findings is not None else None
    return {
        "app": app,
        "preview": preview,
        "proposal": proposal,
        "own": serving.own_of(preview.deployment),
        "outdated": opt_outs.outdated(preview),
        "marks": _marks(preview),
        "missed": [each for each in preview.broken or () if not each["is_guarded"]],
        "refusal": _refusal(app) if not preview.is_under_way else "",
    }


def _refusal(app: App) -> str:
    """Why no preview can begin, as a sentence; else empty."""
    try:
        opt_outs.subject(app)
    except Conflict as error:
        return f"{error.message} {error.hint}".strip()
    return ""


def _marks(preview: OptOutPreview) -> list[Mark]:
    trial = preview.trial
    searched = "done" if preview.findings is not None else "running"
    imported = "done" if preview.broken is not None else "running" if _has_environment(trial) else "waiting"
    if not preview.is_under_way:
        searched, imported = (status if status == "done" else "waiting" for status in (searched, imported))
    return [
        Mark("Searching the source", searched),
        Mark("Building the clean environment", _built(trial)),
        Mark("Importing what it imports", imported),
        Mark("Starting a trial without traffic", _started(trial)),
    ]


def _has_environment(trial: Deployment | None) -> bool:
    return trial is not None and trial.environment_id is not None and trial.state not in (State.QUEUED, State.BUILDING)


def _built(trial: Deployment | None) -> str:
    if trial is None:
        return "waiting"
    if trial.state in (State.FAILED, State.CANCELLED):
        return "done" if trial.environment_id else "failed"
    return "running" if trial.state in (State.QUEUED, State.BUILDING) else "done"


def _started(trial: Deployment | None) -> str:
    if trial is None or not _has_environment(trial):
        return "waiting"
    if trial.state in opt_out_work.PASSED:
        return "done"
    return "failed" if trial.state in (State.FAILED, State.CANCELLED) else "running"
