"""Counting words in a folder of texts, one step for each file that happens to be there; see README.md."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from watchbell import (
    Config,
    Definitions,
    DynamicOut,
    DynamicOutput,
    Failure,
    MetadataValue,
    OpExecutionContext,
    Out,
    Output,
    RetryPolicy,
    graph,
    job,
    multiprocess_executor,
    op,
)

HERE = Path(__file__).parent
FOLDER = Path(os.environ.get("FAN_OUT_FOLDER", HERE / "out"))


class Texts(Config):
    """Which files are read."""

    folder: str = str(HERE / "texts")
    at_most: int = 100


@op(out=DynamicOut(Path))
def find_texts(config: Texts) -> Iterator[DynamicOutput[Path]]:
    """Each text file of the folder, under its name."""
    for path in sorted(Path(config.folder).glob("*.txt"))[: config.at_most]:
        yield DynamicOutput(path, mapping_key=re.sub(r"\W", "_", path.stem))


@op(retry_policy=RetryPolicy(max_retries=2, delay=0.1))
def words_of(path: Path) -> list[str]:
    """The words of one file, small letters."""
    text = path.read_text(encoding="utf-8")
    if "\x00" in text:
        raise Failure(f"{path.name} is no text", allow_retries=False)
    return re.findall(r"[^\W\d_]+", text.lower())


@op
def count(context: OpExecutionContext, words: list[str]) -> Output[dict[str, int]]:
    """How often each word of one file occurs."""
    counted = Counter(word for word in words if len(word) > 3)
    commonest = [word for word, _ in counted.most_common(3)]
    return Output(dict(counted), metadata={"file": str(context.get_mapping_key()), "commonest": commonest})


@graph
def counted_words(path: Path) -> dict[str, int]:
    """What is done for each file."""
    return count(words_of(path))


@op(out={"total": Out(), "table": Out()})
def add_up(context: OpExecutionContext, counts: list[dict[str, int]]) -> tuple[dict[str, int], Output[str]]:
    """All counts in one, and the commonest words as a table."""
    total = sum((Counter(each) for each in counts), Counter[str]())
    rows = [f"| {word} | {times} |" for word, times in total.most_common(10)]
    table = "\n".join(["| word | times |", "|---|---|", *rows])
    context.log.info(f"{len(counts)} files, {total.total()} words")
    return dict(total), Output(table, "table", metadata={"words": MetadataValue.md(table)})


@op
def write_table(table: str) -> None:
    """Puts the table into a file."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "words.md").write_text(table + "\n")


@job(executor_def=multiprocess_executor.configured({"max_concurrent": 4}))
def count_words() -> None:
    """Counts the words of every text in the folder, four files at a time."""
    counts = find_texts().map(counted_words)
    _, table = add_up(counts.collect())
    write_table(table)


defs = Definitions(jobs=[count_words])
