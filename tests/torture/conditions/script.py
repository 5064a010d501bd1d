"""What happens to the tortured conditions from outside, step by step, whoever is killed meanwhile.

A step is over when all is quiet. What happens to one family within a step is one transaction, so nobody sees half of
it, and what is asked for because of it does not depend on when anybody looks. The clock's family goes on by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from watchbell.instance import DagsterInstance
from watchbell.record.asset_check import AssetCheckEvaluation
from watchbell.record.event import EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.runless_event import runless_event

FAILS, IS_BAD = "fails-", "bad-"
"""Files that begin so: the asset of that name fails, the check of that name does not pass."""
LETTERS = tuple("abcdef")


def days(first: int, last: int) -> tuple[str, ...]:
    """Keys of days in January."""
    return tuple(f"2026-01-{day:02}" for day in range(first, last + 1))


@dataclass(frozen=True)
class Made:
    """Assets that were made elsewhere, in one transaction.

    Args:
        keys: which.
        partitions: which partitions of each.
    """

    keys: tuple[str, ...]
    partitions: tuple[str, ...] = ()

    def happen(self, instance: DagsterInstance) -> None:
        """It happens."""
        made = [AssetMaterialization(key, partition=each) for key in self.keys for each in self.partitions or (None,)]
        at = instance.clock.now().timestamp()
        instance.store.append([EventLogEntry("", at, dagster_event=runless_event(each)) for each in made])


@dataclass(frozen=True)
class Checked:
    """A check was evaluated elsewhere."""

    asset: str
    check: str
    passed: bool

    def happen(self, instance: DagsterInstance) -> None:
        """It happens."""
        said = AssetCheckEvaluation(asset_key=AssetKey(self.asset), check_name=self.check, passed=self.passed)
        instance.report_runless_asset_event(said)


@dataclass(frozen=True)
class People:
    """Dynamic partitions come, or one goes."""

    come: tuple[str, ...] = ()
    goes: str | None = None

    def happen(self, instance: DagsterInstance) -> None:
        """It happens."""
        if self.come:
            instance.add_dynamic_partitions("people", list(self.come))
        if self.goes is not None:
            instance.delete_dynamic_partition("people", self.goes)


@dataclass(frozen=True)
class Wiped:
    """It is forgotten that an asset was ever made."""

    key: str

    def happen(self, instance: DagsterInstance) -> None:
        """It happens."""
        instance.wipe_assets([AssetKey(self.key)])


Happening = Made | Checked | People | Wiped
"""Something that happens from outside."""


@dataclass(frozen=True)
class Step:
    """A step.

    Args:
        happens: what happens, in any order, as no two of them concern one family.
        asks: what conditions ask for because of it, ``"asset"`` or ``"asset[keys of partitions, by comma]"``.
        trouble: files that are there in this step: what fails, which check does not pass.
        pause_seconds: so long there is no service, after it happened.
    """

    happens: Sequence[Happening]
    asks: Sequence[str]
    trouble: Sequence[str] = field(default=())
    pause_seconds: float = field(default=0.0)


def of(*keys: str) -> Made:
    """Assets without partitions that are made at once."""
    return Made(keys)


CHAIN = ("chain_1", "chain_2", "chain_3", "chain_4", "chain_5", "chain_pair_a", "chain_pair_b")
PEARLS = ("pearl_left", "pearl_right", "pearl_join")
NEWS = ("news_1", "news_2", "news_3")


def of_letters(*letters: str) -> list[str]:
    """What is asked for because of letters."""
    names = ("letter_up", "letter_range", "letter_policy", "letter_far")
    halves = sorted({"x" if letter < "d" else "y" for letter in letters})
    return [*(f"{name}[{','.join(letters)}]" for name in names), "letter_all", f"letter_half[{','.join(halves)}]"]


def of_days(keys: Sequence[str], weeks: Sequence[str]) -> list[str]:
    """What is asked for because of days; the newest one among them has ``day_last`` made."""
    last = ["day_last[2026-01-18]"] if "2026-01-18" in keys else []
    named = [f"{name}[{','.join(keys)}]" for name in ("day_each", "day_range")]
    return [*named, *last, *(f"day_week[{week}]" for week in weeks)]


BEGIN = Step([], ["fill", "fill_letters[a,b,c,d,e,f]", "policy_eager", "letter_policy[a,b,c,d,e,f]"])
"""Missing is what says so by itself, and policies, for which what nobody makes is not missing."""
ALL = Step(
    [
        of("chain"), of("pearl"), of("news"), of("gate_open"), of("guard"), of("frail"), of("sample"), of("own"),
        of("own_far"), of("policy_left", "policy_right"), Made(("letter",), LETTERS), Made(("sturdy",), LETTERS),
        Made(("day",), days(1, 18)),
    ],
    [
        *CHAIN, *PEARLS, *NEWS, "gate_made", "guard_made", "guard_after", "guard_far", "frail_made",
        "sample:sample_is_fine", "policy_eager", "policy_both", *of_letters(*LETTERS), "sturdy_made[a,b,c,d,e,f]",
        *of_days(days(1, 18), ["2026-01-04", "2026-01-11"]),
    ],
)  # fmt: skip


def some(*people: str) -> Step:
    """Some of it again, in part with trouble; people that were not there come, what was made is forgotten."""
    named = f"[{','.join(people)}]"
    happens: list[Happening] = [
        of("chain"), of("news"), of("gate_open"), of("guard"), of("frail"), of("own"), of("policy_left"),
        Made(("letter",), ("a", "c")), Made(("day",), days(4, 6)), People(people), Wiped("fill"),
    ]  # fmt: skip
    asks = [
        *CHAIN, *NEWS, "guard_made", "guard_after", "frail_made", "frail_medic", "own_made", "policy_eager", "fill",
        *of_letters("a", "c"), *of_days(days(4, 6), ["2026-01-04"]), f"people{named}", f"people_mail{named}",
    ]  # fmt: skip
    return Step(happens, asks, trouble=[f"{IS_BAD}guard_is_fine", f"{FAILS}frail_made"])


# ``guard_after`` is not asked for again: it was to be made in the very run in which its check did not pass.
MENDED = Step(
    [
        Checked("guard_made", "guard_is_fine", True), Checked("mend", "mend_is_fine", False), of("pearl"),
        of("gate_shut"), of("frail"), of("own_far"), of("policy_right"), of("sample"), Made(("sturdy",), ("b", "d")),
        Made(("letter",), ("f",)), Wiped("fill_letters"),
    ],
    [
        "guard_far", "mend", *PEARLS, "frail_made", "own_far_made", "policy_both",
        "sample:sample_is_fine", "sturdy_made[b,d]", *of_letters("f"), "fill_letters[a,b,c,d,e,f]",
    ],
)  # fmt: skip


def others(comes: str, goes: str) -> Step:
    """Others of it again."""
    happens: list[Happening] = [
        of("chain"), of("news"), of("gate_open"), of("guard"), of("own"), of("own_far"), People((comes,), goes),
        Made(("day",), days(18, 18)), Made(("sturdy",), LETTERS), Made(("letter",), ("d", "e")),
    ]  # fmt: skip
    asks = [
        *CHAIN, *NEWS, "gate_made", "guard_made", "guard_after", "guard_far", f"people[{comes}]",
        f"people_mail[{comes}]", *of_days(days(18, 18), []), "sturdy_made[a,b,c,d,e,f]", *of_letters("d", "e"),
    ]  # fmt: skip
    return Step(happens, asks)


AWAY = Step(
    [of("chain"), Made(("sturdy",), ("a",)), of("pearl")], [*CHAIN, "sturdy_made[a]", *PEARLS], pause_seconds=130.0
)
SHORT = (BEGIN, ALL, some("ann", "bob"))
LONG = (
    BEGIN, ALL, some("ann", "bob"), MENDED, others("cid", "bob"), AWAY, some("dan", "eve"), MENDED,
    others("fay", "dan"),
)  # fmt: skip
