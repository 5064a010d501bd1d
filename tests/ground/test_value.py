"""The quick decorator makes what the standard one makes."""

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Hashable
from dataclasses import FrozenInstanceError, field, fields, replace

import pytest

from watchbell.ground.value import dataclass, make_constructors


@dataclass(frozen=True)
class Point:
    """A frozen value."""

    x: int
    y: int = 0
    label: str = field(default="", compare=False)
    secret: str = field(default="s", repr=False)


@dataclass(frozen=True)
class Tall(Point):
    """One that inherits."""

    z: int = 0


@dataclass(frozen=True, slots=True)
class Slotted:
    """A frozen value without a dictionary."""

    only: int


@dataclass
class Changing:
    """One that changes."""

    number: int


@dataclass(eq=False)
class Thing:
    """One that equals itself alone."""

    number: int


@dataclass(frozen=True)
class Empty:
    """One without fields."""


@dataclass(frozen=True)
class Particular:
    """One with methods of its own."""

    text: str

    def __init__(self, text: object) -> None:
        object.__setattr__(self, "text", str(text))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Particular) and other.text.lower() == self.text.lower()

    def __hash__(self) -> int:
        return hash(self.text.lower())

    def __repr__(self) -> str:
        return f"<{self.text}>"


@dataclasses.dataclass(frozen=True)
class Standard:
    """What the text of a value looks like."""

    x: int
    y: int = 0


def test_values_are_equal_when_their_compared_fields_are() -> None:
    assert Point(1, 2, "a") == Point(1, 2, "b")
    assert Point(1, 2) != Point(1, 3)
    assert Point(1, 2) != (1, 2, "s")
    assert Slotted(1) == Slotted(1)
    assert Slotted(1) != Slotted(2)
    assert Empty() == Empty()
    assert Changing(1) == Changing(1)


def test_a_class_and_its_heir_are_never_equal() -> None:
    assert Point(1) != Tall(1)
    assert Tall(1, z=1) != Tall(1, z=2)


def test_equal_frozen_values_have_one_hash() -> None:
    assert {Point(1, 2, "a"), Point(1, 2, "b"), Slotted(1), Slotted(1), Empty(), Empty()} == {
        Point(1, 2),
        Slotted(1),
        Empty(),
    }


def test_what_can_change_has_no_hash() -> None:
    assert not isinstance(Changing(1), Hashable)


def test_without_eq_a_thing_equals_itself_alone() -> None:
    thing = Thing(1)

    assert thing == thing  # noqa: PLR0124 - this is what is tested
    assert thing != Thing(1)
    assert len({thing, Thing(1)}) == 2


def test_methods_of_ones_own_are_kept() -> None:
    assert Particular("A") == Particular("a")
    assert hash(Particular("A")) == hash(Particular("a"))
    assert repr(Particular("A")) == "<A>"
    assert Particular(5).text == "5"


def test_the_text_is_that_of_the_standard_library() -> None:
    assert repr(Standard(1)).replace("Standard", "Point") == repr(Point(1)).replace(", label=''", "")
    assert repr(Tall(1, z=3)) == "Tall(x=1, y=0, label='', z=3)"


def test_a_frozen_value_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Point(1).x = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del Slotted(1).only


def test_the_tools_of_the_standard_library_work() -> None:
    assert replace(Point(1), y=5) == Point(1, 5)
    assert [each.name for each in fields(Tall)] == ["x", "y", "label", "secret", "z"]
    for value in (Tall(1, z=2), Slotted(3)):
        assert pickle.loads(pickle.dumps(value)) == value
        assert copy.deepcopy(value) == value


def test_values_can_be_matched_by_position() -> None:
    match Point(1, 2):
        case Point(x, y):
            found = (x, y)

    assert found == (1, 2)


@dataclass(frozen=True)
class Filled:
    """One that is made complete after its constructor."""

    given: int
    parts: list[int] = field(default_factory=list)
    derived: int = field(init=False, default=0)
    own: list[int] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        object.__setattr__(self, "derived", self.given * 2)


class Freer(Point):
    """An heir that is no dataclass."""

    def __init__(self, x: int) -> None:
        super().__init__(x, y=7)
        self.more = x


@dataclasses.dataclass(frozen=True)
class StandardHeir(Point):
    """An heir made by the standard decorator."""

    z: int = 0


@dataclass(frozen=True)
class Plain:
    """As the standard one above."""

    x: int
    y: int = 0


def test_the_constructor_is_known_with_its_arguments() -> None:
    assert str(inspect.signature(Standard)) == str(inspect.signature(Plain))
    assert list(inspect.signature(Filled).parameters) == ["given", "parts"]
    assert repr(inspect.signature(Filled).parameters["parts"].default) == "<factory>"
    assert Filled.__init__.__qualname__ == "Filled.__init__"


def test_arguments_that_do_not_fit_are_refused() -> None:
    with pytest.raises(TypeError, match=r"Point.__init__\(\) missing 1 required positional argument: 'x'"):
        Point()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'w'"):
        Point(1, w=2)  # type: ignore[call-arg]


def test_factories_make_a_value_for_each() -> None:
    one, other = Filled(1), Filled(2, [3])

    assert (one.parts, other.parts) == ([], [3])
    assert one.own is not other.own
    assert one.derived == 2
    assert None is not Filled(1, None).own  # type: ignore[arg-type]
    assert None is Filled(1, None).parts  # type: ignore[arg-type]


def test_an_heir_that_is_no_dataclass_may_have_more() -> None:
    heir = Freer(3)

    assert (heir.x, heir.y, heir.more) == (3, 7, 3)
    heir.more = 4
    assert heir.more == 4
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'y'"):
        heir.y = 8  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'y'"):
        del heir.y
    del heir.more


def test_the_standard_decorator_can_inherit() -> None:
    assert (StandardHeir(1, z=5).x, StandardHeir(1).y, StandardHeir(1, z=5).z) == (1, 0, 5)
    with pytest.raises(TypeError, match="cannot inherit non-frozen dataclass from a frozen one"):
        dataclasses.dataclass(type("Thawed", (Point,), {}))


def test_a_frozen_class_cannot_say_how_it_is_changed() -> None:
    with pytest.raises(TypeError, match="can have no __setattr__ of its own"):

        @dataclass(frozen=True)
        class _Contradiction:
            def __setattr__(self, name: str, value: object) -> None: ...


def test_constructors_can_be_made_before_they_are_used() -> None:
    def is_made(cls: type) -> bool:
        return inspect.isfunction(vars(cls)["__init__"])

    @dataclass(frozen=True)
    class Here:
        one: int

    make_constructors("somewhere.else")
    elsewhere = is_made(Here)
    make_constructors(__name__)

    assert (elsewhere, is_made(Here)) == (False, True)
    assert Here(1).one == 1
