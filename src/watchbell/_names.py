"""The public names: each with the module, below ``watchbell``, that is its home.

The only list. ``watchbell/__init__.py`` resolves names through it on first use, ``__init__.pyi`` is generated from it
(``make stubs``), and the alias distribution follows. To publish a name: write it in its home file with a docstring,
add one line here (sorted as Python sorts strings: capitals first), run ``make stubs``.
"""

HOMES: dict[str, str] = {
}
