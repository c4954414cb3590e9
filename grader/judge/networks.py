"""Feed-forward networks rebuilt from their weights alone, with gradients and the steps of an optimiser; no torch.

A network comes as the arrays of a torch ``state_dict``: every linear layer is a ``weight`` (out, in) with an
optional ``bias`` (out,). What stands between the layers is not in the weights; it is found by comparing the
rebuilt outputs with the network's own.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf, expit

Array = NDArray[np.float64]
State = Mapping[str, NDArray[np.generic]]
Shape = Callable[[Array], Array]

ACTIVATIONS: dict[str, Shape] = {
    "linear": lambda x: x,
    "ReLU": lambda x: np.maximum(x, 0.0),
    "LeakyReLU": lambda x: np.where(x > 0, x, 0.01 * x),
    "ELU": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0.0))),
    "SELU": lambda x: (
        1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(np.minimum(x, 0.0)))
    ),
    "GELU": lambda x: 0.5 * x * (1 + erf(x / np.sqrt(2.0))),
    "SiLU": lambda x: x * expit(x),
    "Softplus": lambda x: np.logaddexp(0.0, x),
    "Tanh": np.tanh,
    "Sigmoid": expit,
}
"""What may stand behind a linear layer, under torch's names."""


@dataclass(frozen=True, eq=False)
class Linear:
    """One linear layer: ``weight`` (out, in), ``bias`` (out,) or None, ``name`` its prefix in the state."""

    name: str
    weight: Array
    bias: Array | None

    @property
    def sizes(self) -> tuple[int, int]:
        """Width that comes in and width that goes out."""
        return self.weight.shape[1], self.weight.shape[0]

    def __call__(self, points: Array) -> Array:
        """Apply it to points (n, in)."""
        out: Array = points @ self.weight.T
        return out if self.bias is None else out + self.bias


def linear_layers(state: State) -> list[Linear]:
    """The linear layers of a state in order of registration; arrays of other shapes are left out."""
    layers = []
    for name, value in state.items():
        prefix, _, last = name.rpartition(".")
        if np.ndim(value) != 2 or (prefix and last != "weight"):
            continue
        bias = state.get(f"{prefix}.bias")
        fits = bias is not None and np.shape(bias) == (np.shape(value)[0],)
        layers.append(
            Linear(prefix or name, np.asarray(value, float), np.asarray(bias, float) if fits else None)
        )
    return layers


def accounted(state: State, layers: Sequence[Linear]) -> bool:
    """Whether the state holds nothing but these layers."""
    known = {f"{layer.name}.{part}" for layer in layers for part in ("weight", "bias")} | {
        x.name for x in layers
    }
    return all(name in known for name in state)


def chains(layers: Sequence[Linear], first: int, last: int) -> list[list[Linear]]:
    """The layers in every order in which the widths fit, from ``first`` to ``last``.

    Registration order is tried first, then the groups of layers that share the first part of their names in
    every other order (a decoder written down before the encoder).
    """
    groups: dict[str, list[Linear]] = {}
    for layer in layers:
        groups.setdefault(layer.name.partition(".")[0], []).append(layer)
    orders = itertools.permutations(groups.values()) if 1 < len(groups) <= 5 else ()
    found: list[list[Linear]] = []
    for order in [list(layers), *([x for group in order for x in group] for order in orders)]:
        widths = [w for layer in order for w in layer.sizes]
        fits = all(a == b for a, b in zip(widths[1:-1:2], widths[2::2], strict=True))
        if order and fits and widths[0] == first and widths[-1] == last and order not in found:
            found.append(order)
    return found


@dataclass(frozen=True)
class FeedForward:
    """Linear layers in order, and what stands behind each of them (keys of :data:`ACTIVATIONS`)."""

    layers: tuple[Linear, ...]
    behind: tuple[str, ...]

    def values(self, points: Array) -> list[Array]:
        """Outputs of all layers for points (n, in), the points themselves first."""
        out = [np.asarray(points, dtype=float)]
        for layer, name in zip(self.layers, self.behind, strict=True):
            out.append(ACTIVATIONS[name](layer(out[-1])))
        return out

    def __call__(self, points: Array) -> Array:
        """Output for points (n, in), shape (n, out)."""
        return self.values(points)[-1]


def explained(
    layers: Sequence[Linear],
    split: int,
    points: Array,
    answers: Mapping[int, Array],
    tolerance: float = 1e-4,
) -> FeedForward | None:
    """Find what stands behind the layers so that the rebuilt network gives the observed answers.

    ``split`` layers lead to the code. ``answers`` maps a number of layers to the output observed there, for
    points (n, in). All inner layers are taken to be followed by the same function, which is tried out together
    with every function behind the code and behind the output; plain linear outputs come first. None: no
    combination gives the answers within ``tolerance`` times their size.
    """
    ends = ["linear", *(name for name in ACTIVATIONS if name != "linear")]
    inner_first = ["ReLU", *(name for name in ACTIVATIONS if name != "ReLU")]
    for inner, code, output in sorted(
        itertools.product(inner_first, ends, ends),
        key=lambda c: (c[0] != "ReLU") + (c[1] != "linear") + (c[2] != "linear"),
    ):
        behind = [inner] * len(layers)
        behind[-1], behind[split - 1] = output, code
        network = FeedForward(tuple(layers), tuple(behind))
        with np.errstate(over="ignore", invalid="ignore"):
            values = network.values(points)
        if all(close(values[at], answer, tolerance) for at, answer in answers.items()):
            return network
    return None


def close(mine: Array, theirs: Array, tolerance: float) -> bool:
    """Whether two outputs of one shape agree within ``tolerance`` times their size."""
    if mine.shape != theirs.shape or not np.all(np.isfinite(theirs)):
        return False
    size = max(1e-6, float(np.abs(theirs).max()))
    return bool(np.abs(mine - theirs).max() <= tolerance * size)


# ---- gradients ------------------------------------------------------------------------------------------


def squared_error(network: FeedForward, points: Array) -> float:
    """Mean squared reconstruction error over points (n, d) and coordinates."""
    return float(np.mean((network(points) - points) ** 2))


def reconstruction_gradient(network: FeedForward, points: Array) -> dict[str, Array]:
    """Gradient of :func:`squared_error` with respect to every weight and bias, by name as in the state.

    Raises ``ValueError`` for functions other than ReLU and linear behind the layers.
    """
    if not set(network.behind) <= {"ReLU", "linear"}:
        raise ValueError(f"no gradient for {', '.join(network.behind)}")
    values = network.values(points)
    return backward(network, values, 2 * (values[-1] - values[0]) / values[0].size)


def backward(
    network: FeedForward, values: Sequence[Array], flow: Array, upto: int | None = None
) -> dict[str, Array]:
    """Gradients from that of the output of layer ``upto`` (all layers if None), shape (n, out)."""
    count = len(network.layers) if upto is None else upto
    gradient: dict[str, Array] = {}
    for at in reversed(range(count)):
        layer = network.layers[at]
        if network.behind[at] == "ReLU":
            flow = flow * (values[at + 1] > 0)
        weight = f"{layer.name}.weight"
        gradient[weight] = flow.T @ values[at]
        if layer.bias is not None:
            gradient[f"{layer.name}.bias"] = flow.sum(axis=0)
        flow = flow @ layer.weight
    return gradient


def with_weights(network: FeedForward, state: State) -> FeedForward:
    """The same network with the weights of another state."""
    by_name = {layer.name: layer for layer in linear_layers(state)}
    return FeedForward(tuple(by_name[layer.name] for layer in network.layers), network.behind)


# ---- optimisers -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Recipe:
    """How a training run may have gone; ``name`` is what a reader is told."""

    name: str
    rule: str = "adam"
    """``adam``, ``sgd``, ``momentum``, ``rmsprop`` or ``adagrad``, with torch's defaults."""
    adds_up: bool = False
    """Gradients are never reset."""
    absolute: bool = False
    """Absolute in place of squared errors."""


def trained(
    network: FeedForward, points: Array, *, steps: int, rate: float, recipe: Recipe
) -> dict[str, Array]:
    """Weights after full-batch training on points (n, d), by name as in the state; see :func:`trajectory`."""
    path = trajectory(network, points, rate=rate, recipe=recipe)
    return next(itertools.islice(path, steps - 1, None)) if steps else weights_of(network)


def trajectory(
    network: FeedForward, points: Array, *, rate: float, recipe: Recipe
) -> Iterator[dict[str, Array]]:
    """Weights after one, two, three ... steps of full-batch training on points (n, d), without end.

    Adam: Kingma and Ba, ICLR 2015, algorithm 1, with betas 0.9 and 0.999 and epsilon 1e-8.
    """
    state = weights_of(network)
    total = {name: np.zeros_like(value) for name, value in state.items()}
    first, second = dict(total), dict(total)
    for step in itertools.count(1):
        now = with_weights(network, state)
        gradient = _gradient(now, points, recipe.absolute)
        total = {n: total[n] + g for n, g in gradient.items()} if recipe.adds_up else gradient
        for name, g in total.items():
            state[name], first[name], second[name] = _step(
                recipe.rule, state[name], g, first[name], second[name], step, rate
            )
        yield dict(state)


def weights_of(network: FeedForward) -> dict[str, Array]:
    """Weights and biases by name as in the state."""
    state: dict[str, Array] = {}
    for layer in network.layers:
        state[f"{layer.name}.weight"] = layer.weight
        if layer.bias is not None:
            state[f"{layer.name}.bias"] = layer.bias
    return state


def _gradient(network: FeedForward, points: Array, absolute: bool) -> dict[str, Array]:
    if not absolute:
        return reconstruction_gradient(network, points)
    values = network.values(points)
    return backward(network, values, np.sign(values[-1] - values[0]) / values[0].size)


def _step(
    rule: str, value: Array, g: Array, first: Array, second: Array, step: int, rate: float
) -> tuple[Array, Array, Array]:
    """One step of a rule; ``first`` and ``second`` are its memories."""
    if rule == "adam":
        first, second = 0.9 * first + 0.1 * g, 0.999 * second + 0.001 * g**2
        mean, square = first / (1 - 0.9**step), second / (1 - 0.999**step)
        return value - rate * mean / (np.sqrt(square) + 1e-8), first, second
    if rule == "rmsprop":
        second = 0.99 * second + 0.01 * g**2
        return value - rate * g / (np.sqrt(second) + 1e-8), first, second
    if rule == "adagrad":
        second = second + g**2
        return value - rate * g / (np.sqrt(second) + 1e-10), first, second
    first = g if rule == "sgd" else 0.9 * first + g
    return value - rate * first, first, second


def mismatch(before: State, theirs: State, mine: State, scale: float) -> float:
    """Median distance of two results of training over all weights that moved, in units of ``scale``.

    Weights that neither run moves (behind a ReLU that is never open) are left out; NaN never agrees.
    """
    gaps = []
    for name, value in mine.items():
        start = np.asarray(before[name], float)
        theirs_here = np.asarray(theirs[name], float)
        moved = (np.abs(value - start) > 1e-3 * scale) | (np.abs(theirs_here - start) > 1e-3 * scale)
        gaps.append(np.abs(theirs_here - np.asarray(value, float))[moved])
    every = np.concatenate(gaps) if gaps else np.empty(0)
    every = np.where(np.isnan(every), np.inf, every)
    return float(np.median(every)) / scale if len(every) else float("inf")


def movement(before: State, after: State, names: Sequence[str] | None = None) -> float:
    """Largest change of any weight among ``names`` (all if None)."""
    chosen = list(before) if names is None else list(names)
    changes = [
        float(np.abs(np.asarray(after[n], float) - np.asarray(before[n], float)).max(initial=0.0))
        for n in chosen
    ]
    return max(changes, default=0.0)


def sign_agreement(before: State, after: State, gradient: Mapping[str, Array], names: Sequence[str]) -> float:
    """Share of the weights among ``names`` that moved against the gradient, of those whose gradient counts.

    A first step of Adam moves every weight against the sign of its gradient, whatever the gradient's size, so
    the share is 1 where the loss has this gradient up to a positive factor. NaN if no gradient counts.
    """
    top = max((float(np.abs(gradient[n]).max(initial=0.0)) for n in names), default=0.0)
    right, count = 0, 0
    for name in names:
        step = np.asarray(after[name], float) - np.asarray(before[name], float)
        counts = np.abs(gradient[name]) > 1e-4 * top
        right += int(np.sum((np.sign(step) == -np.sign(gradient[name])) & counts))
        count += int(np.sum(counts))
    return right / count if count and top > 0 else float("nan")
