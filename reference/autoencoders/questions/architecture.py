"""Whether the network is the one that the sheet describes."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.judge.checks import Measured, Outcome, check
from grader.records import Verdict
from reference.autoencoders.questions.anatomy import Anatomy, build, take_apart

Setting = tuple[int, int, int, int]


@check
def network_architecture(team: Any, lab: Any, *, settings: list[list[int]], slip_share: float) -> Outcome:
    """Linear layers with ReLU inside, linear outputs, a mirrored decoder, and all four arguments obeyed."""
    where = lab.on(team, "autoencoder")
    found: list[tuple[Setting, Anatomy]] = []
    for numbers in settings:
        setting: Setting = (numbers[0], numbers[1], numbers[2], numbers[3])
        points = lab.rng(f"points {numbers}").normal(size=(16, setting[0]))
        found.append((setting, take_apart(build(team, "autoencoder", setting), setting, points, where)))
    unread = [a for _, a in found if a.network is None]
    if unread:
        return _unread(lab, where, unread[0])
    measured = [
        _all_equal("code width", found, lambda s, a: (a.code_width, s[1]), where, slip_share,
                   "bottleneck_size", "Which layer should get the argument for the code's width?"),
        _all_equal("width of the hidden layers", found, _hidden, where, slip_share,
                   "hidden_size", "Which layers should get this width?"),
        _mirrored(found, where, slip_share),
        *_functions(found, where, slip_share),
    ]  # fmt: skip
    counted, note = _counted(found, where, slip_share)
    wrong = sum(not m.passed for m in measured) + (not counted.passed and not note)
    if wrong:
        share = slip_share**wrong
        return Outcome((*measured, counted), share=share, independent=True)
    extra = [a for _, a in found if not a.pure]
    if note or extra:
        lab.note(note)
        also = " It also has weights of other layers; see its structure." if extra else ""
        message = f"{note}{also} Everything else is as the sheet asks."
        return lab.outcome(
            Verdict.REVIEW, message.strip(), "A person decides how layers are counted.", *measured, counted
        )
    return Outcome((*measured, counted), independent=True)


def _unread(lab: Any, where: str, anatomy: Anatomy) -> Outcome:
    """The weights do not explain the answers: a person looks at the structure."""
    shape = " -> ".join(map(str, anatomy.widths)) or "no chain of linear layers"
    seen = Measured(
        "widths of the linear layers", shape, "a chain with ReLU inside and linear outputs", False
    )
    lab.picture("structure", {"text": anatomy.structure})
    return lab.outcome(
        Verdict.REVIEW,
        f"{where}: linear layers with one kind of function between them do not explain what the network answers "
        f"({shape}); a person looks at it.",
        "",
        seen,
    )


def _hidden(setting: Setting, anatomy: Anatomy) -> tuple[Any, Any]:
    inner = sorted({*anatomy.encoder_hidden, *anatomy.decoder_hidden})
    return (inner[0] if len(inner) == 1 else ", ".join(map(str, inner)) or "none"), setting[2]


def _all_equal(
    name: str,
    found: list[tuple[Setting, Anatomy]],
    pair: Any,
    where: str,
    share: float,
    argument: str,
    step: str,
) -> Measured:
    """A width against the argument that should give it, over all settings."""
    pairs = [pair(setting, anatomy) for setting, anatomy in found]
    passed = all(got == wanted for got, wanted in pairs)
    got, wanted = (" / ".join(str(entry[k]) for entry in pairs) for k in (0, 1))
    message = f"{where}: the {name} is {got} where {argument} asks for {wanted}."
    return Measured(name, got, wanted, passed, message=message, next_step=step, share=share)


def _mirrored(found: list[tuple[Setting, Anatomy]], where: str, share: float) -> Measured:
    """The decoder's widths are the encoder's in reverse."""
    off = [a for _, a in found if a.encoder_hidden != a.decoder_hidden[::-1]]
    shown = (off or [found[0][1]])[0]
    text = " -> ".join(map(str, shown.widths))
    return Measured(
        "widths from input to reconstruction", text, "the same forwards and backwards", not off,
        message=f"{where}: the decoder is no mirror image of the encoder: {text}.",
        next_step="Write the encoder's widths down and read them backwards: that is the decoder.", share=share,
    )  # fmt: skip


def _functions(found: list[tuple[Setting, Anatomy]], where: str, share: float) -> list[Measured]:
    """What stands behind inner layers, behind the code and behind the output."""
    networks = [a.network for _, a in found if a.network is not None]
    splits = [a.split for _, a in found]
    inner = {
        n
        for net, k in zip(networks, splits, strict=True)
        for j, n in enumerate(net.behind[:-1])
        if j != k - 1
    }
    code = {net.behind[k - 1] for net, k in zip(networks, splits, strict=True)}
    last = {net.behind[-1] for net in networks}
    places = (
        ("function behind hidden layers", inner, "ReLU", "Which function should follow an interior layer?"),
        ("function behind the code", code, "linear", "Can a code be negative? What cuts it off at the end of the encoder?"),
        ("function behind the reconstruction", last, "linear", "Can the data be negative? What cuts them off at the end?"),
    )  # fmt: skip
    return [
        Measured(name, " / ".join(sorted(seen)) or "none", wanted, seen <= {wanted},
                 message=f"{where}: {name} is {' / '.join(sorted(seen))}, the sheet asks for {wanted}.",
                 next_step=step, share=share)
        for name, seen, wanted, step in places
    ]  # fmt: skip


def _counted(found: list[tuple[Setting, Anatomy]], where: str, share: float) -> tuple[Measured, str]:
    """Hidden layers of the encoder against ``layers``; the second value is a note where the count is debatable."""
    asked = [setting[3] for setting, _ in found]
    got = [len(anatomy.encoder_hidden) for _, anatomy in found]
    offsets = np.subtract(got, asked)
    passed = bool(np.all(offsets == 0))
    values = " / ".join(map(str, got))
    message = f"{where}: layers = {' / '.join(map(str, asked))} gives {values} hidden layers in the encoder."
    if len(set(got)) == 1:
        message += " The argument changes nothing."
    measured = Measured("hidden layers of the encoder", values, " / ".join(map(str, asked)), passed, message=message,
                        next_step="Count the layers between input and code.", share=share)  # fmt: skip
    if passed or len(set(got)) == 1 < len(set(asked)):
        return measured, ""
    if np.all(offsets == offsets[0]) and abs(int(offsets[0])) == 1:
        return (
            measured,
            f"layers = L gives L {'+' if offsets[0] > 0 else '-'} 1 hidden layers on each side; we count L.",
        )
    return measured, message
