"""What the API tells of labelled facts: no secrets, and of Markdown the pictures whole that stand in it."""

from __future__ import annotations

from watchbell.ground.masking import MASK
from watchbell.record.metadata import MetadataValue
from watchbell.web.shapes.metadata import PICTURE_CHARS_MAX, TEXT_CHARS_MAX, MetadataShape, metadata_shape


def picture(chars: int) -> str:
    return f"![rain](data:image/png;base64,{'A' * chars})"


def told(text: str) -> MetadataShape:
    return metadata_shape("note", MetadataValue.md(text))


def test_a_fact_whose_label_says_that_it_is_a_secret_is_masked() -> None:
    told_secrets = [
        metadata_shape(label, value)
        for label, value in (
            ("api_key", MetadataValue.text("sk-1")),
            ("dbPassword", MetadataValue.md("hush")),
            ("credentials", MetadataValue.json({"user": "ada"})),
        )
    ]

    assert {("text", MASK)} == {(each.kind, each.value) for each in told_secrets}


def test_secrets_inside_of_facts_are_masked_and_all_else_stays() -> None:
    address = metadata_shape("source", MetadataValue.url("postgresql://ada:hush@db/x"))
    options = metadata_shape("options", MetadataValue.json({"token": "hush", "rows": 3}))
    tokens = metadata_shape("prompt_tokens", MetadataValue.int(3))

    assert address.value == f"postgresql://ada:{MASK}@db/x"
    assert options.value == {"token": MASK, "rows": 3}
    assert (tokens.kind, tokens.value) == ("int", 3)


def test_a_picture_in_markdown_is_told_whole() -> None:
    text = f"before {picture(2 * TEXT_CHARS_MAX)} after"

    assert told(text) == MetadataShape(label="note", kind="markdown", value=text)


def test_the_text_around_pictures_is_cut_as_any_other() -> None:
    found = told(f"{'x' * (TEXT_CHARS_MAX - 1)}{picture(4)}yz")

    assert found.value == f"{'x' * (TEXT_CHARS_MAX - 1)}{picture(4)}y"
    assert found.is_cut


def test_text_that_is_too_long_before_a_picture_ends_there() -> None:
    found = told(f"{'x' * (TEXT_CHARS_MAX + 1)}{picture(4)}")

    assert found.value == "x" * TEXT_CHARS_MAX
    assert found.is_cut


def test_a_picture_that_is_too_large_is_told_by_its_name() -> None:
    found = told(f"a {picture(PICTURE_CHARS_MAX)} b")

    assert found.value == "a rain b"
    assert found.is_cut


def test_what_only_looks_like_a_picture_is_text() -> None:
    text = f"![x](data:image/svg+xml;base64,{'A' * TEXT_CHARS_MAX})"

    assert told(text).value == text[:TEXT_CHARS_MAX]
