"""Formulas of a team's text as MathML, which every browser draws without a script.

A library translates LaTeX; of what it gives only the elements and attributes below are written out, with text in
leaves alone, so that nothing of a hand-in can become other markup.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as Tree
from html import escape, unescape

from latex2mathml.converter import convert_to_element

LONGEST, MOST = 2000, 40_000
"""Characters of one formula, and of all formulas of one notebook; beyond that they stay as typed."""
NUMBERED = re.compile(r"(\\(?:begin|end)\{(?:align|equation|gather|eqnarray|multline))\}")
"""Environments whose lines would be numbered."""
LEAVES = frozenset({"mi", "mn", "mo", "mtext", "mspace"})
ELEMENTS = LEAVES | {
    "math", "mrow", "mfrac", "msqrt", "mroot", "mstyle", "mpadded", "mphantom", "msub", "msup", "msubsup", "munder",
    "mover", "munderover", "mmultiscripts", "mtable", "mtr", "mtd",
}  # fmt: skip
ATTRIBUTES = {
    "display": {"block", "inline"},
    "stretchy": {"true", "false"},
    "fence": {"true", "false"},
    "accent": {"true", "false"},
    "displaystyle": {"true", "false"},
    "columnalign": {"left", "right", "center"},
    "mathvariant": {
        "normal",
        "bold",
        "italic",
        "double-struck",
        "script",
        "fraktur",
        "sans-serif",
        "monospace",
    },
    "linethickness": {"0"},
}


class Formulas:
    """The formulas of one notebook."""

    def __init__(self) -> None:
        self._left = MOST

    def markup(self, source: str, *, block: bool = False) -> str:
        """MathML for LaTeX, or the source as code where it cannot be read."""
        as_typed = f'<code class="math">{escape(source)}</code>'
        self._left -= len(source)
        if len(source) > LONGEST or self._left < 0:
            return as_typed
        try:
            element = convert_to_element(
                NUMBERED.sub(r"\1*}", source), display="block" if block else "inline"
            )
            inside = "".join(map(_written, element))
        except Exception:  # whatever a hand-in's formula does to the library
            return as_typed
        if "\\" in unescape(inside):  # a command that the library does not know
            return as_typed
        kind = "block" if block else "inline"
        return f'<math display="{kind}" alttext="{escape(source)}">{inside}</math>'


def _written(element: Tree.Element) -> str:
    """One element with what is allowed of it; the contents of others stand in their place."""
    inside = (
        escape(unescape(element.text or "")) if element.tag in LEAVES else "".join(map(_written, element))
    )
    if element.tag not in ELEMENTS:
        return inside
    kept = "".join(
        f' {name}="{value}"' for name, value in element.attrib.items() if value in ATTRIBUTES.get(name, ())
    )
    return f"<{element.tag}{kept}>{inside}</{element.tag}>"
