"""Asking our API as a program does: JSON and a token."""

from typing import Any

from django.test import Client as DjangoClient

APPS = "/api/v1/apps"


class Client:
    def __init__(self, token: str | None = None) -> None:
        self._django = DjangoClient(raise_request_exception=False)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """``body`` goes as JSON, unless ``content_type`` says what else it is."""
        headers = {**self._headers, **options.pop("headers", {})}
        options.setdefault("content_type", "application/json")
        data = "" if body is None else body
        return getattr(self._django, method.lower())(path, data, headers=headers, **options)

    def get(self, path: str, **options: Any) -> Any:
        headers = {**self._headers, **options.pop("headers", {})}
        return self._django.get(path, headers=headers, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        return self.ask("POST", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> Any:
        return self.ask("PATCH", path, body, **options)

    def delete(self, path: str) -> Any:
        return self.ask("DELETE", path)

    def upload(self, path: str, form: dict[str, Any], **options: Any) -> Any:
        return self._django.post(path, form, headers={**self._headers, **options.pop("headers", {})}, **options)


def is_error(response: Any, status: int, code: str) -> bool:
    """Whether it is an error in our dialect with a sentence."""
    content = response.json()
    told = (response.status_code, content["code"], sorted(content))
    assert told == (status, code, ["code", "hint", "message"]), content
    return bool(content["message"].endswith((".", "!", '"')))
