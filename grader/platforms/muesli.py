"""muesli: points only, typed or pasted into its form by the tutor; there is nothing to read and no upload."""

from __future__ import annotations

from grader.platforms.label import Label

NAME = "muesli"
EXAMPLE = ""
STRONG = False
FOLDERS = False
TABLE = "points.csv"


def parse(name: str) -> Label | None:
    """Always ``None``: no hand-in comes from muesli."""
    return None


def return_name(label: Label) -> str:
    """The one table of points, one row per student."""
    return TABLE


def accepts(name: str, kind: str, size: int | None = None) -> str:
    """Why the table is not what a tutor can paste; empty if it is."""
    return "" if kind == "csv" else "muesli takes points through its form only: export a table (csv)."
