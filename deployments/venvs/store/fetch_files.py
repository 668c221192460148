"""Runs in the sandbox: downloads the files listed in a JSON file and prints one JSON line for each.

Input: ``{"files": [{"url": …, "path": …, "login": [name, password] or null}], "insecure_hosts": […], "max_bytes": n,
"timeout_s": n or null, "retries": n or null}``. Proxies and certificates come as the usual variables.
Output: ``{"url": …, "error": null or "why"}``. Hashes are checked by whoever takes the files over.
"""

import json
import os
import ssl
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

AT_ONCE = 8
RETRIES = 3
TIMEOUT_S = 60.0


def main(list_path: str) -> None:
    job = json.loads(Path(list_path).read_text())
    trusted = ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE"))
    unchecked = httpx.HTTPTransport(verify=False)  # The app's own --trusted-host.
    mounts = {f"all://{urlsplit('//' + host).hostname}": unchecked for host in job["insecure_hosts"]}
    tries = RETRIES if job["retries"] is None else 1 + job["retries"]
    with (
        httpx.Client(
            verify=trusted, mounts=mounts, follow_redirects=True, timeout=job["timeout_s"] or TIMEOUT_S
        ) as client,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        fetch = partial(_fetch, client, tries=tries, max_bytes=job["max_bytes"])
        for file, error in pool.map(lambda file: (file, fetch(file)), job["files"]):
            print(json.dumps({"url": file["url"], "error": error}), flush=True)


def _fetch(client: httpx.Client, file: dict[str, Any], *, tries: int, max_bytes: int) -> str | None:
    error = None
    for _ in range(tries):
        try:
            error, is_final = _fetch_once(client, file, max_bytes)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as caught:
            error, is_final = f"{type(caught).__name__}: {caught}", False
        if error is None or is_final:
            return error
    return error


def _fetch_once(client: httpx.Client, file: dict[str, Any], max_bytes: int) -> tuple[str | None, bool]:
    # Not sent on to another host: the library takes it away there.
    auth = tuple(file["login"]) if file["login"] else None
    with client.stream("GET", file["url"], headers={"Accept-Encoding": "identity"}, auth=auth) as response:
        if response.status_code != httpx.codes.OK:
            return f"{response.status_code} {response.reason_phrase}", response.status_code < 500
        size = 0
        with open(file["path"], "wb") as target:
            for chunk in response.iter_bytes(1 << 18):
                size += len(chunk)
                if size > max_bytes:
                    return f"larger than {max_bytes} bytes", True
                target.write(chunk)
    return None, True


if __name__ == "__main__":
    main(sys.argv[1])
