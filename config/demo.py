"""The first workspace of a new platform, and its first app through the real pipeline."""

import json
import os
import secrets
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
from django.conf import settings

from config.lifecycle import loopback
from deployments.source.packing import pack
from workspaces.models import User, Workspace
from workspaces.operations import access_tokens, workspaces

WORKSPACE = "demo"
EMAIL = "admin@example.org"
APP = "hello-fastapi"
#: A first deployment downloads its packages; on a slow line that takes a while.
DEPLOY_TIMEOUT_S = 600.0


@dataclass(frozen=True)
class Credentials:
    """What ``initial-credentials.json`` holds: enough to sign in and to use the API."""

    url: str
    workspace: str
    username: str
    password: str
    token: str


def found() -> Credentials | None:
    """Workspace "demo" with an admin, on a platform that has no workspace yet; else ``None``."""
    if Workspace.objects.exists():
        return None
    password = secrets.token_urlsafe(12)
    user = User.objects.filter(email=EMAIL).first() or User.objects.create_superuser(EMAIL, name="Admin")
    user.set_password(password)
    user.save()
    principal = workspaces.create(slug=WORKSPACE, name="Demo", admin=user)
    _, token = access_tokens.create(principal, label="Made at the first start")
    credentials = Credentials(settings.URL, WORKSPACE, EMAIL, password, token)
    _write(settings.HOME.credentials, credentials)
    return credentials


def saved() -> Credentials | None:
    """The credentials of the first start, while nobody has removed the file."""
    try:
        return Credentials(**json.loads(settings.HOME.credentials.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def deploy_example(credentials: Credentials, say: Callable[[str], None]) -> str | None:
    """Deploy the example over the API as anybody would, telling its log; its address, or ``None`` if it failed."""
    with httpx.Client(
        base_url=f"http://{loopback()}/api/v1",
        headers={"Authorization": f"Bearer {credentials.token}", "Host": httpx.URL(settings.URL).netloc.decode()},
        timeout=30,
    ) as api:
        app = api.get(f"/apps/{APP}")
        if app.status_code == 404:
            app = api.post("/apps", json={"name": APP, "title": "Hello, FastAPI"}).raise_for_status()
        elif app.json()["active_deployment"] is not None:
            return str(app.json()["url"])
        number = _upload(api)
        return str(app.json()["url"]) if _follow(api, number, say) == "active" else None


def _upload(api: httpx.Client) -> int:
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "source.tar.gz"
        pack(settings.BASE_DIR / "examples" / APP, archive)
        with archive.open("rb") as file:
            answer = api.post(f"/apps/{APP}/deployments", files={"source": ("source.tar.gz", file)}).raise_for_status()
    return int(answer.json()["number"])


def _follow(api: httpx.Client, number: int, say: Callable[[str], None]) -> str:
    offset, deadline = "", time.monotonic() + DEPLOY_TIMEOUT_S
    while time.monotonic() < deadline:
        page = (
            api.get(f"/apps/{APP}/deployments/{number}/log", params={"offset": offset} if offset else {})
            .raise_for_status()
            .json()
        )
        for line in page["lines"]:
            say(f"  {line['text']}")
        if page["finished"] and not page["lines"]:
            return str(api.get(f"/apps/{APP}/deployments/{number}").raise_for_status().json()["state"])
        offset = page["next_offset"]
        time.sleep(0.3)
    return "still building"


def _write(path: Path, credentials: Credentials) -> None:
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(credentials), file, indent=2)
    draft.replace(path)
