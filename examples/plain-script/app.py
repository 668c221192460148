"""Nothing but the standard library: a small server that listens on $PORT."""

import html
import os
import platform
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A plain program</title>
<link rel="icon" href="data:,">
<style>
  :root {{ color-scheme: light dark; }}
  body {{ margin: 0; min-height: 100vh; display: grid; place-content: center; gap: .5rem; padding: 1.5rem; text-align: center;
    font: 1.1rem/1.6 ui-monospace, monospace; color: light-dark(#222, #eee); background: light-dark(#fdfbf3, #14130f); }}
  h1 {{ margin: 0; font-size: 1.8rem; }}
  code {{ padding: .1rem .4rem; border-radius: .3rem; background: #8883; overflow-wrap: anywhere; }}
</style>
<h1>python app.py</h1>
<p>Python {python} answers <code>{path}</code> with its standard library alone.</p>
</html>
"""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        page = PAGE.format(python=platform.python_version(), path=html.escape(self.path[:200])).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)


def main() -> None:
    server = ThreadingHTTPServer((os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))), Handler)
    # shutdown() waits for serve_forever(), so it must not be called by the thread that runs it.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"Listening on port {server.server_port}")
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
