"""Gradescope: an export with folders ``submission_{id}`` and ``submission_metadata.yml`` for the names."""

from __future__ import annotations

import re
from typing import Any

import yaml

from grader.platforms.label import FEEDBACK, Label, parts_of

NAME = "gradescope"
EXAMPLE = "assignment_1234_export/submission_56789/notebook.ipynb"
STRONG = False
FOLDERS = True
METADATA = "submission_metadata.yml"

_FOLDER = re.compile(r"submission_(?P<id>\d{3,})")


class _Loader(yaml.SafeLoader):
    """Safe YAML that reads Ruby's tagged mappings as plain ones."""


def _plain(loader: _Loader, _tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return None


_Loader.add_multi_constructor("!ruby/", _plain)


def parse(name: str) -> Label | None:
    """Read the folder ``submission_{id}`` in any part of ``name``; ``None`` if there is none."""
    parts = parts_of(name)
    for position, part in enumerate(parts):
        if found := _FOLDER.fullmatch(part):
            matched = "/".join(parts[: position + 1])
            return Label(platform=NAME, team=part, id=found["id"], kept=part, matched=matched)
    return None


def return_name(label: Label) -> str:
    """Where the page lies in our own output; Gradescope has no upload for it."""
    return f"{label.kept}/{FEEDBACK}"


def accepts(name: str, kind: str, size: int | None = None) -> str:
    """Why Gradescope takes no such file: it has no way to upload feedback files."""
    return "Gradescope has no upload for feedback files: hand the pages out yourself or type the points in."


def members(metadata: bytes) -> dict[str, tuple[str, ...]]:
    """Submission id -> names of the submitters, from ``submission_metadata.yml``; empty if it is not readable."""
    try:
        data = yaml.load(metadata, Loader=_Loader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return {}
    if not isinstance(data, dict):
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for folder, record in data.items():
        label = parse(str(folder))
        people = _value(record, "submitters")
        if label and isinstance(people, list):
            names = (_value(person, "name") for person in people)
            found[label.id] = tuple(str(name) for name in names if name)
    return found


def _value(record: Any, key: str) -> Any:
    return record.get(f":{key}", record.get(key)) if isinstance(record, dict) else None
