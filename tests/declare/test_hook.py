"""Hooks as values: what may be one, and what a direct call gives."""

from __future__ import annotations

from typing import Any

import pytest

from watchbell import (
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    HookDefinition,
    HookExecutionResult,
    ResourceDefinition,
    build_hook_context,
    failure_hook,
    job,
    op,
    success_hook,
)
from watchbell.ground.errors import ParameterCheckError


@op
def three() -> int:
    return 3


@failure_hook(name="alarm", required_resource_keys={"slack"})
def _alarm(context: Any) -> str:
    return f"{context.resources.slack} {context.op.name} {context.op_exception}"


def test_a_hook_has_the_name_of_its_function_or_the_given_one() -> None:
    @success_hook
    def tell(_context: Any) -> None: ...

    assert (tell.name, _alarm.name, _alarm.required_resource_keys) == ("tell", "alarm", {"slack"})


def test_a_hook_is_called_with_a_built_context() -> None:
    context = build_hook_context({"slack": "#data"}, op=three, op_exception=ValueError("no rows"))

    assert _alarm(context) == _alarm(context=context) == "#data three no rows"


def test_resources_of_a_built_context_may_be_definitions() -> None:
    with build_hook_context({"slack": ResourceDefinition(lambda _: "#made")}, op=three) as context:
        assert _alarm(context) == "#made three None"


@pytest.mark.parametrize("arguments", [(), (1, 2)])
def test_a_hook_is_called_with_exactly_one_context(arguments: tuple[int, ...]) -> None:
    with pytest.raises(DagsterInvalidInvocationError, match="one context"):
        _alarm(*arguments)


def test_a_context_under_another_name_is_refused() -> None:
    with pytest.raises(DagsterInvalidInvocationError, match="'context'"):
        _alarm(other=build_hook_context())


@pytest.mark.parametrize("given", [None, build_hook_context()])
def test_a_resource_that_is_missing_is_named(given: Any) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="slack"):
        _alarm(given)


def test_a_hook_without_a_decorated_function_cannot_be_called() -> None:
    made = HookDefinition(name="made", hook_fn=lambda *_: HookExecutionResult("made"))

    with pytest.raises(DagsterInvalidInvocationError, match="@success_hook"):
        made(build_hook_context())


@pytest.mark.parametrize("fn", [lambda: None, lambda other: None])
def test_the_function_takes_a_context(fn: Any) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="'context'"):
        success_hook(name="tell")(fn)


@pytest.mark.parametrize("hooks", [[_alarm], _alarm, {"alarm"}])
def test_hooks_are_a_set_of_hooks(hooks: Any) -> None:
    with pytest.raises(ParameterCheckError, match="hook"):

        @job(hooks=hooks)
        def small() -> None:
            three()


def test_hooks_of_a_node_add_up() -> None:
    @success_hook
    def tell(_context: Any) -> None: ...

    node = three.alias("other").with_hooks({tell}).with_hooks({_alarm})

    assert node.hooks == {tell, _alarm}


def test_a_job_whose_hook_lacks_a_resource_names_both() -> None:
    @job(hooks={_alarm})
    def small() -> None:
        three()

    with pytest.raises(DagsterInvalidDefinitionError, match=r"hook 'alarm'.*'slack'"):
        small.execute_in_process()


@pytest.mark.parametrize("name", ["run_id", "op", "job_name", "step_key", "hook_def", "op_config", "op_output_values"])
def test_a_built_context_says_what_it_was_not_given(name: str) -> None:
    with pytest.raises(Exception, match=name):
        getattr(build_hook_context(), name)
