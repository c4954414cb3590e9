"""What finding, adapting and reading records need of a session with a team's code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

__all__ = ["Asks"]


class Asks(Protocol):
    """What finding and adapting need of a session; see ``grader.team.session``."""

    def names(self) -> list[dict[str, Any]]:
        """Describe the namespace."""

    def call(
        self,
        target: Any,
        attribute: str | None = None,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        keep: bool = False,
        evaluate: bool | None = None,
        seconds: float | None = None,
    ) -> Any:
        """Call an object or one of its methods; ``keep`` gives a handle whatever comes back."""

    def get(self, target: Any, attribute: str = "", *, keep: bool = False) -> Any:
        """Read an attribute."""
