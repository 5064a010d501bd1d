"""What is said of an evaluation whose process came to its end."""

from watchbell.host.endings import Trouble, answer_for, split_output
from watchbell.record.error_info import PACKAGE_FOLDER
from watchbell.record.evaluation import Evaluation, Outcome
from watchbell.record.tick import AutomationKind

HANGING = f"""first print
Current thread 0x00007f2a (most recent call first):
  File "/home/ann/defs.py", line 9 in inner
  File "/home/ann/defs.py", line 12 in files
  File "{PACKAGE_FOLDER}/declare/automation/evaluation.py", line 5 in call
  File "<frozen runpy>", line 88 in _run_code
"""


def test_print_and_stack_are_told_apart_and_the_stack_is_turned_round() -> None:
    assert split_output(HANGING) == (
        ["first print"],
        ['  File "/home/ann/defs.py", line 12 in files\n', '  File "/home/ann/defs.py", line 9 in inner\n'],
    )


def test_of_several_threads_the_current_one_counts() -> None:
    text = 'Thread 0x01 (most recent call first):\n  File "/a.py", line 1 in other\n\n' + HANGING

    assert split_output(text)[1] == split_output(HANGING)[1]


def test_a_fatal_error_is_kept_as_text() -> None:
    text = (
        "Fatal Python error: Segmentation fault\n\n"
        + HANGING.split("\n", 1)[1]
        + "\nExtension modules: a, b (total: 2)\n"
    )

    assert split_output(text)[0] == ["Fatal Python error: Segmentation fault"]


def test_the_answer_names_kind_name_reason_and_the_last_words() -> None:
    evaluation = Evaluation(5, AutomationKind.SCHEDULE, "nightly")

    answer = answer_for(evaluation, Trouble(Outcome.KILLED, "lost its process, which was ended by SIGKILL", "a\nb\n"))

    assert (answer.id, answer.outcome) == (5, Outcome.KILLED)
    assert answer.error is not None
    assert (
        answer.error.message
        == "schedule 'nightly' lost its process, which was ended by SIGKILL; the last it wrote:\na\nb"
    )
