"""The built files of the pages: which there are, in which encodings they lie there, and how they are sent.

The build writes names with a hash of the content under ``static/``, which browsers may keep for ever, and a brotli and
a gzip variant beside each text. Only what was found in the folder is served, by a look into a table: no address is
ever made into a path.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import Response

from watchbell.ground.value import dataclass

FOLDER_VARIABLE = "WATCHBELL_UI_STATIC"
"""For who works on the pages: a folder with another build than the installed one."""
INDEX, MANIFEST = "index.html", "manifest.json"
FOR_EVER, ASK_AGAIN = "public, max-age=31536000, immutable", "no-cache"
PAGE_CACHING = "private, no-cache"
"""Of HTML with somebody's data in it: kept for the way back only, and asked for again."""
SUFFIX_OF = {"br": ".br", "gzip": ".gz"}
"""Encodings that the build makes, the better one first, and how their files end."""
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
}
HASHED = re.compile(r"/static/.+-[\w-]{8}\.\w+$")
HTML_GZIP_LEVEL, HTML_GZIP_BYTES = 5, 1_400
"""How hard pages are compressed, and from which size on (bytes): less fits into one packet."""


def folder_of_pages() -> Path:
    """Where the built pages are: in the package, or where the environment says."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named).expanduser().resolve() if named else Path(str(files("watchbell.web"))) / "static"


@dataclass(frozen=True)
class Variant:
    """A file as it is sent.

    Args:
        body: its bytes.
        etag: changes exactly when they do.
    """

    body: bytes
    etag: str


class StaticFiles:
    """The files of one build; another build in the same folder is noticed.

    Args:
        folder: where it lies; need not be there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._build: _Build | None = None
        self._stamp: tuple[int, int] | None = None

    @property
    def build(self) -> _Build | None:
        """What lies there now; None: nothing was built."""
        try:
            found = (self.folder / INDEX).stat()
        except (FileNotFoundError, NotADirectoryError):
            self._build = self._stamp = None
            return None
        stamp = (found.st_mtime_ns, found.st_ino)
        if stamp != self._stamp:
            self._build, self._stamp = _Build(self.folder), stamp
        return self._build

    def answer(self, address: str, method: str, headers: Headers) -> Response | None:
        """The file at an address, in the best encoding that is accepted; None: no file has it.

        Args:
            address: a path, decoded, beginning with a slash.
            method: GET or HEAD.
            headers: of the request.
        """
        build = self.build
        path = None if build is None else build.paths.get(address)
        if build is None or path is None:
            return None
        encoding = next(
            (each for each in accepted(headers) if path.name + SUFFIX_OF[each] in build.variants[address]), ""
        )
        sent = build.read(path, encoding)
        told = {
            "content-type": TYPES.get(path.suffix, "application/octet-stream"),
            "cache-control": FOR_EVER if HASHED.search(address) else ASK_AGAIN,
            "etag": sent.etag,
        }
        if build.variants[address]:
            told["vary"] = "Accept-Encoding"
        if encoding:
            told["content-encoding"] = encoding
        return respond(sent.body, method, headers, told)

    def page(
        self, first: str, screens: Sequence[str], method: str, headers: Headers, status: int = 200
    ) -> Response | None:
        """The page, with data in it; None: nothing was built.

        Args:
            first: what goes into its head, as HTML.
            screens: folders of screens; the code of the first that there is will be shown, and is asked for at once.
            method: GET or HEAD.
            headers: of the request.
            status: of the answer.
        """
        build = self.build
        if build is None:
            return None
        body = build.html(first + build.hints(screens)).encode()
        told = {"content-type": TYPES[".html"], "cache-control": PAGE_CACHING, "vary": "Accept-Encoding, Cookie"}
        told["etag"] = etag_of(body)
        if len(body) >= HTML_GZIP_BYTES and "gzip" in accepted(headers):
            body = gzip.compress(body, HTML_GZIP_LEVEL, mtime=0)
            told |= {"content-encoding": "gzip", "etag": f'{told["etag"][:-1]}-gzip"'}
        return respond(body, method, headers, told, status)


class _Build:
    """One build: what is in its folder, read when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        there = {path for path in folder.rglob("*") if path.is_file()}
        made = tuple(SUFFIX_OF.values())
        own = {path for path in there if not path.name.endswith(made) and path.suffix in TYPES}
        own -= {folder / INDEX, folder / MANIFEST}
        self.paths: Mapping[str, Path] = {f"/{path.relative_to(folder).as_posix()}": path for path in own}
        self.variants = {
            address: frozenset(path.name + suffix for suffix in made if path.with_name(path.name + suffix) in there)
            for address, path in self.paths.items()
        }
        self._read: dict[tuple[Path, str], Variant] = {}

    def read(self, path: Path, encoding: str) -> Variant:
        """A file of the build; kept, since all of them together are small."""
        key = (path, encoding)
        found = self._read.get(key)
        if found is None:
            body = path.with_name(path.name + SUFFIX_OF[encoding]).read_bytes() if encoding else path.read_bytes()
            found = self._read[key] = Variant(body, etag_of(body))
        return found

    def html(self, head: str) -> str:
        """The page with ``head`` in its place."""
        return self._index.replace("<!--first-->", head, 1)

    def hints(self, screens: Sequence[str]) -> str:
        """Links to the code of a screen, so that the browser fetches it beside that of the frame."""
        names = [f"src/screens/{each}/{each}.tsx" for each in screens]
        wanted, seen = [name for name in names if name in self._manifest][:1], set[str]()
        scripts, sheets = [], []
        while wanted:
            name = wanted.pop()
            entry = self._manifest.get(name)
            if entry is None or name in seen or entry.get("isEntry"):
                continue
            seen.add(name)
            wanted += entry.get("imports", ())
            scripts.append(f'<link rel="modulepreload" crossorigin href="/{entry["file"]}">')
            # Only fetched: they take effect behind the frame's sheets, which say in which order the layers lie.
            sheets += [f'<link rel="preload" as="style" crossorigin href="/{each}">' for each in entry.get("css", ())]
        return "".join([*scripts, *sheets])

    @cached_property
    def _index(self) -> str:
        return (self._folder / INDEX).read_text(encoding="utf-8")

    @cached_property
    def _manifest(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads((self._folder / MANIFEST).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return found


def accepted(headers: Headers) -> list[str]:
    """Our encodings that a request accepts, the best first.

    Example:
        >>> accepted(Headers({"accept-encoding": "gzip, br;q=0, *;q=0.1"}))
        ['gzip']
    """
    weights: dict[str, float] = {}
    for part in headers.get("accept-encoding", "").split(","):
        name, *options = (each.strip().lower() for each in part.split(";"))
        weight = next((each[2:] for each in options if each.startswith("q=")), "1")
        weights[name] = float(weight) if re.fullmatch(r"[01](\.\d{0,3})?", weight) else 0.0
    return [each for each in SUFFIX_OF if weights.get(each, weights.get("*", 0.0)) > 0]


def etag_of(body: bytes) -> str:
    """A strong tag of these bytes."""
    return f'"{hashlib.sha256(body).hexdigest()[:20]}"'


def respond(body: bytes, method: str, headers: Headers, told: Mapping[str, str], status: int = 200) -> Response:
    """The answer with a body, without one for HEAD, or 304 if the asker has it already.

    Args:
        body: what is sent.
        method: GET or HEAD.
        headers: of the request.
        told: headers of the answer, with its ``etag``.
        status: of the answer.
    """
    known = [each.strip().removeprefix("W/") for each in headers.get("if-none-match", "").split(",")]
    if status == 200 and (told["etag"] in known or "*" in known):
        kept = {name: value for name, value in told.items() if name in {"cache-control", "etag", "vary"}}
        return Response(status_code=304, headers=kept)
    length = {"content-length": str(len(body))}
    return Response(b"" if method == "HEAD" else body, status, headers={**told, **length})
