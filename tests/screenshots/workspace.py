"""A workspace in which one can believe: apps that run, one that fails, one that is stopped, one that is new."""

import json
from dataclasses import dataclass

import httpx

from tests.journeys.platform import PROJECT, Platform

SLUG, NAME = "northwind", "Northwind Analytics"
PASSWORD = "correct horse battery staple"
ADA, BEN, MEI = "ada.moreno@northwind.example", "ben.okafor@northwind.example", "mei.tan@northwind.example"
#: Reads a table with a package that its requirements forget.
FORECAST = """
import os
import http.server
import tabulate

class Forecast(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(tabulate.tabulate([["May", 120]]).encode())

http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Forecast).serve_forever()
"""
PEOPLE = """
import json
from workspaces import principals
from workspaces.models import Membership, Role, User, Workspace
from workspaces.operations import access_tokens
Workspace.objects.update(slug={slug!r}, name={name!r})
workspace = Workspace.objects.get()
tokens = {{}}
for email, name, role in {people!r}:
    user = User.objects.create_user(email, {password!r}, name=name)
    Membership.objects.create(workspace=workspace, user=user, role=role)
    tokens[email] = access_tokens.create(principals.of_user(user, workspace.slug), label="Laptop")[1]
print(json.dumps(tokens))
"""

#: What the platform would have measured in the hour before, had the pictures an hour to wait.
TRAFFIC = """
import math
from datetime import timedelta
from django.utils import timezone
from deployments.metrics import slots
from deployments.models import App, Sample
now, app, span_s = timezone.now(), App.objects.get(name={name!r}), {span_s}
rows = []
for n, at in enumerate(slots.all_between(now - timedelta(hours=1), now - timedelta(minutes=2), span_s)):
    requests = round(18 + 11 * math.sin(n / 17) + 5 * math.sin(n / 3.1) + n / 9)
    slow, errors = requests // 9, requests // 40
    rows.append(Sample(
        app=app, at=at, span_s=span_s, covered_s=span_s, requests=requests, errors=errors, bytes_out=requests * 4_100,
        times=[0, requests - slow, 0, slow, *[0] * 9], memory_bytes=(52 + n % 30 / 3) * 2**20, instances=1,
        cpu_ms=requests * 14,
    ))
Sample.objects.bulk_create(rows, ignore_conflicts=True)
"""


@dataclass(frozen=True)
class Client:
    """One person's program."""

    platform: Platform
    api: httpx.Client

    def send(self, method: str, path: str, **body: object) -> None:
        answer = self.api.request(method, path, json=body)
        assert answer.is_success, (path, answer.text)

    def create(self, name: str, title: str, **fields: object) -> None:
        self.send("POST", "/apps", name=name, title=title, **fields)


def fill(platform: Platform) -> None:
    """All of it, which takes a minute: the apps are built, started and asked."""
    people = [
        (ADA, "Ada Moreno", "admin"),
        (BEN, "Ben Okafor", "member"),
        ("mei.tan@northwind.example", "Mei Tan", "member"),
    ]
    code = PEOPLE.format(slug=SLUG, name=NAME, people=people, password=PASSWORD)
    tokens: dict[str, str] = json.loads(platform.manage("shell", "--no-imports", "-c", code))
    ada, ben = (_client(platform, tokens[email]) for email in (ADA, BEN))
    _share(ada)
    _deploy(platform, ada, ben)
    platform.manage("shell", "--no-imports", "-c", TRAFFIC.format(name="orders", span_s=30))


def _client(platform: Platform, token: str) -> Client:
    api = httpx.Client(base_url=platform.api.base_url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
    return Client(platform, api)


def _share(ada: Client) -> None:
    ada.send("POST", "/groups", name="data-science")
    for scope, keys in {"prod": ("db-password", "stripe-key"), "staging": ("db-password",)}.items():
        ada.send("POST", "/scopes", name=scope)
        for key in keys:
            ada.send("PUT", f"/scopes/{scope}/secrets/{key}", string_value="not a real one")
    ada.send("PUT", "/scopes/prod/acls/users", permission="READ")
    ada.send("POST", "/prohibited-packages", name="left-pad", note="Not maintained any more")


def _deploy(platform: Platform, ada: Client, ben: Client) -> None:
    ada.create("orders", "Orders API")
    secret = {"scope": "prod", "key": "db-password"}
    variables = [{"name": "LOG_LEVEL", "value": "info"}, {"name": "DB_PASSWORD", "secret": secret}]
    ada.send("PUT", "/apps/orders/env", env=variables)
    ben.create("word-count", "How often which word")
    ada.create("guestbook", "Guestbook of the spring fair")
    ben.create("forecast", "Demand forecast")
    ada.create("nightly-report", "Numbers of the day before")
    ben.create("status", "Status of the warehouse")
    examples = PROJECT / "examples"
    _run(ada, "orders", examples / "hello-fastapi")
    _run(ben, "word-count", examples / "flask-jinja")
    _run(ada, "guestbook", examples / "django-plain")
    _run(ben, "status", examples / "plain-script")
    _run(ben, "forecast", {"app.py": FORECAST, "requirements.txt": "tabulate==0.9.0\n"})
    source = {path.name: path.read_text() for path in (examples / "hello-fastapi").iterdir() if path.is_file()}
    _run(ada, "orders", source | {"requirements.txt": source["requirements.txt"] + "httpx==0.28.1\n"})
    ada.send("POST", "/apps/status/stop")
    platform.api = ben.api
    number = platform.deploy("forecast", {"app.py": FORECAST, "requirements.txt": "idna==3.7\n"})
    platform.wait("forecast", number)


def _run(client: Client, name: str, source: object) -> None:
    client.platform.api = client.api
    client.platform.run(name, source)
