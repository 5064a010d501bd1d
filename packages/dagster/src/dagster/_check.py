"""Checks of arguments under their old names: each gives back what it was given, or says what it should have been.

Three families for each kind of value: ``str_param(value, name)`` checks an argument, ``opt_str_param`` also takes None
(and gives the default in its place), ``str_elem(mapping, key)`` checks a value of a mapping. ``opt_nullable_…_param``
leaves a None as it is, where ``opt_…_param`` gives an empty one.
"""

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NoReturn, Protocol, TypeVar

T = TypeVar("T")
Kind = type | tuple[type, ...]


class CheckError(Exception):
    """Something is not as the code expects it."""


class ParameterCheckError(CheckError):
    """An argument is not what it should be."""


class ElementCheckError(CheckError):
    """A value of a mapping is not what it should be."""


class NotImplementedCheckError(CheckError):
    """Code that is not written was reached."""


class ParamCheck(Protocol):
    """Checks an argument."""

    def __call__(self, obj: Any, param_name: str, *, additional_message: str | None = None) -> Any:
        """The argument; a ParameterCheckError if it is of another kind."""


class OptParamCheck(Protocol):
    """Checks an argument that may be left out."""

    def __call__(self, obj: Any, param_name: str, default: Any = None, additional_message: str | None = None) -> Any:
        """The argument, or the default for None; a ParameterCheckError if it is of another kind."""


class ElemCheck(Protocol):
    """Checks a value of a mapping."""

    def __call__(self, ddict: Mapping[Any, Any], key: str, *, additional_message: str | None = None) -> Any:
        """The value; an ElementCheckError if it is of another kind."""


# ------------------------------------------------------------------ what is said


def _names(kind: Kind) -> str:
    return " or ".join(sorted(each.__name__ for each in (kind if isinstance(kind, tuple) else (kind,))))


def _found(value: object) -> str:
    return f"found {value!r} of type {type(value).__name__}"


def _more(text: str | None) -> str:
    return f" {text}" if text else ""


def _refuse_param(name: str, expected: str, value: object, more: str | None) -> NoReturn:
    raise ParameterCheckError(f"parameter {name!r}: expected {expected}; {_found(value)}.{_more(more)}")


def _members(values: Iterable[object], kind: Kind | None, where: str) -> None:
    if kind is None:
        return
    for value in values:
        if not isinstance(value, kind):
            raise CheckError(f"{where}: expected only {_names(kind)}; {_found(value)}.")


# ------------------------------------------------------------------ plain statements


def not_none(value: T | None, additional_message: str | None = None) -> T:
    """The value, which is not None."""
    if value is None:
        raise CheckError(f"expected a value; found None.{_more(additional_message)}")
    return value


def not_none_param(obj: T | None, param_name: str, additional_message: str | None = None) -> T:
    """The argument, which is not None."""
    if obj is None:
        _refuse_param(param_name, "a value", obj, additional_message)
    return obj


def invariant(condition: Any, desc: str | None = None) -> bool:
    """True; a CheckError if the condition does not hold."""
    if not condition:
        raise CheckError(f"what must hold does not.{_more(desc)}")
    return True


def param_invariant(condition: Any, param_name: str, desc: str | None = None) -> None:
    """A ParameterCheckError if the condition, which is about an argument, does not hold."""
    if not condition:
        raise ParameterCheckError(f"parameter {param_name!r}: what must hold does not.{_more(desc)}")


def failed(desc: str) -> NoReturn:
    """A CheckError: this place should not have been reached."""
    raise CheckError(f"failed: {desc}")


def not_implemented(desc: str) -> NoReturn:
    """A NotImplementedCheckError."""
    raise NotImplementedCheckError(f"not implemented: {desc}")


def assert_never(value: object) -> NoReturn:
    """A CheckError: the value is of a case that was not thought of."""
    raise CheckError(f"a case that was not thought of: {_found(value)}")


# ------------------------------------------------------------------ instances


def inst(obj: Any, ttype: Kind, additional_message: str | None = None) -> Any:
    """The object, an instance of the type."""
    if not isinstance(obj, ttype):
        raise CheckError(f"expected {_names(ttype)}; {_found(obj)}.{_more(additional_message)}")
    return obj


def opt_inst(obj: Any, ttype: Kind, additional_message: str | None = None) -> Any:
    """The object, an instance of the type, or None."""
    return None if obj is None else inst(obj, ttype, additional_message)


def inst_param(obj: T, param_name: str, ttype: Kind, additional_message: str | None = None) -> T:
    """The argument, an instance of the type."""
    if not isinstance(obj, ttype):
        _refuse_param(param_name, _names(ttype), obj, additional_message)
    return obj


def opt_inst_param(
    obj: Any, param_name: str, ttype: Kind, default: Any = None, additional_message: str | None = None
) -> Any:
    """The argument, an instance of the type; the default for None."""
    return default if obj is None else inst_param(obj, param_name, ttype, additional_message)


# ------------------------------------------------------------------ scalars


def _scalar(kind: Kind) -> tuple[ParamCheck, OptParamCheck, ElemCheck, ElemCheck]:
    def param(obj: Any, param_name: str, additional_message: str | None = None) -> Any:
        return inst_param(obj, param_name, kind, additional_message)

    def opt_param(obj: Any, param_name: str, default: Any = None, additional_message: str | None = None) -> Any:
        return opt_inst_param(obj, param_name, kind, default, additional_message)

    def elem(ddict: Mapping[Any, Any], key: str, additional_message: str | None = None) -> Any:
        return _elem(ddict, key, ddict[key], kind, additional_message)

    def opt_elem(ddict: Mapping[Any, Any], key: str, additional_message: str | None = None) -> Any:
        value = ddict.get(key)
        return None if value is None else _elem(ddict, key, value, kind, additional_message)

    return param, opt_param, elem, opt_elem


def _elem(ddict: Mapping[Any, Any], key: str, value: Any, kind: Kind, more: str | None) -> Any:
    if not isinstance(value, kind):
        raise ElementCheckError(
            f"value of {key!r}: expected {_names(kind)}; {_found(value)}, in {dict(ddict)!r}.{_more(more)}"
        )
    return value


str_param, opt_str_param, str_elem, opt_str_elem = _scalar(str)
int_param, opt_int_param, int_elem, opt_int_elem = _scalar(int)
float_param, opt_float_param, float_elem, opt_float_elem = _scalar(float)
bool_param, opt_bool_param, bool_elem, opt_bool_elem = _scalar(bool)
numeric_param, opt_numeric_param = _scalar((int, float))[:2]
iterator_param = _scalar(Iterator)[0]
generator_param, opt_generator_param = _scalar(Generator)[:2]


def opt_nonempty_str_param(
    obj: Any, param_name: str, default: str | None = None, additional_message: str | None = None
) -> Any:
    """The argument, a text; the default for None and for an empty one."""
    return opt_str_param(obj, param_name, default, additional_message) or default


def int_value_param(obj: object, value: int, param_name: str, additional_message: str | None = None) -> int:
    """The argument, which is that number."""
    if type(obj) is not int or obj != value:
        _refuse_param(param_name, str(value), obj, additional_message)
    return value


def literal_param(obj: T, param_name: str, values: Sequence[object], additional_message: str | None = None) -> T:
    """The argument, one of the values."""
    if obj not in values:
        _refuse_param(param_name, f"one of {', '.join(map(repr, values))}", obj, additional_message)
    return obj


def opt_literal_param(obj: T, param_name: str, values: Sequence[object], additional_message: str | None = None) -> T:
    """The argument, one of the values, or None."""
    return obj if obj is None else literal_param(obj, param_name, values, additional_message)


def path_param(obj: Any, param_name: str, additional_message: str | None = None) -> str:
    """The argument, a path, as text."""
    path: str = os.fspath(inst_param(obj, param_name, (str, os.PathLike), additional_message))
    return path


def opt_path_param(obj: Any, param_name: str, default: Any = None, additional_message: str | None = None) -> Any:
    """The argument, a path, as text; the default for None."""
    return default if obj is None else path_param(obj, param_name, additional_message)


def callable_param(obj: T, param_name: str, additional_message: str | None = None) -> T:
    """The argument, which can be called."""
    if not callable(obj):
        _refuse_param(param_name, "something that can be called", obj, additional_message)
    return obj


def opt_callable_param(obj: Any, param_name: str, default: Any = None, additional_message: str | None = None) -> Any:
    """The argument, which can be called; the default for None."""
    return default if obj is None else callable_param(obj, param_name, additional_message)


def is_callable(obj: T, additional_message: str | None = None) -> T:
    """The object, which can be called."""
    if not callable(obj):
        raise CheckError(f"expected something that can be called; {_found(obj)}.{_more(additional_message)}")
    return obj


def class_param(
    obj: Any, param_name: str, superclass: type | None = None, additional_message: str | None = None
) -> Any:
    """The argument, a class (below ``superclass``, if one is given)."""
    if not isinstance(obj, type) or (superclass is not None and not issubclass(obj, superclass)):
        expected = "a class" if superclass is None else f"a class below {superclass.__name__}"
        _refuse_param(param_name, expected, obj, additional_message)
    return obj


def opt_class_param(
    obj: Any,
    param_name: str,
    default: type | None = None,
    superclass: type | None = None,
    additional_message: str | None = None,
) -> Any:
    """The argument, a class; the default for None."""
    return default if obj is None else class_param(obj, param_name, superclass, additional_message)


def generator(obj: object) -> Any:
    """The object, a generator."""
    return inst(obj, Generator)


def opt_generator(obj: object) -> Any:
    """The object, a generator, or None."""
    return None if obj is None else generator(obj)


# ------------------------------------------------------------------ collections


def _collection(kind: Kind, empty: Callable[[], Any]) -> tuple[Callable[..., Any], ...]:
    """The checks of one kind of list: of an argument, an optional one, one that may be None, an object, an element."""

    def param(obj: Any, param_name: str, of_type: Kind | None = None, additional_message: str | None = None) -> Any:
        if isinstance(obj, str):  # a text is a sequence of texts, and nearly always a mistake
            _refuse_param(param_name, f"{_names(kind)}, and no text", obj, additional_message)
        inst_param(obj, param_name, kind, additional_message)
        _members(obj, of_type, f"parameter {param_name!r}")
        return obj

    def opt_param(obj: Any, param_name: str, of_type: Kind | None = None, additional_message: str | None = None) -> Any:
        return empty() if obj is None else param(obj, param_name, of_type, additional_message)

    def nullable(obj: Any, param_name: str, of_type: Kind | None = None, additional_message: str | None = None) -> Any:
        return None if obj is None else param(obj, param_name, of_type, additional_message)

    def plain(obj: Any, of_type: Kind | None = None, additional_message: str | None = None) -> Any:
        inst(obj, kind, additional_message)
        _members(obj, of_type, _names(kind))
        return obj

    def elem(ddict: Mapping[Any, Any], key: str, of_type: Kind | None = None, more: str | None = None) -> Any:
        _members(_elem(ddict, key, ddict[key], kind, more), of_type, f"value of {key!r}")
        return ddict[key]

    def opt_elem(ddict: Mapping[Any, Any], key: str, of_type: Kind | None = None, more: str | None = None) -> Any:
        return empty() if ddict.get(key) is None else elem(ddict, key, of_type, more)

    return param, opt_param, nullable, plain, elem, opt_elem


list_param, opt_list_param, opt_nullable_list_param, is_list, list_elem, opt_list_elem = _collection(list, list)
tuple_param, opt_tuple_param, opt_nullable_tuple_param, is_tuple, tuple_elem, opt_tuple_elem = _collection(tuple, tuple)
sequence_param, opt_sequence_param, opt_nullable_sequence_param, _, _, _ = _collection(Sequence, list)
iterable_param, opt_iterable_param, opt_nullable_iterable_param, is_iterable, _, _ = _collection(Iterable, list)
set_param, opt_set_param, opt_nullable_set_param, _, _, _ = _collection(AbstractSet, frozenset)


def _mapping(kind: Kind) -> tuple[Callable[..., Any], ...]:
    """The checks of one kind of mapping, in the order of those of lists."""

    def param(
        obj: Any,
        param_name: str,
        key_type: Kind | None = None,
        value_type: Kind | None = None,
        additional_message: str | None = None,
    ) -> Any:
        inst_param(obj, param_name, kind, additional_message)
        _members(obj, key_type, f"keys of parameter {param_name!r}")
        _members(obj.values(), value_type, f"values of parameter {param_name!r}")
        return obj

    def opt_param(obj: Any, param_name: str, *types: Any, **named: Any) -> Any:
        return {} if obj is None else param(obj, param_name, *types, **named)

    def nullable(obj: Any, param_name: str, *types: Any, **named: Any) -> Any:
        return None if obj is None else param(obj, param_name, *types, **named)

    def plain(
        obj: Any, key_type: Kind | None = None, value_type: Kind | None = None, additional_message: str | None = None
    ) -> Any:
        inst(obj, kind, additional_message)
        _members(obj, key_type, "keys")
        _members(obj.values(), value_type, "values")
        return obj

    def elem(ddict: Mapping[Any, Any], key: str, *types: Any, **named: Any) -> Any:
        return plain(_elem(ddict, key, ddict[key], kind, None), *types, **named)

    def opt_elem(ddict: Mapping[Any, Any], key: str, *types: Any, **named: Any) -> Any:
        return {} if ddict.get(key) is None else elem(ddict, key, *types, **named)

    return param, opt_param, nullable, plain, elem, opt_elem


dict_param, opt_dict_param, opt_nullable_dict_param, is_dict, dict_elem, opt_dict_elem = _mapping(dict)
mapping_param, opt_mapping_param, opt_nullable_mapping_param, _, _, _ = _mapping(Mapping)


def opt_nullable_dict_elem(ddict: Mapping[Any, Any], key: str, *types: Any, **named: Any) -> Any:
    """The value of a key, a dict, or None."""
    return None if ddict.get(key) is None else dict_elem(ddict, key, *types, **named)


def two_dim_dict_param(obj: Any, param_name: str, key_type: Kind = str, value_type: Kind | None = None) -> Any:
    """The argument, a dict of dicts."""
    for inner in dict_param(obj, param_name, key_type, dict).values():
        dict_param(inner, param_name, key_type, value_type)
    return obj
