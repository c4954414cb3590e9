"""A team's network taken apart: its widths, its code, and what stands behind each of its linear layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.errors import Malformed
from grader.judge.networks import FeedForward, accounted, chains, explained, linear_layers, weights_of

Array = NDArray[np.float64]
PARAMETERS = ("input_size", "bottleneck_size", "hidden_size", "layers")


@dataclass(frozen=True)
class Anatomy:
    """What was found in one network; ``network`` is None where the weights do not explain its answers."""

    widths: tuple[int, ...]
    """Width of the data, then that of every linear layer's output; empty if they form no chain."""
    split: int
    """How many layers lead to the code."""
    code_width: int
    network: FeedForward | None
    pure: bool
    """Whether the weights are those of linear layers alone."""
    structure: str

    @property
    def encoder_hidden(self) -> tuple[int, ...]:
        """Widths of the encoder's hidden layers."""
        return self.widths[1 : self.split]

    @property
    def decoder_hidden(self) -> tuple[int, ...]:
        """Widths of the decoder's hidden layers."""
        return self.widths[self.split + 1 : -1]

    def halves(self) -> tuple[list[str], list[str]]:
        """Names of the weights of encoder and decoder."""
        if self.network is None:
            return [], []
        code = {layer.name for layer in self.network.layers[: self.split]}
        names = list(weights_of(self.network))
        first = [n for n in names if n.rpartition(".")[0] in code]
        return first, [n for n in names if n not in first]

    def codes(self, points: Array) -> Array:
        """Codes of points (n, d) as the rebuilt network gives them; call only where ``network`` is there."""
        assert self.network is not None
        return self.network.values(points)[self.split]


def build(team: Any, role: str, setting: tuple[int, int, int, int]) -> Any:
    """A network of the team with the sheet's four arguments, given by name."""
    return getattr(team, role)(**dict(zip(PARAMETERS, setting, strict=True)))


def take_apart(net: Any, setting: tuple[int, int, int, int], points: Array, where: str) -> Anatomy:
    """Ask a network for points (n, d), rebuild it from its weights and compare.

    Raises ``Malformed`` when a call of the network gives no reconstruction of shape (n, d).
    """
    width, bottleneck = setting[:2]
    outputs = net.forward(points.astype(np.float32))
    fitting = [k for k, out in enumerate(outputs) if out.shape == points.shape]
    if not fitting:
        got = " and ".join(f"shape {out.shape}" for out in outputs)
        raise Malformed("a call of the network gives no reconstruction", where=f"{where}.forward",
                        expected=f"shape {points.shape}", got=got)  # fmt: skip
    reconstruction = outputs[fitting[-1]]
    code = _code(net, points, [out for k, out in enumerate(outputs) if k != fitting[-1]])
    state = net.state()
    layers = linear_layers(state)
    pure, structure = accounted(state, layers), net.structure()
    seen = bottleneck if code is None else code.shape[1]
    first: Anatomy | None = None
    for chain in chains(layers, width, width):
        widths = (width, *(layer.sizes[1] for layer in chain))
        split = _split(widths, seen)
        answers = {len(chain): reconstruction} | ({} if code is None else {split: code})
        network = explained(chain, split, points.astype(np.float32).astype(float), answers)
        anatomy = Anatomy(widths, split, widths[split], network, pure, structure)
        if network is not None:
            return anatomy
        first = first or anatomy
    return first or Anatomy((), 0, 0 if code is None else seen, None, pure, structure)


def _code(net: Any, points: Array, others: list[Array]) -> Array | None:
    """The code by the team's own encoder, else a second output of the network; None if neither is there."""
    if net.has("encode"):
        code: Array = net.ask("encode", points.astype(np.float32))
        return code if code.ndim == 2 else None
    return next((out for out in others if out.ndim == 2 and len(out) == len(points)), None)


def _split(widths: tuple[int, ...], code_width: int) -> int:
    """How many layers lead to the code: the layer of its width nearest to the middle, else the narrowest."""
    inner = range(1, len(widths) - 1)
    middle = (len(widths) - 1) / 2
    of_width = [k for k in inner if widths[k] == code_width]
    narrow = min((widths[k] for k in inner), default=0)
    return min(of_width or [k for k in inner if widths[k] == narrow] or [1], key=lambda k: abs(k - middle))
