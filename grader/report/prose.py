"""A team's Markdown as harmless markup: no raw HTML, no link that leads anywhere, pictures from the notebook only.

Formulas, between dollar signs or as LaTeX environments, are drawn; what cannot be read stays as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markupsafe import Markup, escape

from grader.report.formulas import Formulas
from grader.report.layout import printable

TAGS = {
    "p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "table", "thead", "tbody",
    "tr", "th", "td", "h3", "h4", "h5", "h6", "span", "img",
}  # fmt: skip
ATTRIBUTES = {
    "img": {"src", "alt", "width", "height", "loading", "decoding"}, "ol": {"start"}, "span": {"class"}, "code": {"class"},
}  # fmt: skip
CLASSES = {"left-out", "address", "math"}
PICTURE = re.compile(r"data:(image/png|image/jpeg);base64,([A-Za-z0-9+/=\s]+)\Z")
ENVIRONMENT = re.compile(r"\\begin\{(align|aligned|equation|gather|eqnarray|multline|split)(\*?)\}")
DISPLAYED = re.compile(
    r"\$\$[^$]+\$\$|\\begin\{(align|equation|gather|eqnarray|multline)(\*?)\}.*?\\end\{\1\2\}", re.DOTALL
)
FENCED = re.compile(r"(^```.*?^```|^~~~.*?^~~~)", re.DOTALL | re.MULTILINE)
PLACE = "\ue000formula {}\ue000"
"""Stands for a formula while the text around it is cleaned; the private letters are taken out of all text before."""
TOP_LEVEL = 2
"""Level of the heading below which the notebook stands; its own headings begin one deeper."""


class Shown(Protocol):
    """A checked picture."""

    def markup(self, text: str) -> Markup:
        """The element that shows it."""


Tokens = Sequence[Token]
Reader = Callable[[str, str], Shown | None]


class Prose:
    """Markdown cells of one notebook, in order: the levels of headings follow one another without a gap.

    ``quoted`` text stands inside of something else: its headings are only bold.
    """

    def __init__(self, read_picture: Reader, *, quoted: bool = False) -> None:
        self._read_picture, self._quoted = read_picture, quoted
        self._level = TOP_LEVEL
        self._formulas = Formulas()
        self._markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
        self._markdown.inline.ruler.before("escape", "formula", _formula)
        assert isinstance(self._markdown.renderer, RendererHTML)
        for name in ("link_open", "link_close", "image", "heading_open", "heading_close", "math"):
            self._markdown.renderer.rules[name] = getattr(self, f"_{name}")

    def render(self, source: str, attachments: Mapping[str, Any]) -> Markup:
        """The cell's markup; ``attachments`` as the notebook keeps them."""
        try:
            written = _one_line_formulas(printable(source).replace("\ue000", ""))
            found: list[str] = []
            html = self._markdown.render(
                written, {"attachments": attachments, "links": [], "formulas": found}
            )
        except RecursionError:
            return Markup("<p>{}</p>").format(printable(source))
        clean = nh3.clean(
            html,
            tags=TAGS,
            attributes=ATTRIBUTES,
            attribute_filter=_attribute,
            url_schemes={"data"},
            link_rel=None,
        )
        for number, formula in enumerate(found):  # written by us, element by element
            clean = clean.replace(PLACE.format(number), formula)
        return Markup(clean)

    def _link_open(self, tokens: Tokens, index: int, _: Any, environment: Any) -> str:
        environment["links"].append(str(tokens[index].attrGet("href") or ""))
        return ""

    def _link_close(self, tokens: Tokens, index: int, _: Any, environment: Any) -> str:
        address = environment["links"].pop() if environment["links"] else ""
        if not address or address.startswith("#"):
            return ""
        return f' <span class="address">({escape(address[:300])})</span>'

    def _image(self, tokens: Tokens, index: int, _: Any, environment: Any) -> str:
        token = tokens[index]
        found = self._picture(str(token.attrGet("src") or ""), environment["attachments"])
        text = token.content or "picture"
        if found is None:
            return f'<span class="left-out">[picture not shown: {escape(text)}]</span>'
        return str(found.markup(text))

    def _picture(self, address: str, attachments: Mapping[str, Any]) -> Shown | None:
        inline = PICTURE.match(address)
        if inline:
            return self._read_picture(inline[1], inline[2])
        bundle = (
            attachments.get(address.removeprefix("attachment:"))
            if address.startswith("attachment:")
            else None
        )
        for kind, content in bundle.items() if isinstance(bundle, Mapping) else ():
            if kind in {"image/png", "image/jpeg"} and isinstance(content, str):
                return self._read_picture(kind, content)
        return None

    def _heading_open(self, tokens: Tokens, index: int, *_: Any) -> str:
        wanted = int(tokens[index].tag[1:]) + TOP_LEVEL
        self._level = max(TOP_LEVEL + 1, min(wanted, self._level + 1, 6))
        return "<p><strong>" if self._quoted else f"<h{self._level}>"

    def _heading_close(self, *_: Any) -> str:
        return "</strong></p>\n" if self._quoted else f"</h{self._level}>\n"

    def _math(self, tokens: Tokens, index: int, _: Any, environment: Any) -> str:
        token, found = tokens[index], environment["formulas"]
        found.append(self._formulas.markup(token.content, block=token.markup == "block"))
        return PLACE.format(len(found) - 1)


def _one_line_formulas(source: str) -> str:
    """The source with each displayed formula on one line, so that a line in it that begins with a minus is no list.

    Fenced code stays as it is.
    """
    parts = FENCED.split(source)
    parts[::2] = [DISPLAYED.sub(lambda found: " ".join(found[0].split()), part) for part in parts[::2]]
    return "".join(parts)


def _formula(state: StateInline, silent: bool) -> bool:
    """Take ``$...$``, ``$$...$$``, ``\\\\(...\\\\)``, ``\\\\[...\\\\]`` and LaTeX environments; a lone dollar sign stays one."""
    found = _fenced(state.src, state.pos)
    if found is None:
        return False
    content, end, block = found
    if not silent:
        token = state.push("math", "", 0)
        token.content, token.markup = content.strip(), "block" if block else ""
    state.pos = end
    return True


def _fenced(text: str, start: int) -> tuple[str, int, bool] | None:
    """The formula that begins at ``start``, where it ends, and whether it stands on lines of its own."""
    if environment := ENVIRONMENT.match(text, start):
        closing = f"\\end{{{environment[1]}{environment[2]}}}"
        end = text.find(closing, start)
        return (text[start : end + len(closing)], end + len(closing), True) if end > 0 else None
    for opening, closing in (("$$", "$$"), ("$", "$"), ("\\\\(", "\\\\)"), ("\\\\[", "\\\\]")):
        if text.startswith(opening, start):
            end = text.find(closing, start + len(opening))
            content = text[start + len(opening) : end] if end > 0 else ""
            spaced = content[:1].isspace() or content[-1:].isspace()
            if not content.strip() or (opening == "$" and spaced):
                return None
            return content, end + len(closing), opening in {"$$", "\\\\["}
    return None


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Only pictures that carry themselves, only classes of ours."""
    if name == "src":
        return value if PICTURE.match(value) else None
    if name == "class":
        return value if value in CLASSES else None
    return value
