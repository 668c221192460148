"""Bad input gets a sentence, and nothing is lost: what served before serves during and after."""

import os
import re
import tarfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest

from tests.journeys.platform import FINAL, PROJECT, Platform, pack

MIB = 1024 * 1024
GOOD = """
import http.server, os
class Good(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"still here")
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Good).serve_forever()
"""
#: Answers at once, and dies within the seconds that it has to stay alive.
SHORT_LIVED = GOOD.replace("import http.server, os", "import http.server, os, threading").replace(
    "http.server.ThreadingHTTPServer",
    "threading.Timer(1.5, lambda: os._exit(3)).start()\nhttp.server.ThreadingHTTPServer",
)
FAILING = GOOD.replace("send_response(200)", "send_response(500)")


def member(name: str, kind: bytes, target: str = "") -> bytes:
    """A good app with one more member that should not be in it."""
    buffer = BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        app = tarfile.TarInfo("app.py")
        app.size = len(GOOD)
        archive.addfile(app, BytesIO(GOOD.encode()))
        bad = tarfile.TarInfo(name)
        bad.type, bad.linkname = kind, target
        archive.addfile(bad)
    return buffer.getvalue()


def zipped(name: str) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", GOOD)
        archive.writestr(name, "mine now")
    return buffer.getvalue()


def requiring(requirements: str, **files: str) -> dict[str, str | bytes]:
    return {"app.py": GOOD, "requirements.txt": requirements, **files}


@dataclass(frozen=True)
class Bad:
    """One bad upload, and what is said of it: patterns. ``settings`` are the app's."""

    kind: str
    source: bytes | Mapping[str, str | bytes]
    message: str
    hint: str
    settings: Mapping[str, Any] = field(default_factory=dict)


BAD = {
    "no-archive": Bad(
        "bad_archive", b"This is a letter and not an archive. " * 30, "The upload is not an archive", r"\.tar\.gz",
    ),
    "cut-off": Bad("bad_archive", pack({"app.py": GOOD, "noise": os.urandom(50_000)})[:20_000], "cut off", "whole"),
    "no-file": Bad("bad_archive", pack({}), "holds no file", "folder"),
    "dots": Bad("bad_archive", pack({"app.py": GOOD, "../evil.py": "x"}), r"'\.\./evil\.py'", "archive"),
    "dots-in-zip": Bad("bad_archive", zipped("a/../../evil.py"), r"'a/\.\./\.\./evil\.py'", "archive"),
    "absolute": Bad("bad_archive", pack({"app.py": GOOD, "/etc/cron.d/evil": "x"}), "'/etc/cron.d/evil'", "archive"),
    "link-out": Bad("bad_archive", member("data", tarfile.SYMTYPE, "../../../etc"), "'data'", "link"),
    "link-to-root": Bad("bad_archive", member("data", tarfile.SYMTYPE, "/etc/shadow"), "'data'", "link"),
    "hard-link-out": Bad(
        "bad_archive", member("data", tarfile.LNKTYPE, "../../secret"), r"'\.\./\.\./secret'", "archive"
    ),
    "device": Bad("bad_archive", member("disk", tarfile.BLKTYPE), "'disk' in the archive is a device", "Leave it out"),
    "pipe": Bad("bad_archive", member("pipe", tarfile.FIFOTYPE), "'pipe' in the archive is a named pipe", "Leave it"),
    "bomb-by-ratio": Bad("archive_too_large", pack({"zeros": bytes(20 * MIB)}), "200 times its size", "repeated"),
    "bomb-by-count": Bad("archive_too_large", pack({f"{n}.txt": "" for n in range(1001)}), "1000 files", "source"),
    "bomb-by-size": Bad(
        "archive_too_large", pack({"noise": os.urandom(MIB), "a": bytes(16 * MIB), "b": bytes(16 * MIB)}),
        "more than 32 MiB", "without environments",
    ),
    "no-entry-point": Bad("no_entry_point", {"README.md": "Hello", "notes/plan.txt": "…"}, "", r"app\.(py|yaml)"),
    "app-yaml": Bad(
        "bad_app_yaml", {"app.py": GOOD, "app.yaml": "command:\n  run: it\n"}, "'command' in app.yaml, line", "list"
    ),
    "app-yaml-resource": Bad(
        "bad_app_yaml",
        {"app.py": GOOD, "app.yaml": "env:\n- name: KEY\n  valueFrom: vault\n"},
        "KEY.*'vault'",
        "scope/key",
    ),
    "no-package": Bad(
        "package_not_found", requiring("slipway-no-such-package-4711\n"), "slipway-no-such-package-4711", "spelling"
    ),
    "no-version": Bad("package_not_found", requiring("idna==99.9\n"), "idna.*99.9", r"idna.* \d"),
    "conflict": Bad("conflict", requiring("requests==2.32.3\nidna<2.5\n"), "requests.*idna", "Loosen"),
    "hash": Bad("hash_mismatch", requiring(f"idna==3.7 --hash=sha256:{'0' * 64}\n"), "idna 3.7", "hashes"),
    "include": Bad(
        "bad_requirements", requiring("-r more.txt\n"), "requirements.txt, line 1 includes more.txt", "Upload"
    ),
    "include-out": Bad("bad_requirements", requiring("-r ../../../../etc/passwd\n"), "outside the source", "upload"),
    "option": Bad("bad_requirements", requiring("--frobnicate\n"), "requirements.txt, line 1: .*frobnicate", "options"),
    "index": Bad(
        "index_unreachable", requiring("--index-url https://deploy:hunter22@127.0.0.1:9/simple\nidna\n"),
        r"127\.0\.0\.1.*own machine",
        "SLIPWAY_ALLOWED_INTERNAL",
    ),
    "syntax": Bad("bad_requirements", requiring("idna ~~ 3\n"), "requirements.txt, line 1: 'idna ~~ 3'", "versions"),
    "git": Bad(
        "package_not_found", requiring("thing @ git+https://127.0.0.1:9/thing.git\n"),
        "repository of thing could not be fetched", "address",
    ),
    "build": Bad(
        "package_build_failed",
        requiring("./broken\n", **{"broken/setup.py": "raise RuntimeError('no luck today')\n"}),
        "could not be built|building it", "RuntimeError: no luck today",
    ),
    "pyproject": Bad("bad_requirements", {"app.py": GOOD, "pyproject.toml": "[project\n"}, "pyproject.toml", "line"),
    "stale-lock": Bad(
        "bad_requirements",
        {
            "app.py": GOOD,
            "pyproject.toml": '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.8"\n'
            'dependencies = ["idna"]\n',
            "uv.lock": 'version = 1\nrequires-python = ">=3.8"\n\n[[package]]\nname = "app"\nversion = "1"\n'
            'source = { virtual = "." }\n',
        },
        "uv.lock does not match pyproject.toml", "uv lock",
    ),
    "python": Bad("no_interpreter", {"app.py": GOOD, ".python-version": "pypy3.10\n"}, "pypy3.10", "version"),
    "crash": Bad(
        "crashed_at_start", {"app.py": "raise RuntimeError('the table is not there')\n"},
        "RuntimeError in app.py, line 1: the table is not there", "log",
    ),
    "syntax-error": Bad("crashed_at_start", {"app.py": "def main(:\n"}, "cannot read app.py, line 1", "that line"),
    "exit": Bad("crashed_at_start", {"app.py": "print('all done')\n"}, "exit code 0", "PORT"),
    "dies-soon": Bad("crashed_at_start", {"app.py": SHORT_LIVED}, "exit code 3", "print|log", {"startup_s": 6}),
    "variable": Bad("crashed_at_start", {"app.py": "import os\nos.environ['API_KEY']\n"}, "API_KEY", "app.yaml"),
    "command": Bad(
        "crashed_at_start", {"app.yaml": "command: [no-such-program, $PORT]\n"}, "'no-such-program'", "requirements"
    ),
    "module": Bad("missing_module", {"app.py": "import sklearn\n"}, "'sklearn'", '"scikit-learn"'),
    "library": Bad(
        "missing_library", {"app.py": "import ctypes\nctypes.CDLL('libnosuchthing.so.7')\n"}, "libnosuchthing.so.7",
        "administrator",
    ),
    "no-port": Bad(
        "port_not_opened", {"app.py": "import time\ntime.sleep(600)\n"}, "nothing listened on its port", "PORT",
        {"start_timeout_s": 2},
    ),
    "not-ready": Bad(
        "not_ready", {"app.py": FAILING}, "/health answered 500", "readiness path",
        {"start_timeout_s": 8, "readiness_path": "/health"},
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """``pages`` are all the different answers that visitors got meanwhile."""

    deployment: Mapping[str, Any]
    log: str
    pages: frozenset[tuple[int, str]]

    @property
    def told(self) -> str:
        failure = self.deployment["failure"]
        return f"{failure['message']}\n{failure['hint']}"


@pytest.fixture(scope="module")
def outcomes(platform: Platform) -> Iterator[dict[str, Outcome]]:
    """Every case in an app of its own that serves already; all at the same time, because most of it is waiting."""
    apps = {case: f"bad-{case}" for case in BAD}
    for app in apps.values():
        platform.create(app)
    firsts = platform.wait_all({app: platform.deploy(app, {"app.py": GOOD}) for app in apps.values()})
    assert not [(app, first["failure"]) for app, first in firsts.items() if first["state"] != "active"]
    for case, bad in BAD.items():
        platform.api.patch(f"/apps/{apps[case]}", json=bad.settings).raise_for_status()
    numbers = {case: platform.deploy(apps[case], bad.source) for case, bad in BAD.items()}
    pages: dict[str, set[tuple[int, str]]] = {case: set() for case in BAD}
    decided: dict[str, dict[str, Any]] = {}
    deadline = time.monotonic() + 180
    while len(decided) < len(BAD) and time.monotonic() < deadline:
        for case in BAD.keys() - decided.keys():
            page = platform.get(apps[case])
            pages[case].add((page.status_code, page.text))
            found = platform.api.get(f"/apps/{apps[case]}/deployments/{numbers[case]}").json()
            if found["state"] in FINAL:
                decided[case] = found
    logs = {case: platform.log(apps[case], numbers[case]) for case in BAD}
    yield {case: Outcome(found, logs[case], frozenset(pages[case])) for case, found in decided.items()}
    platform.remove(apps.values())


@pytest.mark.parametrize("case", BAD)
class TestBadInput:
    def test_fails_with_the_cause_and_what_helps(self, outcomes: dict[str, Outcome], case: str) -> None:
        bad, outcome = BAD[case], outcomes[case]
        failure = outcome.deployment["failure"]

        assert outcome.deployment["state"] == "failed", outcome.log
        assert re.fullmatch(bad.kind, failure["kind"]), failure
        assert re.search(bad.message, failure["message"]), failure
        assert re.search(bad.hint, failure["hint"]), failure

    def test_says_it_in_sentences_and_ends_the_log_with_them(self, outcomes: dict[str, Outcome], case: str) -> None:
        failure = outcomes[case].deployment["failure"]

        assert failure["message"].endswith("."), failure
        assert failure["hint"], failure
        log = outcomes[case].log
        assert log.endswith(f"FAILED: {failure['message']}\n{failure['hint']}".rstrip()), log

    def test_shows_no_place_of_the_machine_and_no_password(
        self, platform: Platform, outcomes: dict[str, Outcome], case: str
    ) -> None:
        told = f"{outcomes[case].told}\n{outcomes[case].log}"

        for place in (str(platform.home), str(PROJECT), "/root", "/home/", ".venv", ".pyenv"):
            assert place not in told
        assert "hunter22" not in told
        assert not re.search(r"File \"[^\"]*(deployments|workspaces|packagerepos|config)/", told)

    def test_leaves_what_served_before(self, platform: Platform, outcomes: dict[str, Outcome], case: str) -> None:
        app = platform.api.get(f"/apps/bad-{case}").json()

        assert outcomes[case].pages == {(200, "still here")}
        assert platform.get(f"bad-{case}").text == "still here"
        assert (app["state"], app["active_deployment"]) == ("running", 1)


@pytest.fixture(scope="module")
def app(platform: Platform) -> Iterator[str]:
    platform.create("requests")
    yield "/apps/requests/deployments"
    platform.remove(["requests"])


class TestRequest:
    """What is wrong with the request itself is answered at once, and no deployment comes of it."""

    @pytest.mark.parametrize(
        ("upload", "status", "code", "message"),
        [
            (b"", 400, "invalid", "The upload is empty."),
            (os.urandom(8 * MIB + 1), 413, "limit", "The upload is larger than 8 MiB."),
            (os.urandom(10 * MIB), 413, "limit", "The upload is larger than 8 MiB."),
        ],
        ids=["empty", "one-byte-over", "far-over"],
    )
    def test_refuses_an_upload(
        self, platform: Platform, app: str, upload: bytes, status: int, code: str, message: str
    ) -> None:
        answer = platform.api.post(app, files={"source": ("app.tar.gz", upload)})

        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.json()["message"] == message
        assert answer.json()["hint"]
        assert platform.api.get(app).json()["results"] == []

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({"bundle": f"sha256:{'0' * 64}"}, 404, "not_found"),
            ({"bundle": "../../etc/passwd"}, 400, "invalid"),
            ({"bundle": "active"}, 409, "conflict"),
            ({}, 400, "invalid"),
        ],
        ids=["unknown-digest", "no-digest", "nothing-active", "nothing"],
    )
    def test_refuses_a_bundle(
        self, platform: Platform, app: str, body: Mapping[str, str], status: int, code: str
    ) -> None:
        answer = platform.api.post(app, json=body)

        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.json()["message"].endswith(".")
        assert platform.api.get(app).json()["results"] == []

    def test_answers_the_same_idempotency_key_with_the_same_deployment(self, platform: Platform) -> None:
        platform.create("idempotent")
        source = pack({"app.py": GOOD})

        first, again = (
            platform.api.post(
                "/apps/idempotent/deployments",
                files={"source": ("app.tar.gz", source)},
                headers={"Idempotency-Key": "one and the same"},
            )
            for _ in range(2)
        )

        assert (first.status_code, again.status_code) == (202, 202)
        assert first.json()["number"] == again.json()["number"] == 1
        assert len(platform.api.get("/apps/idempotent/deployments").json()["results"]) == 1
        platform.remove(["idempotent"])
