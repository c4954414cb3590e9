"""An adapter's plan of calls written out as source, so that reading can follow what it asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

POINTS = "points_"
"""The name under which data points are handed over."""


def written_out(plan: Mapping[str, Any]) -> list[str]:
    """The calls of a plan as lines of source."""
    lines = []
    construct = plan.get("construct")
    if construct is not None:
        lines.append(f"object_ = {_call(construct)}")
    for call in plan.get("calls", {}).values():
        for attribute in call.get("steps") or [call.get("attribute")]:
            lines.append(f"fitted_ = {_call({**call, 'attribute': attribute})}")
    return lines


def _call(call: Mapping[str, Any]) -> str:
    target = call["target"]
    if isinstance(target, str):
        called = f"{target}_"
    elif "part" in target:
        called = f"fitted_[{target['part']!r}]"
    elif "instance" in target:
        called = f"type({target['instance']})"
    else:
        called = str(target["name"])
    if call.get("attribute"):
        called += f".{call['attribute']}"
    arguments = [
        f"{a['name']}={_argument(a)}" if a.get("pass") == "keyword" and a["name"] else _argument(a)
        for a in call.get("arguments", ())
    ]
    return f"{called}({', '.join(sorted(arguments, key=lambda text: '=' in text))})"


def _argument(argument: Mapping[str, Any]) -> str:
    slot, _, rest = argument["slot"].partition(":")
    if "values" in argument:
        chosen = [_choice(value) for value in argument["values"].values()]
        return " or ".join(chosen) or "None"
    if slot in ("argument", "train"):
        points = "number_" if rest in ("n", "size", "count") else POINTS
        return f"[{points}]" if argument.get("as") == "list" else points
    if slot == "column":
        return f"{POINTS}[:, 0]"
    if slot in ("fitted", "object"):
        return f"{slot}_"
    if slot == "part":
        return f"fitted_[{rest if rest.isdigit() else repr(rest)}]"
    return "fitted_" if slot == "parts" else "None"


def _choice(value: Any) -> str:
    if isinstance(value, dict) and "symbol" in value:
        return str(value["symbol"])
    if isinstance(value, dict) and "build" in value:
        return _call(value["build"])
    return "None"
