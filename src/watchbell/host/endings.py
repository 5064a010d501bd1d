"""What is answered for an evaluation whose process was ended or ended by itself."""

from __future__ import annotations

from watchbell.ground.errors import HostError
from watchbell.ground.value import dataclass
from watchbell.record.error_info import PACKAGE_FOLDER, SerializableErrorInfo
from watchbell.record.evaluation import Answer, Evaluation, Outcome

OUTPUT_LINES_MAX = 20
STACK_OPENS = ("Current thread", "Thread 0x", "Fatal Python error")


@dataclass(frozen=True)
class Trouble:
    """Why an evaluation has no answer of its own.

    Args:
        outcome: TIMED_OUT or KILLED.
        reason: the rest of a sentence that begins with the automation's name.
        output: the end of what its process wrote.
        stack: where it was, as lines, if that is known otherwise than from what was written.
    """

    outcome: Outcome
    reason: str
    output: str = ""
    stack: tuple[str, ...] = ()


def answer_for(evaluation: Evaluation, trouble: Trouble) -> Answer:
    """The answer that names the automation, what happened to it, and where it was if that is known."""
    printed, stack = split_output(trouble.output)
    message = f"{evaluation.kind.value.lower()} {evaluation.name!r} {trouble.reason}"
    if printed:
        message += "; the last it wrote:\n" + "\n".join(printed[-OUTPUT_LINES_MAX:])
    error = SerializableErrorInfo(message=message, stack=trouble.stack or tuple(stack), cls_name=HostError.__name__)
    return Answer(id=evaluation.id, outcome=trouble.outcome, error=error)


def split_output(output: str) -> tuple[list[str], list[str]]:
    """What was printed, and the user's frames of a stack that ``faulthandler`` wrote, outermost first.

    Args:
        output: the end of what a process wrote.
    """
    printed: list[str] = []
    stack: list[str] = []
    in_stack = False
    for line in output.splitlines():
        if line.startswith(STACK_OPENS):
            in_stack = True
            if line.startswith("Fatal"):
                printed.append(line)
            elif line.startswith("Current thread"):
                stack.clear()  # of several threads this is the one that matters
        elif in_stack and line.startswith("  File "):
            if PACKAGE_FOLDER not in line and "<frozen " not in line:
                stack.append(f"{line}\n")
        elif line and not line.startswith("Extension modules:"):
            in_stack = False
            printed.append(line)
    stack.reverse()
    return printed, stack
