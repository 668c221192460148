"""An app and its secret: set by a person who leaves, known to the app alone, and gone one day."""

import base64
import hashlib
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import httpx
import pytest

from tests.journeys.platform import Platform

APP = "with-secret"
VALUE = "pässword/with+odd &signs=42"
CODE = """
import base64, hashlib, http.server, os, urllib.parse
value = os.environ["DB_PASSWORD"]
print("raw", value)
print("quoted", urllib.parse.quote(value, safe=""), urllib.parse.quote_plus(value))
for before in ("", "x", "xy"):
    print("base64", base64.b64encode((before + value).encode()).decode())
print("from app.yaml", os.environ["PGPASSWORD"], os.environ["ALSO"], os.environ["COLOUR"], flush=True)

class Told(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/crash":
            os._exit(3)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(hashlib.sha256(value.encode()).hexdigest().encode())

http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Told).serve_forever()
"""
APP_YAML = """
env:
  - {name: PGPASSWORD, valueFrom: db-password}
  - {name: ALSO, valueFrom: prod/db-password}
  - {name: COLOUR, value: red}
"""
SOURCE = {"app.py": CODE, "app.yaml": APP_YAML}
#: A source whose build takes long enough for a secret to go away meanwhile.
SETUP = (
    "import time\nfrom setuptools import setup\ntime.sleep(4)\nsetup(name='slow', version='1', py_modules=['slow'])\n"
)
SLOW_SOURCE = {**SOURCE, "requirements.txt": "./slow\n", "slow/setup.py": SETUP, "slow/slow.py": ""}


@pytest.fixture(scope="module")
def carol(platform: Platform) -> Iterator[httpx.Client]:
    """A member who makes the scope, sets the variable, deploys, and then leaves."""
    code = (
        "from workspaces.models import Membership, User, Workspace\n"
        "from workspaces import principals\n"
        "from workspaces.operations import access_tokens\n"
        "carol = User.objects.create_user('carol@example.org', name='Carol')\n"
        "Membership.objects.create(workspace=Workspace.objects.get(slug='demo'), user=carol)\n"
        "print(access_tokens.create(principals.of_user(carol, 'demo'), label='journey')[1])"
    )
    token = platform.manage("shell", "--no-imports", "-c", code).strip()
    with httpx.Client(base_url=platform.api.base_url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as api:
        yield api
    platform.remove([APP])


@pytest.fixture(scope="module")
def number(platform: Platform, carol: httpx.Client) -> int:
    """The app with its secret, deployed by Carol; the number of the deployment."""
    carol.post("/scopes", json={"name": "prod"}).raise_for_status()
    carol.put("/scopes/prod/secrets/db-password", json={"string_value": VALUE}).raise_for_status()
    platform.create(APP)
    variables = [
        {"name": "DB_PASSWORD", "secret": {"scope": "prod", "key": "db-password"}},
        {"name": "COLOUR", "value": "blue"},
    ]
    carol.put(f"/apps/{APP}/env", json={"env": variables}).raise_for_status()
    made, platform.api = platform.api, carol
    try:
        return int(platform.run(APP, SOURCE)["number"])
    finally:
        platform.api = made


def knows_it(platform: Platform) -> bool:
    answer = platform.get(APP)
    return answer.status_code == 200 and answer.text == hashlib.sha256(VALUE.encode()).hexdigest()


def runtime_log(platform: Platform) -> str:
    page = platform.api.get(f"/apps/{APP}/log", params={"tail": 1000}).raise_for_status().json()
    return "\n".join(line["text"] for line in page["lines"])


def forms() -> list[bytes]:
    """The value in clear, URL-quoted, escaped as in JSON, and what stays the same of it in base64 at any alignment."""
    raw = VALUE.encode()
    texts = [quote(VALUE, safe=""), quote(VALUE), quote_plus(VALUE), VALUE.replace("ä", "\\u00e4")]
    whole = [base64.b64encode(bytes(before) + raw)[4 : (before + len(raw)) * 4 // 3 - 1] for before in range(3)]
    return [raw, *(text.encode() for text in texts), *whole]


def holding_it(home: Path) -> list[str]:
    """The files below ``home`` in which the value can be found in any form."""
    found = []
    for path in home.rglob("*"):
        if path.is_relative_to(home / "postgres") or not stat.S_ISREG(path.lstat().st_mode):
            continue
        content = path.read_bytes()
        found += [str(path) for form in forms() if form in content]
    return found


def command_lines() -> bytes:
    lines = []
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            try:
                lines.append((process / "cmdline").read_bytes())
            except OSError:
                continue
    return b"\n".join(lines)


class TestASecret:
    def test_reaches_the_app_and_nobody_else(self, platform: Platform, number: int) -> None:
        assert knows_it(platform)
        platform.until(lambda: "from app.yaml" in runtime_log(platform))

        log = runtime_log(platform)

        assert "raw ***" in log
        assert "from app.yaml *** *** blue" in log
        assert not [form for form in forms() if form in log.encode()]
        assert not [form for form in forms() if form in platform.log(APP, number).encode()]
        assert "PGPASSWORD gets the secret prod/db-password at each start." in platform.log(APP, number)
        assert not [form for form in forms() if form in command_lines()]
        assert holding_it(platform.home) == []

    def test_is_found_by_this_test_where_it_lies(self, tmp_path: Path) -> None:
        for name, form in enumerate(forms()):
            (tmp_path / str(name)).write_bytes(b"before" + form + b"after")

        assert {Path(path).name for path in holding_it(tmp_path)} == {str(name) for name in range(len(forms()))}
        assert all(
            any(form in base64.b64encode(b"z" * before + VALUE.encode() + b"zz") for form in forms())
            for before in range(6)
        )

    def test_is_there_again_after_a_crash(self, platform: Platform, number: int) -> None:
        with pytest.raises(httpx.HTTPError):
            platform.get(APP, "/crash").raise_for_status()

        platform.until(lambda: knows_it(platform))

    @pytest.mark.usefixtures("number")
    def test_outlives_who_set_it(self, platform: Platform, carol: httpx.Client) -> None:
        code = (
            "from django.utils import timezone; from workspaces.models import Membership;"
            "Membership.objects.filter(user__email='carol@example.org').update(deactivated_at=timezone.now())"
        )
        platform.manage("shell", "--no-imports", "-c", code)
        assert carol.get("/apps").status_code == 401

        platform.api.post(f"/apps/{APP}/stop").raise_for_status()
        platform.until(lambda: platform.get(APP).status_code != 200)
        platform.api.post(f"/apps/{APP}/start").raise_for_status()

        platform.until(lambda: knows_it(platform))

    def test_that_went_away_during_a_build_fails_the_start_and_the_old_serves(
        self, platform: Platform, number: int
    ) -> None:
        new = platform.deploy(APP, SLOW_SOURCE)
        # Once the build has looked at what its source refers to: before that it would be the build that fails.
        platform.until(lambda: "ALSO gets the secret" in platform.log(APP, new))
        platform.api.delete("/scopes/prod/secrets/db-password").raise_for_status()

        found = platform.wait(APP, new)

        assert (found["state"], found["failure"]["kind"]) == ("failed", "missing_secret")
        assert "Scope 'prod' has no key 'db-password'." in found["failure"]["message"]
        assert platform.api.get(f"/apps/{APP}").json()["active_deployment"] == number
        assert knows_it(platform)

    def test_that_is_gone_is_missed_when_a_deployment_is_requested(self, platform: Platform, number: int) -> None:
        answer = platform.api.post(f"/apps/{APP}/deployments", json={"bundle": "active"})

        assert answer.status_code == 400
        assert answer.json()["message"].startswith("DB_PASSWORD refers to the key 'db-password'")
