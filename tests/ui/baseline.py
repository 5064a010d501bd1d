"""The tiny page that times are compared with: built with the same tools, served over the same loopback."""

from __future__ import annotations

import gzip
import mimetypes
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from scripts.build_ui import ROOT, run_in_ui


class Baseline:
    """The page; a context manager.

    Args:
        folder: where it is built.
    """

    def __init__(self, folder: Path) -> None:
        run_in_ui(
            ROOT,
            ["node_modules/vite/bin/vite.js", "build", "--config", "baseline/vite.config.ts", "--logLevel", "warn"],
            {"WATCHBELL_UI_OUT": str(folder)},
        )
        bodies = {
            "/" + path.relative_to(folder).as_posix(): gzip.compress(path.read_bytes())
            for path in folder.rglob("*")
            if path.is_file()
        }
        bodies["/"] = bodies["/index.html"]

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = bodies.get(self.path)
                self.send_response(404 if body is None else 200)
                kind = "text/html" if self.path == "/" else mimetypes.guess_type(self.path)[0]
                self.send_header("Content-Type", kind or "text/plain")
                self.send_header("Content-Encoding", "gzip")
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
