"""External processes on the same machine."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import Any

from watchbell.execute.pipes.handler import ExecutionContext
from watchbell.execute.pipes.injectors import PipesContextInjector, PipesTempFileContextInjector
from watchbell.execute.pipes.readers import PipesMessageReader, PipesTempFileMessageReader
from watchbell.execute.pipes.session import PipesClient, PipesClientCompletedInvocation, open_pipes_session
from watchbell.ground.errors import DagsterPipesExecutionError
from watchbell.ground.process_tree import ProcessTree
from watchbell_pipes import PipesExtras


class PipesSubprocessClient(PipesClient):
    """Starts a command and waits for its end; a resource.

    Args:
        env: environment variables for every command, besides this process's own.
        cwd: the folder commands start in; None: this process's.
        context_injector: how they get to know what to do; None: a temporary file.
        message_reader: how their messages come back; None: a temporary file.
        forward_termination: whether a command, with all it started, is ended when this step is asked to stop.
        forward_stdio: whether what it writes to stdout and stderr appears in this process's; else it is lost.
        termination_timeout_seconds: from asking a command to end (SIGTERM) to ending it (SIGKILL).

    Example:
        >>> @asset
        ... def orders(context: AssetExecutionContext, pipes: PipesSubprocessClient):
        ...     return pipes.run(command=["python", "orders.py"], context=context).get_results()
        >>> defs = Definitions(assets=[orders], resources={"pipes": PipesSubprocessClient()})
    """

    def __init__(
        self,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        context_injector: PipesContextInjector | None = None,
        message_reader: PipesMessageReader | None = None,
        forward_termination: bool = True,
        forward_stdio: bool = True,
        termination_timeout_seconds: float = 20,
    ) -> None:
        self.env = env
        self.cwd = cwd
        self.context_injector = context_injector or PipesTempFileContextInjector()
        self.message_reader = message_reader or PipesTempFileMessageReader()
        self.forward_termination = forward_termination
        self.forward_stdio = forward_stdio
        self.termination_timeout_seconds = termination_timeout_seconds

    def run(  # type: ignore[override]  # the specification names what this kind of process needs
        self,
        *,
        context: ExecutionContext,
        extras: PipesExtras | None = None,
        command: str | Sequence[str],
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
    ) -> PipesClientCompletedInvocation:
        """Runs a command with Pipes open to it.

        Args:
            context: the context of the step.
            extras: what else the command is told; what JSON can write.
            command: the program and its arguments; one text is the program's name. No shell reads it.
            env: further environment variables.
            cwd: the folder it starts in; None: the client's.

        Returns:
            What it reported.

        Raises:
            DagsterPipesExecutionError: it ended with an exit code other than 0, or by a signal.
            OSError: it cannot be started.
        """
        with open_pipes_session(context, self.context_injector, self.message_reader, extras) as session:
            out = None if self.forward_stdio else subprocess.DEVNULL
            process = subprocess.Popen(
                command,
                cwd=cwd or self.cwd,
                env={**os.environ, **session.get_bootstrap_env_vars(), **(self.env or {}), **(env or {})},
                stdout=out,
                stderr=out,
            )
            session.report_launched({"extras": {}})
            try:
                process.wait()
            except BaseException:  # the step was asked to stop
                if self.forward_termination:
                    context.log.info("[pipes] the step was asked to stop: the external process is asked too")
                    self._end(process)
                raise
            if process.returncode != 0:
                raise DagsterPipesExecutionError(
                    f"the external process {_shown(command)} {_ending(process.returncode)}; what it wrote to stdout "
                    "and stderr, and an error it reported, stand in the run's log",
                    exit_code=process.returncode,
                )
        return PipesClientCompletedInvocation(session)

    def _end(self, process: subprocess.Popen[Any]) -> None:
        tree = ProcessTree(process.pid)  # a shell's command would go on without it
        began = time.monotonic()
        process.terminate()
        tree.terminate()
        try:
            process.wait(self.termination_timeout_seconds)
        except subprocess.TimeoutExpired:
            pass  # killed below: what ended the step is to be told, not this
        finally:  # also when somebody presses Ctrl-C a second time
            if process.poll() is None:
                later = ProcessTree(process.pid)  # what it started since
                process.kill()
                process.wait()
                later.kill()
            tree.kill(max(0.0, began + self.termination_timeout_seconds - time.monotonic()))


def _shown(command: str | Sequence[str]) -> str:
    text = command if isinstance(command, str) else " ".join(map(str, command))
    return repr(text if len(text) <= 80 else f"{text[:80]}…")


def _ending(code: int) -> str:
    return f"failed with code {code}" if code > 0 else f"was ended by signal {-code}"
