"""Text that wants to be more than text; every string that a user can write is one of these."""

MARK = "window.__watchbell_hacked"
"""What a script that got through would set."""
SCRIPT = f"<script>{MARK}=1</script>"
IMAGE = f'"><img src=x onerror="{MARK}=2">'
SVG = f"<svg/onload={MARK}=3>"
LINK = f"javascript:{MARK}=4"
MARKDOWN = f"[click]({LINK}) ![x](https://evil.example/x.png) <b>bold</b> <iframe src='{LINK}'></iframe>"
TEMPLATE = "{{constructor.constructor('alert(1)')()}} ${7*7} #{7*7} %7B%7B"
RIGHT_TO_LEFT = "\u202etxt.exe\u202c مرحبا \u2066nested\u2069"
EMOJI = "👩‍👩‍👧‍👦🏴‍☠️ z̷̢͝a̸l̵g̶o é"
CONTROL = "bell\x07 escape\x1b[31mred\x1b[0m null-like\u2400 tab\t line\nnext \u2028 \ufeff \u200b"
LONG = "x" * 10_000
LONG_WORDS = "very long " * 1_000
CLOSING = "</script></textarea></title></style><!--"
QUOTES = """'"`\\'\\" onmouseover='alert(1)' """
EVERY = (SCRIPT, IMAGE, SVG, MARKDOWN, TEMPLATE, RIGHT_TO_LEFT, EMOJI, CONTROL, CLOSING, QUOTES)
ALL = " ".join(EVERY)
LABEL = " ".join(each for each in EVERY if each != CONTROL)
"""For what is a label and refuses control characters: tags, titles, run keys."""
