"""Selections of assets written as text, taken apart.

Two forms are read. The short one is a key with marks before and after it:

    orders      the asset          *          all assets made here
    *orders     and all upstream   orders*    and all downstream
    ++orders    two steps up       orders+    one step down

The long one combines attributes (values with other characters than letters, digits and ``_ . - / @ = *`` in quotes):

    key:"raw/*"  key_substring:ord  group:x  tag:tier=gold  kind:python  owner:"team:data"  group:<null>
    not a   a and b   a or b   (a)   roots(a)   sinks(a)   +a   2+a   a+   a+2
"""

from __future__ import annotations

import re

from watchbell.ground.errors import DagsterInvalidAssetSelectionError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass

ATTRIBUTES = ("key", "key_substring", "group", "tag", "kind", "owner")
TEXT_CHARS_MAX = 100_000
DEPTH_MAX = 50  # nested parentheses; more than anybody writes, less than the stack holds
_SHORT = re.compile(r"(?P<up>\*|\+*)(?P<key>[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*)(?P<down>\*|\+*)\Z")
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<attribute>[a-z_]+):(?P<value><null>|"[^"]*"|[\w.*/@-]+)(?:=(?P<second>"[^"]*"|[\w.*/@-]*))?
    | (?P<number>\d+)
    | (?P<word>[A-Za-z_][\w./-]*)
    | (?P<sign>[()+*])
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class TextNode:
    """One operation of a selection's text.

    Args:
        kind: ``all``, ``asset``, ``attribute``, ``and``, ``or``, ``not``, ``roots``, ``sinks``, ``up`` or ``down``.
        children: what it works on.
        name: of an attribute, which; of an asset, its key.
        value: of an attribute, its value, None for ``<null>``; of a tag ``(key, value)``.
        depth: of ``up`` and ``down``, steps (count), None for all.
    """

    kind: str
    children: tuple[TextNode, ...] = ()
    name: str = ""
    value: str | tuple[str, str] | None = None
    depth: int | None = None


def parse_selection(text: str) -> TextNode:
    """The operations that a selection's text describes.

    Raises:
        DagsterInvalidAssetSelectionError: it means nothing; says what was found where.
    """
    if len(text) > TEXT_CHARS_MAX:
        raise DagsterInvalidAssetSelectionError(f"a selection of {len(text):,} characters; at most {TEXT_CHARS_MAX:,}")
    stripped = text.strip()
    if stripped == "*":
        return TextNode("all")
    short = _SHORT.match(stripped)
    if short and not stripped.isdigit():
        return _short(short)
    return _Reader(text).whole()


def _short(match: re.Match[str]) -> TextNode:
    asset = TextNode("asset", name=match["key"])
    walks = []
    for kind, mark in (("up", match["up"]), ("down", match["down"])):
        if mark:
            walks.append(TextNode(kind, (asset,), depth=None if mark == "*" else len(mark)))
    if len(walks) == 2:
        return TextNode("or", tuple(walks))
    return walks[0] if walks else asset


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int
    name: str = ""
    value: str | tuple[str, str] | None = None


class _Reader:
    """Reads the long form: ``or`` binds least, then ``and``, ``not``, the walks ``+``."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.at = 0
        self.depth = 0

    def whole(self) -> TextNode:
        if not self.tokens:
            raise DagsterInvalidAssetSelectionError("a selection's text is empty; '*' selects all assets")
        node = self.either()
        if self.at < len(self.tokens):
            raise self.refusal("'and', 'or' or the end was expected")
        return node

    def either(self) -> TextNode:
        nodes = [self.both()]
        while self.take("word", "or", "OR"):
            nodes.append(self.both())
        return nodes[0] if len(nodes) == 1 else TextNode("or", tuple(nodes))

    def both(self) -> TextNode:
        nodes = [self.negation()]
        while self.take("word", "and", "AND"):
            nodes.append(self.negation())
        return nodes[0] if len(nodes) == 1 else TextNode("and", tuple(nodes))

    def negation(self) -> TextNode:
        if not self.take("word", "not", "NOT"):
            return self.walk()
        self.deeper()
        node = TextNode("not", (self.negation(),))
        self.depth -= 1
        return node

    def walk(self) -> TextNode:
        up = self.up_mark()
        node = self.atom()
        walks = [] if up is None else [TextNode("up", (node,), depth=up or None)]
        if self.take("sign", "+"):
            steps = self.peek("number")
            self.at += steps is not None
            walks.append(TextNode("down", (node,), depth=int(steps.text) if steps else None))
        if len(walks) == 2:
            return TextNode("or", tuple(walks))
        return walks[0] if walks else node

    def up_mark(self) -> int | None:
        """Steps up that are asked for before an operand: 0 for all, None for no mark."""
        steps = self.peek("number")
        self.at += steps is not None
        if self.take("sign", "+"):
            return int(steps.text) if steps else 0
        if steps:
            raise self.refusal("'+' was expected after a number")
        return None

    def atom(self) -> TextNode:
        if self.take("sign", "("):
            return self.closed()
        if self.take("sign", "*"):
            return TextNode("all")
        token = self.peek("attribute")
        if token:
            self.at += 1
            return TextNode("attribute", name=token.name, value=token.value)
        word = self.peek("word", "roots", "sinks")
        if word:
            self.at += 1
            if not self.take("sign", "("):
                raise self.refusal(f"'(' was expected after {word.text!r}")
            return TextNode(word.text, (self.closed(),))
        raise self.refusal('an attribute such as key:"orders" or group:x was expected')

    def closed(self) -> TextNode:
        self.deeper()
        node = self.either()
        if not self.take("sign", ")"):
            raise self.refusal("')' was expected")
        self.depth -= 1
        return node

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise DagsterInvalidAssetSelectionError(f"a selection is nested deeper than {DEPTH_MAX} levels")

    def peek(self, kind: str, *texts: str) -> _Token | None:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        return token if token and token.kind == kind and (not texts or token.text in texts) else None

    def take(self, kind: str, *texts: str) -> bool:
        found = self.peek(kind, *texts) is not None
        self.at += found
        return found

    def refusal(self, expected: str) -> DagsterInvalidAssetSelectionError:
        if self.at >= len(self.tokens):
            return DagsterInvalidAssetSelectionError(f"selection {self.text!r} ends where {expected}")
        token = self.tokens[self.at]
        hint = ""
        if token.kind == "word" and token.text.lower() not in {"and", "or", "not"}:
            hint = f'; an asset inside an expression is written key:"{token.text}"'
        return DagsterInvalidAssetSelectionError(
            f"selection {self.text!r}: found {token.text!r} at character {token.at + 1} where {expected}{hint}"
        )


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise DagsterInvalidAssetSelectionError(
                f"selection {text!r}: {text[at : at + 20].strip()!r} at character {at + 1} means nothing; "
                "quote values with other characters than letters, digits and _ . - / @ *"
            )
        kind = match.lastgroup if match["attribute"] is None else "attribute"
        start = match.start(kind or 0)
        shown = match.group().strip()
        if kind == "attribute":
            tokens.append(_Token(kind, shown, start, match["attribute"], _value(match, text)))
        else:
            tokens.append(_Token(kind or "", shown, start))
        at = match.end()
    return tokens


def _value(match: re.Match[str], text: str) -> str | tuple[str, str] | None:
    name = match["attribute"]
    if name not in ATTRIBUTES:
        raise DagsterInvalidAssetSelectionError(
            f"selection {text!r}: assets cannot be selected by {name!r} here{did_you_mean(name, ATTRIBUTES)}"
        )
    first = None if match["value"] == "<null>" else match["value"].strip('"')
    if name == "tag":
        return (first or "", (match["second"] or "").strip('"'))
    if match["second"] is not None:
        raise DagsterInvalidAssetSelectionError(f"selection {text!r}: only tag: takes a value after '='")
    return first
