"""How far a run with dynamic outputs is: steps come to be while it goes on.

The plan has models; a model's copies, one for each combination of mapping keys, are made as soon as the dynamic outputs
that it is mapped over are given. A step that takes collected values is a model too, with a single copy: which steps it
waits for is known only then. Afterwards a copy is a step like any other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from watchbell.declare.graphs.dynamic_levels import Dims
from watchbell.declare.graphs.handles import OutputHandle
from watchbell.execute.copies import copy_key, path_of
from watchbell.execute.plan import FromCopies, FromManyCopies, FromStep, FromSteps, InputSource, Plan, Step
from watchbell.execute.progress import OVER, Progress, StepState

Keys = tuple[str, ...]
Ends = list[tuple[str, StepState]]


def progress_of(plan: Plan) -> Progress:
    """The state of every step of a run of ``plan`` that is about to begin."""
    return DynamicProgress(plan) if plan.has_models else Progress(plan)


class _NotYet(Exception):
    """A copy hangs on a dynamic output that is not given yet."""

    def __init__(self, step_key: str) -> None:
        super().__init__(step_key)
        self.step_key = step_key


class DynamicProgress(Progress):
    """The state of every step of a run with dynamic outputs.

    Args:
        plan: the run's plan.
    """

    def __init__(self, plan: Plan) -> None:
        # step -> models, and the outer keys of their copies, that hang on its mapping keys
        self._hanging: dict[str, list[tuple[Step, Keys]]] = {}
        self._ordinals: dict[str, int] = {}
        super().__init__(plan)
        for model in plan.steps:
            if model.is_model:
                self._unfold(model, ())

    @property
    def is_over(self) -> bool:
        """Whether no step can run any more."""
        return super().is_over and not self._hanging

    def _first_steps(self, plan: Plan) -> tuple[dict[str, Step], Mapping[str, list[str]]]:
        steps = {step.key: step for step in plan.steps if not step.is_model}
        dependants: defaultdict[str, list[str]] = defaultdict(list)
        for step in steps.values():
            for upstream in step.depends_on:
                dependants[upstream].append(step.key)
        return steps, dependants

    def _ordinal(self, key: str) -> int:
        return self._ordinals.get(key, 0)

    def _ended(self, key: str) -> Ends:
        return [end for model, keys in self._hanging.pop(key, ()) for end in self._unfold(model, keys)]

    # --------------------------------------------------------------- copies

    def _unfold(self, model: Step, keys: Keys) -> Ends:
        """Makes the copies of a model whose outer keys are ``keys``, now or when the next dynamic output is given."""
        if len(keys) == len(model.dims):
            try:
                copy = self._copy(model, keys)
            except _NotYet as wait:
                self._hanging.setdefault(wait.step_key, []).append((model, keys))
                return []
            return self._add(copy)
        dim = model.dims[len(keys)]
        giver = copy_key(dim.node, keys)
        if self._states.get(giver) not in OVER:
            self._hanging.setdefault(giver, []).append((model, keys))
            return []
        return [end for key in self._mapping_keys_of(giver, dim.output) for end in self._unfold(model, (*keys, key))]

    def _mapping_keys_of(self, step_key: str, output_name: str) -> Keys:
        return self._mapping_keys.get(step_key, {}).get(output_name, ())

    def _copy(self, model: Step, keys: Keys) -> Step:
        inputs = tuple(replace(each, source=self._resolved(each.source, keys)) for each in model.inputs)
        waits_for: set[str] = set()
        for each in inputs:
            if isinstance(each.source, FromStep):
                waits_for.add(each.source.step_key)
            elif isinstance(each.source, FromSteps):
                waits_for.update(source.step_key for source in each.source.sources if isinstance(source, FromStep))
        return replace(
            model,
            key=copy_key(path_of(model.key), keys),
            inputs=inputs,
            depends_on=frozenset(waits_for),
            mapping_keys=keys,
            is_model=False,
        )

    def _resolved(self, source: InputSource, keys: Keys) -> InputSource:
        if isinstance(source, FromCopies):
            found = self._from_copies(source, keys)
            return FromSteps(found) if source.collects else found[0]
        if isinstance(source, FromManyCopies):
            each = (self._from_copies(one, keys) if isinstance(one, FromCopies) else (one,) for one in source.sources)
            return FromSteps(tuple(one for some in each for one in some))
        return source

    def _from_copies(self, source: FromCopies, keys: Keys) -> tuple[FromStep, ...]:
        giver = self._plan.by_key[source.step_key]
        path = path_of(source.step_key)
        is_dynamic = giver.outputs[source.output_name].is_dynamic
        dims = (*giver.dims, OutputHandle(path, source.output_name)) if is_dynamic else giver.dims
        levels = len(giver.dims)

        waits_for: list[str] = []

        def below(outer: Keys) -> Iterator[FromStep]:
            if len(outer) == len(dims):
                mapping_key = outer[levels] if is_dynamic else None
                yield FromStep(copy_key(path, outer[:levels]), source.output_name, mapping_key)
                return
            for inner in self._below(dims, outer, waits_for):
                yield from below(inner) if isinstance(inner, tuple) else (inner,)

        found = tuple(below(keys[: len(dims) - source.collects]))
        if waits_for:
            raise _NotYet(waits_for[-1])  # the last to end, most likely: asked again once, not after each of them
        return found

    def _below(self, dims: Dims, outer: Keys, waits_for: list[str]) -> Iterator[Keys | FromStep]:
        """The keys one level further in; if there can be none, the output that should have given them."""
        dim = dims[len(outer)]
        giver = copy_key(dim.node, outer)
        if self._states.get(giver) not in OVER:
            waits_for.append(giver)
            return
        if dim.output in self._given.get(giver, ()):
            for key in self._mapping_keys_of(giver, dim.output):
                yield (*outer, key)
        else:  # left out or failed: whoever collects hears of it as of any other output
            yield FromStep(giver, dim.output)

    def _add(self, step: Step) -> Ends:
        self._steps[step.key] = step
        self._ordinals[step.key] = len(self._ordinals)
        self._states[step.key] = StepState.WAITING
        self._open_count += 1
        missing = [key for key in step.depends_on if self._states.get(key) not in OVER]
        self._missing_count[step.key] = len(missing)
        for key in missing:
            self._dependants[key].append(step.key)
        end = None if missing else self._settle(step)
        return [] if end is None else [(step.key, end)]
