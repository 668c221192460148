"""Visitors of an app that never stop: new connections, one kept connection, and slow streams."""

import http.client
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

#: An app whose page names its version and whose stream takes three seconds.
SOURCE = """
import asyncio
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, StreamingResponse

app = FastAPI()

@app.get("/", response_class=PlainTextResponse)
def version():
    return "%s"

@app.get("/stream")
def stream():
    async def parts():
        for number in range(30):
            yield f"{number}\\n"
            await asyncio.sleep(0.1)
    return StreamingResponse(parts(), media_type="text/plain")
"""
STREAM = b"".join(b"%d\n" % number for number in range(30))
REQUIREMENTS = "fastapi==0.165.0\nuvicorn==0.54.0\n"


def source(version: str) -> dict[str, str]:
    return {"main.py": SOURCE % version, "requirements.txt": REQUIREMENTS}


@dataclass
class Traffic:
    """A context: visitors come while the block runs. ``failures`` are sentences, ``seen`` the versions served."""

    address: str
    port: int
    host: str
    requests: int = 0
    streams: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def __enter__(self) -> "Traffic":
        self._over = threading.Event()
        visitors = (self._new_connections, self._one_connection, self._slow_streams)
        self._threads = [threading.Thread(target=visitor) for visitor in visitors]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _new_connections(self) -> None:
        while not self._over.is_set():
            connection = self._connect()
            self._ask(connection, "new connection")
            connection.close()
            time.sleep(0.01)

    def _one_connection(self) -> None:
        connection = self._connect()
        connection.connect()
        first = connection.sock
        while not self._over.is_set():
            self._ask(connection, "kept connection")
            if connection.sock is not first:
                self.failures.append("kept connection: the proxy closed it")
                connection.connect()
                first = connection.sock
            time.sleep(0.01)
        connection.close()

    def _slow_streams(self) -> None:
        while not self._over.is_set():
            connection = self._connect()
            body = self._get(connection, "/stream", "stream")
            if body is not None and body != STREAM:
                self.failures.append(f"stream: cut after {len(body)} of {len(STREAM)} bytes")
            self.streams += 1
            connection.close()

    def _ask(self, connection: http.client.HTTPConnection, who: str) -> None:
        body = self._get(connection, "/", who)
        self.requests += 1
        if body is not None:
            self.seen[body.decode()] += 1

    def _get(self, connection: http.client.HTTPConnection, path: str, who: str) -> bytes | None:
        try:
            connection.request("GET", path, headers={"Host": self.host})
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.failures.append(f"{who}: {type(error).__name__} {error}")
            connection.close()
            return None
        if answer.status != 200:
            self.failures.append(f"{who}: {answer.status} {body[:80]!r}")
            return None
        return body

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.address, self.port, timeout=30)
