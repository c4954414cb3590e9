"""Grade machine-learning hand-ins: confined runs, checks with a known error rate, named mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["__version__", "grade", "grade_many"]

if TYPE_CHECKING:
    from grader.pipeline import grade, grade_many


def __getattr__(name: str) -> Any:
    """Load the public functions on first use, so that importing a record does not import the engine."""
    if name in {"grade", "grade_many"}:
        from grader import pipeline

        return getattr(pipeline, name)
    raise AttributeError(f"module 'grader' has no attribute {name!r}")
