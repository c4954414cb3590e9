"""Formulas in a team's text: drawn as MathML, harmless whatever they hold, as typed where they cannot be read."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.report.formulas import ATTRIBUTES, ELEMENTS, LONGEST, MOST, Formulas
from grader.report.prose import Prose


def shown(source: str) -> str:
    return str(Prose(lambda *_: None).render(source, {}))


@pytest.mark.parametrize(
    "source",
    [
        r"so $\frac{1}{2}$ of it",
        "$$\n\\frac{1}{2}\n- 1\n= -\\frac{1}{2}\n$$",
        "\\begin{align}\n\\frac{1}{2} &= 0.5 \\\\ 1 &= 1\n\\end{align}",
        r"\\(\frac{1}{2}\\)",
        r"\\[\frac{1}{2}\\]",
    ],
)
def test_every_way_to_write_a_formula_is_drawn(source: str) -> None:
    html = shown(source)
    assert re.search(r"<mfrac><m(n|row)>(<mn>)?1</mn>", html), html
    assert "<li>" not in html and "$" not in html


@pytest.mark.parametrize("source", ["it costs $5 and $6", "`$x$`", "```\n$$\n\\frac{1}{2}\n$$\n```"])
def test_money_and_code_are_no_formulas(source: str) -> None:
    assert "<math" not in shown(source)


@pytest.mark.parametrize("source", [r"\frac{", r"\nosuchcommand{x}", "x" * (LONGEST + 1)])
def test_what_cannot_be_read_stays_as_typed(source: str) -> None:
    assert Formulas().markup(source).startswith('<code class="math">')


def test_beyond_the_notebooks_share_formulas_stay_as_typed() -> None:
    formulas = Formulas()
    drawn = [formulas.markup("x" * 1000).startswith("<math") for _ in range(MOST // 1000 + 1)]
    assert drawn == [True] * (MOST // 1000) + [False]


def test_lines_of_aligned_formulas_bear_no_numbers() -> None:
    assert "(1)" not in re.sub(
        'alttext="[^"]*"', "", Formulas().markup(r"\begin{align}a&=b\\c&=d\end{align}")
    )


@pytest.mark.parametrize(
    "source",
    [r"\text{</mtext><script>alert(1)</script>}", r"\href{javascript:alert(1)}{x}", r"\style{background:url(x)}{y}", '"><img src=x onerror=alert(1)>', r"\text{<img src=x>}"],
)  # fmt: skip
def test_nothing_but_formulas_comes_out(source: str) -> None:
    assert_harmless(shown(f"${source}$"))


PIECES = [*"\\{}^_&<>\"'ab1 ()[]=+-", "\\frac", "\\text{", "\\begin{matrix}", "\\left("]


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_any_text_ends_in_harmless_markup(source: str) -> None:
    assert_harmless(Formulas().markup(source))


def assert_harmless(html: str) -> None:
    outside = re.sub(r'"[^"<>]*"', '""', html)
    for tag, rest in re.findall(r"<(\w+)([^>]*)>", outside):
        assert tag in ELEMENTS | {"p", "code"}, html
        for name in re.findall(r"([\w-]+)=", rest):
            assert name in ATTRIBUTES or name in {"alttext", "class"}, html
    assert "<script" not in html and "<img" not in html and "href=" not in outside
