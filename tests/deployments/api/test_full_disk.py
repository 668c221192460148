"""An upload meets a disk that is full: every way in says so, in its own dialect, and nothing is left of it.

Real is the disk, a file system of a few MB, and the server; chosen is only how much of the disk is left.
"""

import base64
import errno
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from django.conf import LazySettings
from django.test import Client as DjangoClient
from django.utils import timezone

from config.home import Home
from deployments import layout
from deployments.models import App, Bundle, Deployment, WorkspaceFile
from deployments.operations import bundles, deployments, examples, fixes, source_folders, workspace_files
from tests.deployments.api.live import LiveServer
from tests.full_disk import Disk, mounted
from tests.journeys.platform import pack
from tests.world import World
from workspaces.errors import DiskFull
from workspaces.models import AuditEvent

KB = 1024
PATIENCE_S = 5.0
SIZE_MB = 24
#: More than is kept in memory, and cannot be made smaller.
LARGE = os.urandom(3072 * KB)
#: Kept in memory until it is stored.
SMALL = os.urandom(200 * KB)
SENTENCE = "The platform's disk is full, so {} could not be stored. Nothing was changed, and nothing was lost."
HINT = "Ask the operator of the platform to free space, then try again."
SESSION, CSRF_COOKIE, CSRF = "slipway_session", "slipway_csrf", "c" * 32


@dataclass(frozen=True)
class Visitor:
    """Alice, with her token and in her browser."""

    world: World
    server: LiveServer
    app: App

    def program(self) -> httpx.Client:
        return self.server.client(self.world.token(self.world.alice))

    def browser(self, accept: str) -> httpx.Client:
        session = DjangoClient()
        session.force_login(self.world.alice.user)
        client = self.server.client()
        client.cookies.update({CSRF_COOKIE: CSRF, SESSION: session.cookies[SESSION].value})
        client.headers.update({"X-CSRFToken": CSRF, "Accept": accept})
        return client

    def form(self, content: bytes) -> httpx.Response:
        return self.program().post("/api/v1/apps/hello/deployments", files={"source": content})

    def body(self, content: bytes) -> httpx.Response:
        headers = {"Content-Type": "application/gzip"}
        return self.program().post("/api/v1/apps/hello/deployments", content=content, headers=headers)

    def chunked(self, content: bytes) -> httpx.Response:
        return self.program().post(f"/__api__/v1/content/{self.app.uuid}/bundles", content=iter([content]))

    def connect_form(self, content: bytes) -> httpx.Response:
        path = f"/__api__/v1/content/{self.app.uuid}/bundles"
        return self.program().post(path, files={"archive": content}, data={"metadata": "{}"})

    def workspace_file(self, content: bytes) -> httpx.Response:
        path = "/api/2.0/workspace-files/import-file/Shared%2Fapp.py?overwrite=true"
        return self.program().post(path, content=content)

    def workspace_form(self, content: bytes) -> httpx.Response:
        data = {"path": "/Shared/app.py", "format": "AUTO", "overwrite": "true"}
        return self.program().post("/api/2.0/workspace/import", files={"content": content}, data=data)

    def workspace_json(self, content: bytes) -> httpx.Response:
        body = {"path": "/Shared/app.py", "format": "RAW", "overwrite": True}
        content_64 = base64.b64encode(content).decode()
        return self.program().post("/api/2.0/workspace/import", json=body | {"content": content_64})

    def script(self, content: bytes) -> httpx.Response:
        return self.browser("application/json").post("/w/acme/apps/hello/deploy", files={"source": content})

    def page(self, content: bytes) -> httpx.Response:
        return self.browser("text/html").post("/w/acme/apps/hello/deploy", files={"source": content})


def ours(answer: httpx.Response) -> str:
    assert answer.json()["code"] == "disk_full"
    return page_script(answer)


def page_script(answer: httpx.Response) -> str:
    return f"{answer.json()['message']} {answer.json()['hint']}"


def connect(answer: httpx.Response) -> str:
    content = answer.json()
    assert (content["code"], content["payload"]) == (1, None)
    return str(content["error"])


def databricks(answer: httpx.Response) -> str:
    assert answer.json()["error_code"] == "INSUFFICIENT_STORAGE"
    return str(answer.json()["message"])


def html(answer: httpx.Response) -> str:
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "default-src" in answer.headers["Content-Security-Policy"]
    assert "Alice" in answer.text
    return answer.text.replace("&#x27;", "'").replace("</h1>\n  <p>", " ")


WAYS: dict[str, tuple[Callable[[Visitor, bytes], httpx.Response], Callable[[httpx.Response], str]]] = {
    "form": (Visitor.form, ours),
    "body": (Visitor.body, ours),
    "Connect": (Visitor.chunked, connect),
    "Connect form": (Visitor.connect_form, connect),
    "workspace file": (Visitor.workspace_file, databricks),
    "workspace form": (Visitor.workspace_form, databricks),
    "workspace JSON": (Visitor.workspace_json, databricks),
    "script": (Visitor.script, page_script),
    "page": (Visitor.page, html),
}
#: Where it is noticed, and how much room is left for that: first a body is written, then a form's files, then ours.
MOMENTS = {
    "the body": (LARGE, 256 * KB, list(WAYS)),
    "a form's file": (LARGE, 4608 * KB, [way for way in WAYS if "form" in way or way in {"script", "page"}]),
    "the upload": (LARGE, 7680 * KB, ["form", "Connect form", "workspace form", "script"]),
    "what was in memory": (SMALL, 64 * KB, [way for way in WAYS if way != "page"]),
}
NAMES = ("what was sent", "the source", "the file")


@pytest.fixture
def disk(tmp_path: Path, settings: LazySettings, short_temporary_folder: None) -> Iterator[Disk]:
    with mounted(tmp_path / "home", size_mb=SIZE_MB) as disk:
        settings.HOME = Home(disk.root)
        settings.HOME.create()
        settings.FILE_UPLOAD_TEMP_DIR = str(settings.HOME.uploads)
        yield disk


@pytest.fixture
def visitor(disk: Disk, server: LiveServer) -> Visitor:
    from tests import world

    people = world.create()
    return Visitor(people, server, people.app())


def stored(disk: Disk) -> list[str]:
    folders = (disk.root / name for name in ("uploads", "bundles", "files"))
    return [path.name for folder in folders for path in folder.rglob("*") if path.is_file()]


def rows() -> tuple[int, ...]:
    told = AuditEvent.objects.exclude(object_type="access token")
    return (*(model.objects.count() for model in (App, Bundle, Deployment, WorkspaceFile)), told.count())


def until(condition: Callable[[], bool]) -> bool:
    ends_at = time.monotonic() + PATIENCE_S
    while not (is_so := condition()) and time.monotonic() < ends_at:
        time.sleep(0.01)
    return is_so


class TestUpload:
    @pytest.mark.parametrize("moment", MOMENTS)
    def test_is_refused_and_leaves_nothing(self, moment: str, visitor: Visitor, disk: Disk) -> None:
        content, leaving_bytes, ways = MOMENTS[moment]
        disk.fill(leaving_bytes=leaving_bytes)

        for way in ways:
            send, read = WAYS[way]
            before, free_bytes = rows(), disk.free_bytes()
            answer = send(visitor, content)

            assert answer.status_code == 507, (way, answer.text)
            assert any(f"{SENTENCE.format(what)} {HINT}" in read(answer) for what in NAMES), (way, answer.text)
            assert str(disk.root) not in answer.text
            assert rows() == before, way
            # An answer arrives before its request is put away.
            assert until(lambda free=free_bytes: (stored(disk), disk.free_bytes()) == ([], free)), (way, stored(disk))

    def test_arrives_once_there_is_room(self, visitor: Visitor, disk: Disk) -> None:
        for way, (send, _) in WAYS.items():
            content = os.urandom(len(LARGE))
            disk.fill(leaving_bytes=256 * KB)
            assert send(visitor, content).status_code == 507
            disk.free()

            answer = send(visitor, content)

            assert answer.status_code in {200, 202, 302}, (way, answer.text)
            contents = (disk.root / name for name in ("bundles", "files"))
            paths = [path for folder in contents for path in folder.rglob("*") if path.is_file()]
            assert [path.read_bytes() for path in paths] == [content], way
            for path in paths:
                path.unlink()

    def test_of_a_page_without_scripts_comes_back_to_the_form(self, visitor: Visitor, disk: Disk) -> None:
        disk.fill(leaving_bytes=64 * KB)

        with visitor.browser("text/html") as browser:
            answer = browser.post("/w/acme/apps/hello/deploy", files={"source": SMALL}, follow_redirects=True)

        assert "The platform&#x27;s disk is full, so the source could not be stored." in answer.text
        assert (answer.request.url.path, stored(disk)) == ("/w/acme/apps/hello/deploy", [])


class TestOperations:
    """Those that write without an upload: a change of a source that is kept, and an example."""

    @pytest.fixture
    def deployment(self, disk: Disk, world: World) -> Deployment:
        files = {"app.py": "import yaml\n", "requirements.txt": "flask\n", "noise.bin": SMALL}
        return deployments.request(world.alice, world.app(), bundle=world.bundle(pack(files)))

    def test_a_fix(self, deployment: Deployment, disk: Disk, world: World) -> None:
        disk.fill(leaving_bytes=64 * KB)
        before, files = rows(), stored(disk)

        with pytest.raises(DiskFull, match="so the source could not be stored"):
            fixes.fix(world.alice, deployment.app, deployment, requirements=["pyyaml"])

        assert (rows(), stored(disk)) == (before, files)

    def test_a_fix_of_what_lies_unpacked(self, deployment: Deployment, disk: Disk, world: World) -> None:
        bundles.unpacked(deployment.bundle)
        disk.fill(leaving_bytes=64 * KB)
        before, files = rows(), stored(disk)

        with pytest.raises(DiskFull, match="so the source could not be stored"):
            fixes.fix(world.alice, deployment.app, deployment, requirements=["pyyaml"])

        assert (rows(), stored(disk)) == (before, files)
        disk.free()
        fixed = fixes.fix(world.alice, deployment.app, deployment, requirements=["pyyaml"])
        assert (bundles.unpacked(fixed.bundle) / "requirements.txt").read_text() == "flask\npyyaml\n"

    def test_a_folder_of_workspace_files(self, disk: Disk, world: World) -> None:
        workspace_files.write(world.alice, "/Shared/noise.bin", [SMALL], now=timezone.now())
        disk.fill(leaving_bytes=64 * KB)
        before, files = rows(), stored(disk)

        with pytest.raises(DiskFull, match="so the source could not be stored"):
            source_folders.bundle(world.alice, "/Shared")

        assert (rows(), stored(disk)) == (before, files)

    def test_an_example(self, disk: Disk, world: World) -> None:
        disk.fill()

        with pytest.raises(DiskFull, match="the source could not be stored"):
            examples.create_app(world.alice, name="hello", example="flask-jinja")

        assert (App.objects.exists(), stored(disk)) == (False, [])

    @pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
    def test_a_quota_is_a_disk_too(self, number: int, disk: Disk, world: World) -> None:
        def chunks() -> Iterator[bytes]:
            yield SMALL
            raise OSError(number, os.strerror(number))

        with pytest.raises(DiskFull):
            bundles.receive(world.alice, chunks())

        assert (stored(disk), Bundle.objects.exists()) == ([], False)

    def test_what_is_there_already_stays(self, disk: Disk, world: World) -> None:
        kept = world.bundle(SMALL)
        disk.fill(leaving_bytes=64 * KB)

        with pytest.raises(DiskFull):
            world.bundle(SMALL)

        assert layout.archive(kept).read_bytes() == SMALL
