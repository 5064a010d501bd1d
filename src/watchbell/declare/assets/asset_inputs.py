"""The inputs of a function that makes assets: which assets they are, and those it only waits for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from watchbell.declare.assets.asset_in import AssetIn
from watchbell.declare.assets.asset_spec import AssetDep
from watchbell.declare.config.data_type import Nothing
from watchbell.declare.graphs.function import UserFunction
from watchbell.declare.graphs.output import In
from watchbell.declare.names import check_instance, check_name
from watchbell.declare.partitions.mapping import PartitionMapping
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.ground.suggest import did_you_mean
from watchbell.record.keys import AssetKey


class AssetInputs:
    """The inputs of the op, and the assets they are.

    Args:
        what: the definition, for messages.
    """

    def __init__(self, what: str) -> None:
        self.ins: dict[str, In] = {}
        self.keys: dict[str, AssetKey] = {}
        self._mappings: dict[AssetKey, PartitionMapping] = {}
        self._what = what

    def take(self, function: UserFunction, given: Mapping[str, AssetIn]) -> None:
        """Adds the function's parameters, and inputs that are only waited for.

        Raises:
            DagsterInvalidDefinitionError: ``given`` speaks of a parameter that is not there.
        """
        parameters = [each.name for each in function.parameters]
        for name, each in given.items():
            check_instance(each, AssetIn, f"ins[{name!r}] of {self._what}", "write AssetIn(...)")
            if name not in parameters and not each.is_nothing and not function.accepts_any:
                raise DagsterInvalidDefinitionError(
                    f"{self._what}: ins= has {name!r}, but its function has no such parameter"
                    f"{did_you_mean(name, parameters)}",
                    input=name,
                )
        for name in [*parameters, *(name for name in given if name not in parameters)]:
            each = given.get(name) or AssetIn()
            key = each.key_for(name)
            self.keys[name] = key
            if each.partition_mapping is not None:
                self._mappings[key] = each.partition_mapping
            self.ins[name] = In(
                each.dagster_type, metadata=each.metadata, asset_key=key, input_manager_key=each.input_manager_key
            )

    def dep_on(self, key: AssetKey, said: Mapping[AssetKey, AssetDep]) -> AssetDep:
        """The dependency on the asset of an input.

        Args:
            key: the asset.
            said: dependencies that were given as such, by key.

        Raises:
            DagsterInvalidDefinitionError: how its partitions are mapped is said by ``ins`` and by ``deps``.
        """
        mapping, dep = self._mappings.get(key), said.get(key)
        if dep is None:
            return AssetDep(key, partition_mapping=mapping)
        if mapping is not None:
            raise DagsterInvalidDefinitionError(
                f"{self._what}: the asset {key.to_user_string()!r} is in ins= with a partition_mapping and in deps= "
                "too; say there how its partitions are mapped, or take it out of deps"
            )
        return dep

    def wait_for(self, keys: Iterable[AssetKey]) -> None:
        """Adds inputs that carry no value, for assets that are no input yet."""
        there = set(self.keys.values())
        for key in keys:
            if key in there:
                continue
            there.add(key)
            name = free_name("_".join(key.path), self.ins)
            self.keys[name] = key
            self.ins[name] = In(Nothing, asset_key=key)


def free_name(wanted: str, taken: Mapping[str, object]) -> str:
    """A name for an input or output, near to the wanted one, that is not taken."""
    base = re.sub(r"\W", "_", wanted)
    name, number = base, 1
    while name in taken or not name.isidentifier():
        number += 1
        name = f"dep_{base}_{number}"
    try:
        return check_name(name, "input")
    except DagsterInvalidDefinitionError:  # a reserved word, or longer than a name may be
        return free_name(f"dep_{base[:200]}", taken)
