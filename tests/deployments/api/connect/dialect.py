"""What the tests of the dialect say often."""

from typing import Any

from django.utils import timezone

from deployments.models import App, Deployment, State
from deployments.operations import environments

API = "/__api__/v1"
CONTENT = f"{API}/content"
#: How far a deployment goes, by where it ends.
WAYS = {
    State.READY: (State.BUILDING, State.STARTING, State.READY),
    State.ACTIVE: (State.BUILDING, State.STARTING, State.ACTIVE),
    State.FAILED: (State.BUILDING, State.FAILED),
}
LAUNCH = {
    "framework": "FastAPI", "kind": "api", "argv": ["uvicorn"], "env": {}, "python": "", "python_version": "3.11.7",
}  # fmt: skip


def error(response: Any) -> tuple[int, int]:
    """Status and code of an answer that must be an error of the dialect with a sentence."""
    told = response.json()
    assert response["Content-Type"].startswith("application/json")
    assert sorted(told) == ["code", "error", "payload"], told
    assert told["error"].endswith((".", "!", '"}')), told
    return response.status_code, told["code"]


def upload(client: Any, address: str, archive: bytes = b"source") -> str:
    """The id of a new bundle."""
    answer = client.post(f"{address}/bundles", archive, content_type="application/octet-stream")
    assert answer.status_code == 200, answer.content
    return str(answer.json()["id"])


def deploy(client: Any, address: str, **asked: Any) -> Deployment:
    answer = client.post(f"{address}/deploy", asked)
    assert (answer.status_code, list(answer.json())) == (202, ["task_id"]), answer.content
    return Deployment.objects.get(uuid=answer.json()["task_id"])


def bring(deployment: Deployment, end: State, **changes: Any) -> Deployment:
    """As worker and controller would, without a build."""
    key = f"{deployment.pk:064d}"
    deployment.lock = environments.keep_lock(deployment.workspace, key, {"packages": [], "notices": []})
    deployment.launch = LAUNCH
    deployment.save()
    for state in WAYS[end]:
        assert deployment.move(state, now=timezone.now(), **(changes if state == end else {}))
    if end == State.ACTIVE:
        App.objects.filter(pk=deployment.app_id).update(active_deployment=deployment)
    return deployment
