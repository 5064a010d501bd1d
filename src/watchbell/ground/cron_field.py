"""One field of a cron string: from text to the set of its values.

A set is a bitmask: bit ``n`` stands for the value ``n``. What each field accepts is Dagster's dialect, observed
from outside; readings that surprise are kept because schedules in the field rely on them:

- ``5-5`` is the whole field, not 5 (`CronWarning`); so is ``a/step`` where ``a`` is the last value.
- A wrapping range with a step starts anew one value late after the wrap, unless the step lands exactly on the
  field's first value: minutes ``50-10/7`` are 50, 57, 5.
- Sunday is 0 and 7, at either end of a range.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from typing import NoReturn

from watchbell.ground.errors import CronError
from watchbell.ground.suggest import nearest
from watchbell.ground.value import dataclass

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_DAYS = {name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_DIGITS_MAX = 9
_RANDOM = re.compile(r"r(?:\((\d{1,9})-(\d{1,9})\))?(?:/(\d{1,9}))?")
LAST = 6
"""The ordinal of the last such weekday of a month, beside 1 to 5."""


class CronWarning(UserWarning):
    """A cron string that is accepted but hardly says what its writer meant."""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What one of the five fields accepts.

    Args:
        name: as people call it.
        low, high: first and last value.
        typed_high: the last number that may be written (7 for Sunday).
        names: three-letter names, lower case.
        accepts: in words, for messages.
        random_high: the last value that a bare ``R`` may become.
    """

    name: str
    low: int
    high: int
    typed_high: int
    names: Mapping[str, int]
    accepts: str
    random_high: int

    @property
    def full(self) -> int:
        """The set of all values."""
        return (1 << (self.high + 1)) - (1 << self.low)


_COMMON = "lists (1,5), ranges (1-5), steps (*/5, 1-30/5)"
FIELDS = (
    FieldRule("minute", 0, 59, 59, {}, f"*, 0-59, {_COMMON}", 59),
    FieldRule("hour", 0, 23, 23, {}, f"*, 0-23, {_COMMON}", 23),
    FieldRule("day of month", 1, 31, 31, {}, f"*, ?, 1-31, L for the last day, {_COMMON}", 28),
    FieldRule("month", 1, 12, 12, _MONTHS, f"*, 1-12, JAN-DEC, {_COMMON}", 12),
    FieldRule(
        "day of week",
        0,
        6,
        7,
        _DAYS,
        f"*, ?, 0-7 (0 and 7 are Sunday), SUN-SAT, L5 for the last Friday, MON#1 for the first Monday, {_COMMON}",
        6,
    ),
)


@dataclass(slots=True)
class FieldSet:
    """A parsed field.

    Args:
        values: plain values, as a bitmask; ``*`` and ``?`` add none.
        is_any: ``*`` or ``?`` stands in it.
        is_last: the last day of the month is in it (day of month only).
        ordinals: (weekday, 1 to 5 or `LAST`) pairs (day of week only).
        warnings: what the writer should know.
    """

    values: int = 0
    is_any: bool = False
    is_last: bool = False
    ordinals: frozenset[tuple[int, int]] = frozenset()
    warnings: tuple[str, ...] = ()

    @property
    def ordinal_days(self) -> int:
        """The weekdays that ``MON#1`` and ``L5`` speak of, as a bitmask."""
        return sum(1 << day for day in {day for day, _ in self.ordinals})

    @property
    def listed_count(self) -> int:
        """How many values are written out, ``L`` counted as one."""
        return (self.values | self.ordinal_days).bit_count() + self.is_last


def parse_field(rule: FieldRule, text: str, expression: str) -> FieldSet:
    """The set of values that a field's text stands for.

    Args:
        rule: which field.
        text: the field, without blanks.
        expression: the whole cron string, for messages and for ``R``.

    Raises:
        CronError: the text means nothing there.
    """
    if text == "*":
        return FieldSet(is_any=True)
    if text.isdecimal() and len(text) <= 2:  # the commonest case, spared the general path
        return FieldSet(1 << _number(rule, text, text, expression))
    lowered = text.lower()
    if lowered == "?":
        if not rule.name.startswith("day"):
            _refuse(rule, text, expression, "'?' is for the two day fields only")
        return FieldSet(is_any=True)
    if lowered.startswith("r"):
        return _random(rule, lowered, expression)
    result = FieldSet()
    for part in lowered.split(","):
        _add(result, rule, part, expression)
    if result.ordinals:
        _check_ordinals(result, rule, text, expression)
    return result


def _add(result: FieldSet, rule: FieldRule, part: str, expression: str) -> None:
    if part == "*":
        result.is_any = True
    elif part == "l" and rule.name == "day of month":
        result.is_last = True
    elif rule.name == "day of week" and len(part) == 2 and part[0] == "l" and part[1] in "01234567":
        result.ordinals |= {(int(part[1]) % 7, LAST)}
    elif "#" in part and rule.name == "day of week":
        result.ordinals |= _nth(rule, part, expression)
    else:
        result.values |= _range(result, rule, part, expression)


def _nth(rule: FieldRule, part: str, expression: str) -> frozenset[tuple[int, int]]:
    day, _, count = part.partition("#")
    number = int(count) if count.isdecimal() and len(count) <= _DIGITS_MAX else 0
    if not 1 <= number <= 5:
        _refuse(rule, part, expression, "after '#' comes 1 to 5, as in MON#1")
    if "-" not in day:
        return frozenset({(_number(rule, day, part, expression), number)})
    first, _, last = day.partition("-")
    if first not in rule.names or last not in rule.names:
        _refuse(rule, part, expression, "a range before '#' is written with names, as in MON-FRI#2")
    mask = _span(rule, rule.names[first], rule.names[last], 1)
    return frozenset((each, number) for each in range(7) if mask >> each & 1)


def _check_ordinals(result: FieldSet, rule: FieldRule, text: str, expression: str) -> None:
    """Plain weekdays beside ordinals add nothing; they must repeat the ordinals' days, or make the week complete.

    A star counts as a day of its own when the week is counted; nobody will miss the combinations this refuses.
    """
    if result.values & ~result.ordinal_days and result.listed_count + result.is_any != 7:
        _refuse(rule, text, expression, "MON#1 and L5 cannot stand in one list with plain days; use two cron strings")


def _range(result: FieldSet, rule: FieldRule, part: str, expression: str) -> int:
    body, slash, step_text = part.partition("/")
    step = 1
    if slash:
        if not step_text.isdecimal() or len(step_text) > _DIGITS_MAX or int(step_text) == 0:
            _refuse(rule, part, expression, "after '/' comes a step, a whole number from 1")
        step = int(step_text)
    if body == "*":
        return _stepped(rule.low, rule.high, step)
    first_text, dash, last_text = body.partition("-")
    first = _number(rule, first_text, part, expression)
    if dash:
        to_last_day = last_text == "l" and rule.name == "day of month"
        last = rule.high if to_last_day else _number(rule, last_text, part, expression)
        if first == last:
            result.warnings += (
                f"{rule.name} {part!r} stands for the whole field, as in Dagster; write {first_text!r} for one value",
            )
    elif slash:
        last = rule.high
    else:
        return 1 << first
    return _span(rule, first, last, step)


def _span(rule: FieldRule, first: int, last: int, step: int) -> int:
    if first == last:
        return _stepped(rule.low, rule.high, step)
    if first < last:
        return _stepped(first, last, step)
    left_over = step - 1 - (rule.high - first) % step
    anew = rule.low + (left_over + 1 if left_over else 0)
    return _stepped(first, rule.high, step) | _stepped(anew, last, step)


def _stepped(first: int, last: int, step: int) -> int:
    if step == 1:
        return (1 << (last + 1)) - (1 << first) if last >= first else 0
    mask = 0
    for value in range(first, last + 1, step):
        mask |= 1 << value
    return mask


def _number(rule: FieldRule, text: str, part: str, expression: str) -> int:
    if text in rule.names:
        return rule.names[text]
    if not text.isdecimal() or len(text) > _DIGITS_MAX:
        _refuse(rule, part, expression, _hint(rule, text))
    number = int(text)
    if not rule.low <= number <= rule.typed_high:
        _refuse(rule, part, expression, f"{number} is not in {rule.low}-{rule.typed_high}")
    return 0 if number > rule.high else number


def _random(rule: FieldRule, text: str, expression: str) -> FieldSet:
    match = _RANDOM.fullmatch(text)
    if match is None:
        _refuse(rule, text, expression, "R is written R, R/15, R(0-30) or R(0-30)/15 and stands alone in its field")
    low_text, high_text, step_text = match.groups()
    low, high = rule.low, rule.random_high if step_text is None else rule.high
    if low_text is not None:
        low, high = int(low_text), int(high_text)
        if not rule.low <= low < high <= rule.typed_high:
            _refuse(rule, text, expression, f"in R(a-b), a is less than b, both in {rule.low}-{rule.typed_high}")
    step = int(step_text) if step_text is not None else high - low + 1
    if step == 0:
        _refuse(rule, text, expression, "after '/' comes a step, a whole number from 1")
    seed = zlib.crc32(f"{rule.name}: {' '.join(expression.lower().split())}".encode())
    value = low + seed % min(step, high - low + 1)
    mask = _stepped(value, high, step)
    mask = (mask | mask >> 7) & rule.full if rule.typed_high > rule.high else mask
    chosen = ", ".join(str(each) for each in range(rule.high + 1) if mask >> each & 1)
    note = f"{rule.name} {text.upper()!r} is drawn from the text once and for all: {chosen}; write it out to choose"
    return FieldSet(mask, warnings=(note,))


def _hint(rule: FieldRule, text: str) -> str:
    if not text:
        return "a value is missing"
    if text[:3] in rule.names and text[3:].isalpha():
        return f"names have three letters, {text[:3].upper()}"
    if rule.name == "day of week" and re.fullmatch(r"[0-7]l", text):
        return f"the last such day is written L{text[0]}"
    if text.endswith("w") or text == "lw":
        return "the working day nearest to a date (W) is not supported"
    if text.startswith("h"):
        return "Jenkins' H is not supported; write the value"
    if text == "l" or text.startswith("l-"):
        return "L stands alone in the day of month, and before a digit in the day of week"
    close = nearest(text, rule.names) if rule.names else None
    return f"did you mean {close.upper()}?" if close else f"{text!r} is no value"


def _refuse(rule: FieldRule, part: str, expression: str, reason: str) -> NoReturn:
    place = expression.lower().find(part.lower())
    if place >= 0:
        part = expression[place : place + len(part)]  # as it was written, not lowered
    raise CronError(
        f"cron {expression!r}: {rule.name} {part!r} is not valid: {reason}. Accepted there: {rule.accepts}",
        expression=expression,
        field=rule.name,
    )
