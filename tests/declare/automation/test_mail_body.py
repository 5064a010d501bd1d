from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.declare.automation.failure_facts import STEPS_MAX, FailedStep, FailureFacts
from watchbell.declare.automation.mail_body import both_forms, html_of, plain_text

# What an attacker, or an unlucky error message, may hold.
TEXTS = st.text(st.sampled_from("<>&\"'/=\n\t ;abé\u2028\x00"), max_size=30) | st.sampled_from(
    ["<script>alert(1)</script>", "</pre><img src=x onerror=y>", "&lt;b&gt;", '"><a href="http://evil">', "<!-- "]
)
OWN_TAGS = {"div", "p", "strong", "table", "tr", "th", "td", "pre", "a"}


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs).get("href")))

    def handle_comment(self, data: str) -> None:
        self.seen.append(("comment", data))


def tags(html: str) -> list[tuple[str, str | None]]:
    reader = Tags()
    reader.feed(html)
    reader.close()
    return reader.seen


def facts(text: str, steps: int = 1) -> FailureFacts:
    failed = tuple(FailedStep(text, text, text) for _ in range(steps))
    return FailureFacts(text, text, text, None, text, text, text, failed, f"http://w/runs/{text}")


@given(text=TEXTS)
def test_nothing_that_a_run_says_becomes_markup(text: str) -> None:
    found = tags(html_of(facts(text), 100))

    assert {tag for tag, _ in found} <= OWN_TAGS
    assert [tag for tag, _ in found].count("a") == 1


@given(text=st.text(st.sampled_from("<>&\"'/=!-\n\t ;xyé"), max_size=30))
def test_plain_text_of_a_user_becomes_no_markup(text: str) -> None:
    html, plain = both_forms(text, None)

    assert {tag for tag, _ in tags(html)} <= {"div", "p", "br"}
    assert plain == text


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("a<br>b", "a\nb"),
        ("<p>one</p><p>two &amp; three</p>", "one\n\ntwo & three"),
        ("<ul><li>a</li><li>b</li></ul>", "a\n\nb"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ("see <a href='http://x'>there</a>", "see there (http://x)"),
        ("<style>p { color: red }</style><p>seen</p><script>no()</script>", "seen"),
        ("</style>seen", "seen"),
        ("a <b>b\nc</b>", "a b c"),
    ],
)
def test_the_words_of_html_are_read_off(html: str, expected: str) -> None:
    assert plain_text(html) == expected


@pytest.mark.parametrize("text", ["<Response [500]>", "a < b and c > d", "<class 'int'>", "List<br"])
def test_angle_brackets_alone_make_no_html(text: str) -> None:
    html, plain = both_forms(text, "http://w")

    assert plain == f"{text}\n\nhttp://w"
    assert text not in html


def test_html_is_sent_as_it_is_written_with_the_link_behind() -> None:
    html, plain = both_forms("<b>bad</b>", "http://w?a=1&b=2")

    assert "<b>bad</b>" in html
    assert 'href="http://w?a=1&amp;b=2"' in html
    assert plain.splitlines()[0] == "bad"
    assert "http://w?a=1&b=2" in plain


def test_many_failed_steps_are_counted_not_told() -> None:
    html = html_of(facts("x", STEPS_MAX + 3), 100)

    assert html.count("<p>Step <strong>x</strong></p>") == STEPS_MAX
    assert "… and 3 more steps" in html


def test_a_run_without_failed_steps_tells_its_reason() -> None:
    html = html_of(facts("the process was killed", 0), 100)

    assert "the process was killed</pre>" in html
