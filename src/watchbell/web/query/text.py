"""The text of a query cut into its terms: ``status:failed -job:feed_* tag:team="data platform" orders``.

A term is a field, a colon and values with commas between them; or plain text. A minus before it turns it round.
Quotes keep spaces, commas and colons together; inside of them a backslash keeps the next sign as it is.
"""

from __future__ import annotations

from watchbell.ground.value import dataclass

QUERY_CHARS_MAX = 4_000
TERMS_MAX = 100


@dataclass(frozen=True)
class Mistake:
    """What is wrong in a query.

    Args:
        place: where, in characters from its beginning (from 0).
        length: how many characters.
        text: what was wrong, and what is meant perhaps.
    """

    place: int
    length: int
    text: str


@dataclass(frozen=True)
class Term:
    """One word of a query.

    Args:
        field: before the colon, in small letters; empty: plain text.
        values: after it, at least one.
        is_negated: whether a minus stands before it.
        place: where it begins (from 0).
        length: how many characters it has.
    """

    field: str
    values: tuple[str, ...]
    is_negated: bool = False
    place: int = 0
    length: int = 0


def terms_of(text: str) -> tuple[list[Term], list[Mistake]]:
    """The terms of a query, and what is wrong with its form."""
    if len(text) > QUERY_CHARS_MAX:
        said = f"a query has {QUERY_CHARS_MAX:,} characters at most; this one has {len(text):,}"
        return [], [Mistake(QUERY_CHARS_MAX, len(text) - QUERY_CHARS_MAX, said)]
    found: list[Term] = []
    mistakes: list[Mistake] = []
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        end, term, mistake = _term(text, place)
        if mistake is not None:
            mistakes.append(mistake)
        elif len(found) < TERMS_MAX:
            found.append(term)
        else:
            mistakes.append(Mistake(place, end - place, f"a query has {TERMS_MAX} terms at most"))
            break
        place = end
    return found, mistakes


def _term(text: str, start: int) -> tuple[int, Term, Mistake | None]:
    """The term that begins at ``start``: where it ends, and what it is."""
    is_negated = text[start] == "-" and start + 1 < len(text) and not text[start + 1].isspace()
    place = start + 1 if is_negated else start
    field: str | None = None
    values: list[str] = []
    part: list[str] = []
    was_quoted = False
    opened: int | None = None
    while place < len(text):
        sign = text[place]
        if opened is not None:
            if sign == "\\" and place + 1 < len(text):
                place += 1
                part.append(text[place])
            elif sign == '"':
                opened = None
            else:
                part.append(sign)
        elif sign.isspace():
            break
        elif sign == '"':
            opened, was_quoted = place, True
        elif sign == ":" and field is None and part and not was_quoted:
            field, part = "".join(part).lower(), []
        elif sign == "," and field is not None:
            values.append("".join(part))
            part = []
        else:
            part.append(sign)
        place += 1
    values.append("".join(part))
    term = Term(field or "", tuple(each for each in values if each), is_negated, start, place - start)
    if opened is not None:
        return place, term, Mistake(opened, place - opened, 'this quote is not closed; write "..."')
    if not term.values:
        what = f"{field}: has no value" if field else "there is nothing here to look for"
        return place, term, Mistake(start, place - start, what)
    return place, term, None


def quoted(value: str) -> str:
    """A value as it stands in a query."""
    if value and not any(sign.isspace() or sign in '",:\\' for sign in value) and not value.startswith("-"):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
