"""The built files: which are sent, in which encoding, for how long they are kept, and what is never sent."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from starlette.datastructures import Headers

from watchbell.web.static_files import StaticFiles, accepted

SCRIPT = b"console.log('a page')" * 40
MANIFEST = """{
  "index.html": {"file": "static/index-AAAAAAAA.js", "isEntry": true, "css": ["static/index-AAAAAAAA.css"]},
  "_part-BBBBBBBB.js": {"file": "static/part-BBBBBBBB.js", "css": ["static/part-BBBBBBBB.css"]},
  "src/screens/run/run.tsx": {"file": "static/run-CCCCCCCC.js", "imports": ["index.html", "_part-BBBBBBBB.js"]}
}"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A build."""
    built = tmp_path / "static"
    (built / "static").mkdir(parents=True)
    (built / "index.html").write_text("<html><head><!--first--></head></html>", encoding="utf-8")
    (built / "manifest.json").write_text(MANIFEST, encoding="utf-8")
    (built / "sources.sha256").write_text("0", encoding="ascii")
    (built / "favicon.svg").write_text("<svg/>", encoding="utf-8")
    script = built / "static" / "index-AAAAAAAA.js"
    script.write_bytes(SCRIPT)
    script.with_name("index-AAAAAAAA.js.gz").write_bytes(gzip.compress(SCRIPT, mtime=0))
    script.with_name("index-AAAAAAAA.js.br").write_bytes(b"brotli of it")
    (tmp_path / "secret.txt").write_text("a secret", encoding="utf-8")
    return built


def get(folder: Path, address: str, method: str = "GET", **headers: str):
    given = Headers({name.replace("_", "-"): value for name, value in headers.items()})
    return StaticFiles(folder).answer(address, method, given)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("gzip, deflate, br, zstd", ["br", "gzip"]),
        ("gzip", ["gzip"]),
        ("br;q=0, gzip;q=0.5", ["gzip"]),
        ("*", ["br", "gzip"]),
        ("*;q=0", []),
        ("identity", []),
        ("", []),
        ("br;q=much", []),
    ],
)
def test_the_best_encoding_is_the_first_of_ours_that_is_accepted(header, expected) -> None:
    assert accepted(Headers({"accept-encoding": header})) == expected


@pytest.mark.parametrize(
    ("header", "encoding", "body"),
    [("gzip, br", "br", b"brotli of it"), ("gzip", "gzip", gzip.compress(SCRIPT, mtime=0)), ("identity", None, SCRIPT)],
)
def test_a_script_is_sent_as_it_was_compressed_when_it_was_built(folder, header, encoding, body) -> None:
    answer = get(folder, "/static/index-AAAAAAAA.js", accept_encoding=header)

    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    if encoding == "gzip":
        assert gzip.decompress(answer.body) == SCRIPT
    else:
        assert answer.body == body


def test_names_with_a_hash_are_kept_for_ever_and_others_asked_for_again(folder) -> None:
    hashed, plain = get(folder, "/static/index-AAAAAAAA.js"), get(folder, "/favicon.svg")

    assert hashed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["cache-control"] == "no-cache"


def test_what_the_browser_has_is_not_sent_again(folder) -> None:
    first = get(folder, "/favicon.svg")
    again = get(folder, "/favicon.svg", if_none_match=f'"other", W/{first.headers["etag"]}')

    assert (again.status_code, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


def test_each_encoding_has_a_tag_of_its_own(folder) -> None:
    tags = {
        get(folder, "/static/index-AAAAAAAA.js", accept_encoding=each).headers["etag"] for each in ("br", "gzip", "")
    }

    assert len(tags) == 3


def test_head_is_the_answer_without_its_body(folder) -> None:
    answer = get(folder, "/static/index-AAAAAAAA.js", "HEAD")

    assert (answer.body, answer.headers["content-length"]) == (b"", str(len(SCRIPT)))


@pytest.mark.parametrize(
    "address",
    ["/../secret.txt", "/static/../../secret.txt", "/static/..%2f..%2fsecret.txt", "//etc/passwd", "/etc/passwd",
     "/index.html", "/manifest.json", "/sources.sha256", "/static/index-AAAAAAAA.js.gz", "/static/", "/static", "/",
     "/static/index-AAAAAAAA.js\0", "/static\\index-AAAAAAAA.js"],
)  # fmt: skip
def test_nothing_but_the_files_of_the_build_has_an_address(folder, address) -> None:
    assert get(folder, address) is None


def test_a_link_out_of_the_folder_leads_to_what_the_builder_meant_and_nowhere_else(folder) -> None:
    (folder / "static" / "gone-DDDDDDDD.js").symlink_to(folder / "not there")

    assert get(folder, "/static/gone-DDDDDDDD.js") is None


def test_a_new_build_in_the_same_folder_is_noticed(folder) -> None:
    files = StaticFiles(folder)
    assert files.answer("/static/late-EEEEEEEE.js", "GET", Headers({})) is None
    (folder / "static" / "late-EEEEEEEE.js").write_bytes(b"1")
    (folder / "index.new").write_text("<html><!--first--></html>", encoding="utf-8")
    (folder / "index.new").rename(folder / "index.html")

    assert files.answer("/static/late-EEEEEEEE.js", "GET", Headers({})) is not None


def test_no_build_has_no_page_and_no_files(tmp_path) -> None:
    files = StaticFiles(tmp_path / "static")

    assert files.build is None
    assert files.page("", [], "GET", Headers({})) is None
    assert files.answer("/favicon.svg", "GET", Headers({})) is None


def test_a_page_has_its_data_and_links_to_the_code_of_its_screen(folder) -> None:
    answer = StaticFiles(folder).page("<i>data</i>", ["run", "runs"], "GET", Headers({}))

    assert answer.body.decode() == (
        '<html><head><i>data</i><link rel="modulepreload" crossorigin href="/static/run-CCCCCCCC.js">'
        '<link rel="modulepreload" crossorigin href="/static/part-BBBBBBBB.js">'
        '<link rel="preload" as="style" crossorigin href="/static/part-BBBBBBBB.css"></head></html>'
    )
    assert answer.headers["cache-control"] == "private, no-cache"


def test_long_pages_are_compressed_for_who_accepts_it(folder) -> None:
    files, long = StaticFiles(folder), "x" * 5_000
    plain, packed = (files.page(long, [], "GET", Headers({"accept-encoding": each})) for each in ("", "gzip"))

    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["etag"] != plain.headers["etag"]
    assert packed.headers["vary"] == "Accept-Encoding, Cookie"


def test_a_page_that_is_not_found_is_never_answered_with_304(folder) -> None:
    answer = StaticFiles(folder).page("", [], "GET", Headers({"if-none-match": "*"}), 404)

    assert answer.status_code == 404
