"""The text of a mail about a failure, as HTML and as plain text. Whatever a run says is escaped."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

from watchbell.declare.automation.failure_facts import STEPS_MAX, FailureFacts, last_part, shortened

# Tags that somebody who writes HTML for a mail uses; `<Response [500]>` in a message makes no HTML of it.
_TAG = re.compile(
    r"</?(a|b|blockquote|body|br|code|div|em|font|h[1-6]|hr|html|i|img|li|ol|p|pre|small|span|strong|style|table|tbody"
    r"|td|th|thead|tr|tt|u|ul)(\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_LABEL = 'style="padding:1px 16px 1px 0;color:#666;text-align:left;font-weight:normal"'
_ERROR = (
    'style="margin:4px 0 12px;padding:8px 12px;background:#f6f6f6;border-left:3px solid #b00020;white-space:pre-wrap"'
)
_STACK = 'style="margin:4px 0 12px;font-size:12px;color:#444;white-space:pre-wrap"'
_NEW_LINE = frozenset(
    ("blockquote", "br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "table", "tr", "ul")
)
_UNSEEN = frozenset(("head", "script", "style", "title"))


def html_of(facts: FailureFacts, error_chars_max: int) -> str:
    """The facts as HTML.

    Args:
        facts: what is known.
        error_chars_max: how much of each error, and of each traceback, is told (characters).
    """
    rows = "".join(
        f"<tr><th {_LABEL}>{escape(label)}</th><td>{escape(value)}</td></tr>" for label, value in facts.labelled
    )
    parts = [f"<p><strong>{escape(facts.title)}</strong></p>", f"<table>{rows}</table>"]
    for step in facts.steps[:STEPS_MAX]:
        parts.append(f"<p>Step <strong>{escape(step.step_key)}</strong></p>")
        parts.append(f"<pre {_ERROR}>{escape(shortened(step.error, error_chars_max))}</pre>")
        if step.stack:
            parts.append(f"<pre {_STACK}>{escape(last_part(step.stack, error_chars_max))}</pre>")
    if facts.steps_left_out:
        parts.append(f"<p>… and {facts.steps_left_out} more steps</p>")
    if not facts.steps:
        parts.append(f"<pre {_ERROR}>{escape(shortened(facts.reason, error_chars_max))}</pre>")
    return _document([*parts, _link(facts.url)])


def both_forms(written: str, url: str | None) -> tuple[str, str]:
    """HTML and plain text of what a function of the user's wrote.

    Args:
        written: HTML; what has no tag of HTML is plain text, is escaped and keeps its lines.
        url: the page of the run, put at the end; None: no link.
    """
    link = [] if url is None else [_link(url)]
    if _TAG.search(written):
        return _document([written, *link]), plain_text("\n".join([written, *link]))
    html = "<br>\n".join(escape(line) for line in written.splitlines())
    return _document([f"<p>{html}</p>", *link]), written if url is None else f"{written.rstrip()}\n\n{url}"


def plain_text(html: str) -> str:
    """The text of HTML: without tags, one line for each paragraph, row or item, addresses of links in parentheses."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.parts).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    """Collects what a reader of the page would see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen_depth = 0
        self._address: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen_depth += tag in _UNSEEN
        if tag in _NEW_LINE:
            self.parts.append("\n")
        elif tag in ("td", "th"):
            self.parts.append(" ")
        elif tag == "a":
            self._address = dict(attrs).get("href")

    def handle_endtag(self, tag: str) -> None:
        self._unseen_depth -= tag in _UNSEEN and self._unseen_depth > 0
        if tag in _NEW_LINE:
            self.parts.append("\n")
        elif tag == "a" and self._address:
            self.parts.append(f" ({self._address})")
            self._address = None

    def handle_data(self, data: str) -> None:
        if not self._unseen_depth:
            self.parts.append(data.replace("\n", " "))


def _link(url: str) -> str:
    return f'<p><a href="{escape(url)}">The page of the run</a></p>'


def _document(parts: list[str]) -> str:
    body = "\n".join(parts)
    return f'<div style="font-family:sans-serif;font-size:14px">\n{body}\n</div>\n'
