"""A chat room over WebSockets, and a clock as a stream of server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

PAGE = Path(__file__).parent / "page.html"
MAX_CHARACTERS = 500
visitors: set[WebSocket] = set()


async def index(request: Request) -> FileResponse:
    return FileResponse(PAGE)


async def healthz(request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok", "visitors": len(visitors)})


async def clock(request: Request) -> StreamingResponse:
    return StreamingResponse(ticks(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def ticks() -> AsyncIterator[str]:
    while True:
        yield f"data: {datetime.now(UTC):%H:%M:%S}\n\n"
        await asyncio.sleep(1)


async def echo(websocket: WebSocket) -> None:
    """Answer each message with itself."""
    await websocket.accept()
    try:
        while True:
            await websocket.send_text(await websocket.receive_text())
    except WebSocketDisconnect:
        pass


async def chat(websocket: WebSocket) -> None:
    """Hand each message to everybody in the room."""
    await websocket.accept()
    visitors.add(websocket)
    try:
        while True:
            await tell_all((await websocket.receive_text())[:MAX_CHARACTERS])
    except WebSocketDisconnect:
        pass
    finally:
        visitors.discard(websocket)


async def tell_all(text: str) -> None:
    results = await asyncio.gather(*(visitor.send_text(text) for visitor in visitors), return_exceptions=True)
    for failure in results:
        if isinstance(failure, Exception) and not isinstance(failure, WebSocketDisconnect | RuntimeError):
            raise failure


app = Starlette(
    routes=[
        Route("/", index),
        Route("/healthz", healthz),
        Route("/clock", clock),
        WebSocketRoute("/echo", echo),
        WebSocketRoute("/chat", chat),
    ]
)
