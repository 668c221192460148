"""A page, a JSON endpoint and a health check."""

import platform
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

app = FastAPI(title="Hello")
page = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")
started_at = datetime.now(UTC)


@app.get("/", response_class=HTMLResponse)
def index() -> str:
    return page


@app.get("/api/hello")
def hello(name: str = "world") -> dict[str, str]:
    return {
        "message": f"Hello, {name}!",
        "python": platform.python_version(),
        "running_since": started_at.isoformat(timespec="seconds"),
    }


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}
