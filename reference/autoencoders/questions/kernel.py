"""Which kernel the maximum mean discrepancy uses, read off its own answers."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.errors import TeamFault
from grader.judge.checks import Measured, Outcome, check
from grader.judge.kernel_curves import KernelSum, curve, fit, root_or_square
from grader.records import Verdict
from reference.autoencoders.questions.anatomy import build

Setting = tuple[int, int, int, int]
LENGTH, SQUARE = 2.0, 2**0.5
"""Factor between widths when the doubled parameter is a length, and when it is a squared length (or its inverse)."""


@check
def kernel_of_several_widths(
    team: Any,
    lab: Any,
    *,
    setting: list[int],
    distances: list[float],
    count: list[int],
    tolerance: float,
    slip_share: float,
) -> Outcome:
    """The kernel is a sum over three to seven bandwidths, each twice the next smaller one."""
    if not team.has("mmd"):
        return _absent(team, lab)
    where = lab.on(team, "mmd", "call")
    used = _as_used(team, lab, (setting[0], setting[1], setting[2], setting[3]))
    at = np.geomspace(distances[0], distances[1], int(distances[2]))

    def discrepancy(x: Any, y: Any) -> float:
        answer = team.mmd(X=x.astype(np.float32), Y=y.astype(np.float32), also=used or {})
        return float(np.asarray(answer, dtype=float).reshape(-1)[0])

    answers = curve(discrepancy, at)
    fits = [
        (label, found) for label, values in root_or_square(answers) if (found := fit(at, values)) is not None
    ]
    if not fits or min(found.error for _, found in fits) > tolerance:
        return _unread(lab, where, at, answers, fits)
    label, found = min(fits, key=lambda entry: entry[1].error)
    lab.picture("kernel", {"distance": at, "answer": answers})
    if label == "MMD":
        lab.note("The function gives the root of MMD².")
    if used is None and _demands_bandwidths(team):
        return lab.outcome(Verdict.REVIEW, f"{where} takes its bandwidths from its caller, and which ones the training "
                           "passes could not be seen; a person looks at them.", "", _family(found, where, slip_share))  # fmt: skip
    if used:
        lab.note(f"Asked as your training asks it: {_told(used)}.")
    measured = (
        _family(found, where, slip_share),
        _count(found, where, count, slip_share),
        _factor(lab, found, where, slip_share),
    )
    open_factor = measured[2] is not None and measured[2].value == "4"
    kept = tuple(m for m in measured if m is not None)
    if open_factor and all(m.passed for m in kept[:2]):
        return lab.outcome(Verdict.REVIEW, f"{where}: the widths grow by the factor 4, which is twice in a parameter "
                           "that enters as a root; a person looks at it.", "", *kept)  # fmt: skip
    return Outcome(kept, independent=True)


def _absent(team: Any, lab: Any) -> Outcome:
    if team.has("train_mmd_autoencoder"):
        lab.on(team, "train_mmd_autoencoder")
        return lab.outcome(Verdict.REVIEW, "No function of two samples for the discrepancy was found; it may stand "
                           "inside the training. A person looks at its kernel.")  # fmt: skip
    return lab.outcome(Verdict.MISSING, "No function for the maximum mean discrepancy and no training with it was found.",
                       "If it is there under another name, tell your tutor the name of the function.")  # fmt: skip


def _as_used(team: Any, lab: Any, setting: Setting) -> dict[str, Any] | None:
    """What the team's own training passes beside the two samples; None if that cannot be seen."""
    if not (team.has("train_mmd_autoencoder") and team.has("autoencoder")):
        return None
    train = team.train_mmd_autoencoder

    def once() -> None:
        network = build(team, train.works_on or "autoencoder", setting)
        train(model=network, X=lab.normal(16, dimension=setting[0]).astype(np.float32), epochs=1)

    try:
        used: dict[str, Any] | None = team.mmd.as_used(once)
    except TeamFault:
        return None
    return used


def _demands_bandwidths(team: Any) -> bool:
    arguments = team.binding("mmd").plan["calls"]["call"]["arguments"]
    return any(a["slot"] == "parameter:bandwidths" and not a.get("optional") for a in arguments)


def _told(used: dict[str, Any]) -> str:
    """Arguments in words, for the page."""
    shown = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in used.items()}
    return ", ".join(
        f"{k} = {v}" for k, v in shown.items() if isinstance(v, int | float | list | tuple | str)
    )


def _unread(lab: Any, where: str, at: Any, answers: Any, fits: list[tuple[str, KernelSum]]) -> Outcome:
    lab.picture("kernel", {"distance": at, "answer": answers})
    finite = int(np.isfinite(answers).sum())
    seen = Measured(
        "answers on pairs of points",
        f"{finite} of {len(answers)} finite",
        "all finite",
        finite == len(answers),
    )
    closest = min(fits, key=lambda entry: entry[1].error)[1] if fits else None
    misfit = () if closest is None else (
        Measured("misfit of the closest sum of kernels", f"{closest.error:.2g} ({closest.family})", "less than 0.0001", False),
    )  # fmt: skip
    return lab.outcome(Verdict.REVIEW, f"{where}: its answers on single pairs of points are not those of a sum of "
                       "squared exponentials or inverse multi-quadratics; a person looks at it.", "", seen, *misfit)  # fmt: skip


def _family(found: KernelSum, where: str, share: float) -> Measured:
    passed = not found.family.startswith("exponential of the distance")
    return Measured(
        "kernel that explains the answers", found.family, "squared exponential or inverse multi-quadratic", passed,
        message=f"{where}: the kernel falls like exp(-d/h) in the distance d itself.",
        next_step="Is the distance squared before the exponential is taken?", share=share,
    )  # fmt: skip


def _count(found: KernelSum, where: str, count: list[int], share: float) -> Measured:
    low, high = count
    widths = ", ".join(f"{w:.3g}" for w in found.widths)
    return Measured(
        f"bandwidths in the sum (widths {widths})", float(found.count), f"between {low} and {high}",
        low <= found.count <= high,
        message=f"{where}: the kernel is a sum over {found.count} bandwidth{'s' * (found.count > 1)} "
        f"(widths {widths}), the sheet asks for {low} to {high}.",
        next_step="How many bandwidths does the sum run over?", share=0.0 if found.count == 1 else share,
    )  # fmt: skip


def _factor(lab: Any, found: KernelSum, where: str, share: float) -> Measured | None:
    """The factor between neighbouring widths; twice in the kernel's own parameter is what counts."""
    if found.count == 1:
        return None
    near = next((f for f in (LENGTH, SQUARE, 4.0) if abs(found.factor / f - 1) < 0.02), None)
    if near == LENGTH:
        lab.note(
            f"Read as: {found.family} with a bandwidth that is a length; {found.count} of them, each twice the next."
        )
    if near == SQUARE:
        lab.note(f"Read as: {found.family} whose parameter is a squared length (or its inverse); {found.count} values, "
                 "each twice the next, so that the widths themselves grow by the root of 2.")  # fmt: skip
    text = "4" if near == 4.0 else f"{found.factor:.4g}"
    return Measured(
        "factor between neighbouring widths", text, "2, or 1.414 where the parameter is a squared length",
        near in (LENGTH, SQUARE),
        message=f"{where}: neighbouring widths differ by the factor {found.factor:.3g}, the sheet asks for bandwidths "
        "of which each is twice the next.",
        next_step="Write the bandwidths down one below the other and compare neighbours.", share=share,
    )  # fmt: skip
