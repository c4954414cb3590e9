"""What a plan is made of, and what one model remembers between questions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from grader.team.wire import Handle

Plan = dict[str, Any]


@dataclass
class State:
    """What one model proxy remembers between calls."""

    parameters: dict[str, Any] = field(default_factory=dict)
    """Hyperparameters under their canonical names."""
    train: dict[str, Any] = field(default_factory=dict)
    """Arguments of the last fit under their canonical names."""
    fitted_by: str = ""
    """Canonical name of the method that fitted."""
    object: Handle | None = None
    fitted: Any = None
    kept: dict[str, Any] = field(default_factory=dict)
    """Copies of the global variables in which the last fit left its result; see ``grader.team.kept_state``."""
    seed: int = 0
    generation: int = 0
    """Seed and process of that fit."""
    effective: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def remark(self, sentence: str) -> None:
        """Remember a sentence once."""
        if sentence not in self.remarks:
            self.remarks.append(sentence)
