"""What is passed where a signature demands a function that is told of every step."""

from __future__ import annotations

from typing import Any

from grader.team.wire import Name


def unheeding(session: Any) -> Any:
    """A handle of a function that takes whatever it is given and does nothing with it: the ``format`` of no text."""
    text = session.call(Name("__builtins__"), "str", [], {}, keep=True)
    return session.get(text, "format", keep=True)
