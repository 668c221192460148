"""A browser as far as cookies, redirects, forms and navigations go, for names that lead to this machine."""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urljoin

import httpx

from tests.journeys.platform import Platform

NAVIGATION = {"Accept": "text/html,*/*;q=0.8", "Sec-Fetch-Mode": "navigate"}


class _ThisMachine(httpx.HTTPTransport):
    """Every host is here, as browsers take names below .localhost; the Host header stays."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        # A request of its own: cookies and redirects go by the one that was sent.
        url = request.url.copy_with(host="127.0.0.1")
        return super().handle_request(
            httpx.Request(
                request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions
            )
        )


@dataclass
class Browser:
    platform: Platform
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(transport=_ThisMachine(), timeout=30)

    @property
    def home(self) -> str:
        return f"http://localhost:{self.platform.port}"

    def open(self, url: str) -> httpx.Response:
        """Go there as a person does, over redirects and pages that lead on by themselves."""
        answer = self.client.get(url, headers=NAVIGATION, follow_redirects=True)
        while onward := re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', answer.text):
            answer = self.client.get(
                urljoin(str(answer.url), unescape(onward[1])), headers=NAVIGATION, follow_redirects=True
            )
        return answer

    def fetch(self, url: str, **options: Any) -> httpx.Response:
        """As a script of a page does."""
        return self.client.get(url, headers={"Accept": "*/*", "Sec-Fetch-Mode": "cors"}, **options)

    def sign_in(self, email: str, password: str, page: httpx.Response | None = None) -> httpx.Response:
        """Fill in the form, of ``page`` if that is one; ends where that led to."""
        shown = page or self.open(f"{self.home}/sign-in")
        assert "csrfmiddlewaretoken" in shown.text, shown.text
        answer = self.submit(shown, login=email, password=password)
        return self.open(str(answer.url)) if "http-equiv" in answer.text else answer

    def sign_out(self) -> None:
        self.submit(self.open(f"{self.home}/sign-out"))

    def submit(self, page: httpx.Response, **fields: str) -> httpx.Response:
        forms = re.findall(r"(?s)<form.*?</form>", page.text)
        form = next(form for form in forms if all(f'"{name}"' in form for name in fields))
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
        action = re.search(r'<form[^>]*action="([^"]+)"', form)
        target = urljoin(str(page.url), unescape(action[1])) if action else str(page.url)
        values = {name: unescape(value) for name, value in hidden.items()} | fields
        return self.client.post(target, data=values, headers=NAVIGATION | {"Origin": self.home}, follow_redirects=True)
