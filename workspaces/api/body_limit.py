"""Refusing bodies that are too large while they arrive.

Django writes the whole body of an ASGI request to a temporary file before any of our code runs; without this,
anybody could fill the disk without signing in.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from workspaces.api import error_shapes

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

#: A form's boundaries and fields around the file that the limit is meant for.
FORM_BYTES = 1024 * 1024
#: How many times the limit is read and thrown away for the sake of a readable refusal.
READ_AWAY = 4
PAUSE_S = 1.0


class BodyLimit:
    """An ASGI application around ``inner``, which sees no body longer than ``max_bytes`` and a form around them."""

    def __init__(self, inner: Application, max_bytes: int) -> None:
        self._inner = inner
        self._max_bytes = max_bytes

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
        elif self._is_over(_declared_bytes(scope)) or not await self._pass_on(scope, receive, send):
            await self._read_away(receive)
            await self._refuse(scope["path"], send)

    def _is_over(self, size_bytes: int) -> bool:
        return size_bytes > self._max_bytes + FORM_BYTES

    async def _pass_on(self, scope: Message, receive: Receive, send: Send) -> bool:
        received_bytes = 0

        async def counting_receive() -> Message:
            nonlocal received_bytes
            message = await receive()
            received_bytes += len(message.get("body", b""))
            # For the application the client has gone, so that it forgets what it has received.
            return {"type": "http.disconnect"} if self._is_over(received_bytes) else message

        async def send_unless_refused(message: Message) -> None:
            if not self._is_over(received_bytes):
                await send(message)

        await self._inner(scope, counting_receive, send_unless_refused)
        return not self._is_over(received_bytes)

    async def _read_away(self, receive: Receive) -> None:
        """An answer before the end of the body closes the connection, and a proxy then loses the answer.

        Whoever sends far more than that is cut off all the same.
        """
        passed_bytes = 0
        while passed_bytes < READ_AWAY * self._max_bytes:
            try:
                message = await asyncio.wait_for(receive(), PAUSE_S)
            except TimeoutError:
                return  # Whoever waits for the answer before sending gets it.
            passed_bytes += len(message.get("body", b""))
            if not message.get("more_body"):
                return

    async def _refuse(self, path: str, send: Send) -> None:
        message = f"The upload is larger than {self._max_bytes // (1024 * 1024)} MiB."
        hint = "Leave data and virtual environments out of the archive."
        body = json.dumps(error_shapes.content(path, 413, "limit", message, hint)).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _declared_bytes(scope: Message) -> int:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else 0
