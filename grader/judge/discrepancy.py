"""Squared maximum mean discrepancy (MMD²) of two samples, and the permutation test built on it.

Kernels, with d the Euclidean distance of two points and h the bandwidth: squared exponential
``exp(-d²/h²)`` ("se") and inverse multiquadric ``1/sqrt(1 + d²/h²)`` ("imq").
Estimators: Gretton et al., A Kernel Two-Sample Test, JMLR 13 (2012), lemma 6 and equation 5.

How it is computed
------------------
Distances come block by block from one matrix product of extended coordinates, after the pooled mean has
been taken away. Where that product could lose more than ``EXPANSION_ERROR`` of the smallest h² to
cancellation, distances are taken from coordinate differences instead, which is slower and exact.
Blocks on one side of the diagonal stand for both. A bandwidth half as wide costs two squarings,
because exp(-d²/(h/2)²) is the fourth power of exp(-d²/h²); each kernel value of a point with itself is
left out of the sums and accounted for exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist

Array = NDArray[np.float64]
Kernel = Literal["se", "imq"]

EXPANSION_ERROR = 5e-11
"""Largest error of a squared distance, relative to h², that the product form may have."""
CHAIN_LENGTH = 7
"""Bandwidths per exponential: six halvings multiply its rounding error by 4⁶, which keeps it below 1e-12."""
LARGEST_POOL = 4000
"""Most points, both samples together, of a permutation test (its kernel matrix is held in memory)."""


def mmd_squared(
    X: ArrayLike,
    Y: ArrayLike,
    *,
    kernel: Kernel,
    bandwidths: Sequence[float],
    unbiased: bool = True,
    block: int = 256,
) -> Array:
    """Estimate MMD² between X, shape (n, d), and Y, shape (m, d), for each bandwidth.

    Returns one value per bandwidth, in the given order. The unbiased estimate may be negative and needs
    n, m >= 2; the biased one is never below zero beyond rounding. Memory beyond the inputs: three copies of
    them and two blocks of ``block`` x ``block`` numbers. The three kernel means have a relative error of
    about 1e-15 (below 1e-10 by construction); MMD² has their absolute error, so its own relative error
    is larger by the factor that the means exceed their difference. Raises ValueError for samples that are
    not finite matrices of equal width, unknown kernels and bandwidths that are not positive.
    """
    first, second = _checked_samples(X, Y, fewest=2 if unbiased else 1)
    plan = _Plan(kernel, bandwidths)
    if block < 1:
        raise ValueError(f"block: expected a positive number of rows, got {block}")
    sources = [_Distances(a, b, plan) for a, b in ((first, first), (second, second), (first, second))]
    within_first, within_second, across = (_kernel_sums(source, plan, block) for source in sources)
    n, m = len(first), len(second)
    if unbiased:
        return within_first / (n * (n - 1)) + within_second / (m * (m - 1)) - 2 * across / (n * m)
    return (within_first + n) / n**2 + (within_second + m) / m**2 - 2 * across / (n * m)


def permutation_test(
    X: ArrayLike,
    Y: ArrayLike,
    *,
    kernel: Kernel,
    bandwidths: Sequence[float],
    permutations: int,
    rng: np.random.Generator,
) -> float:
    """Return the p-value of "X and Y follow one distribution", for samples (n, d) and (m, d), n + m <= 4000.

    The statistic is the largest unbiased MMD² over the bandwidths, each measured in standard deviations of
    its own permutations. The observed assignment counts as one of them, so the test keeps its level at any
    n for exchangeable points (Schrab et al., MMD Aggregated Two-Sample Test, JMLR 24, 2023); the smallest
    p-value is 1 / (permutations + 1). All permutations of one bandwidth cost a single matrix product.
    """
    first, second = _checked_samples(X, Y, fewest=2)
    if permutations < 1:
        raise ValueError(f"permutations: expected at least 1, got {permutations}")
    pooled, n = np.vstack([first, second]), len(first)
    if len(pooled) > LARGEST_POOL:
        raise ValueError(
            f"expected at most {LARGEST_POOL} points in both samples together, got {len(pooled)}"
        )
    chosen = np.zeros((len(pooled), permutations + 1))
    chosen[:n, 0] = 1
    for column in range(1, permutations + 1):
        chosen[rng.permutation(len(pooled))[:n], column] = 1
    plan = _Plan(kernel, bandwidths)
    source = _Distances(pooled, pooled, plan)
    statistics = np.empty((len(plan.bandwidths), permutations + 1))
    everything = slice(0, len(pooled))
    for chain, values in _chain_starts(source, plan, everything, everything, _Buffers(len(pooled) ** 2)):
        for position in chain:
            if position != chain[0]:
                np.square(np.square(values, out=values), out=values)
            statistics[position] = _unbiased_for_all(values, chosen, n)
    return _share_at_least_as_large(statistics)


class _Plan:
    """The bandwidths, checked, and for "se" grouped into chains of halvings."""

    def __init__(self, kernel: Kernel, bandwidths: Sequence[float]) -> None:
        if kernel not in ("se", "imq"):
            raise ValueError(f"kernel: expected 'se' or 'imq', got {kernel!r}")
        self.kernel = kernel
        self.bandwidths = np.atleast_1d(np.asarray(bandwidths, dtype=np.float64))
        if self.bandwidths.ndim != 1 or len(self.bandwidths) == 0:
            raise ValueError(f"bandwidths: expected a list of numbers, got {bandwidths!r}")
        if not np.all((self.bandwidths > 1e-100) & (self.bandwidths < 1e100)):
            raise ValueError(f"bandwidths: expected positive, finite numbers, got {self.bandwidths.tolist()}")
        self.chains = self._chains()
        last = self.bandwidths[self.chains[-1][0]]
        self.scale = -1 / last**2 if kernel == "se" else 1.0
        """Factor on squared distances: the exponent of the chain that is computed last, in place."""

    def _chains(self) -> list[list[int]]:
        """Group positions so that within a group each bandwidth is half the one before ("imq": no groups)."""
        if self.kernel == "imq":
            return [[position] for position in range(len(self.bandwidths))]
        chains: list[list[int]] = []
        for position in np.argsort(-self.bandwidths, kind="stable"):
            for chain in chains:
                half = self.bandwidths[chain[-1]] / 2
                if len(chain) < CHAIN_LENGTH and abs(self.bandwidths[position] - half) <= 1e-15 * half:
                    chain.append(int(position))
                    break
            else:
                chains.append([int(position)])
        return chains


class _Distances:
    """Squared distances between the rows of two centred matrices, times the plan's scale, by blocks."""

    def __init__(self, first: Array, second: Array, plan: _Plan) -> None:
        self.first, self.second, self.scale = first, second, plan.scale
        self.symmetric = first is second
        squares, other_squares = (np.einsum("ij,ij->i", a, a) for a in (first, second))
        size = max(squares.max(), other_squares.max())
        lost = np.finfo(np.float64).eps * (first.shape[1] + 4) * size
        self.exact = bool(lost > EXPANSION_ERROR * plan.bandwidths.min() ** 2)
        if not self.exact:
            ones, other_ones = np.ones((len(first), 1)), np.ones((len(second), 1))
            self.left = self.scale * np.hstack([-2 * first, squares[:, None], ones])
            self.right = np.hstack([second, other_ones, other_squares[:, None]])

    def block(self, rows: slice, columns: slice, out: Array) -> Array:
        if not self.exact:
            return np.matmul(self.left[rows], self.right[columns].T, out=out)
        cdist(self.first[rows], self.second[columns], "sqeuclidean", out=out)
        return np.multiply(out, self.scale, out=out)


class _Buffers:
    """Two pieces of memory that every block of kernel values reuses; the second appears when needed."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.memory: dict[str, Array] = {}

    def take(self, name: str, rows: slice, columns: slice) -> Array:
        height, width = rows.stop - rows.start, columns.stop - columns.start
        memory = self.memory.setdefault(name, np.empty(0))
        if len(memory) == 0:
            memory = self.memory[name] = np.empty(self.size)
        return memory[: height * width].reshape(height, width)


def _chain_starts(
    source: _Distances, plan: _Plan, rows: slice, columns: slice, buffers: _Buffers
) -> Iterator[tuple[list[int], Array]]:
    """Yield each chain with the kernel values of its first bandwidth; the next step overwrites them.

    On the diagonal of a symmetric matrix the values are 0 instead of 1.
    """
    distances = source.block(rows, columns, buffers.take("distances", rows, columns))
    for chain in plan.chains:
        in_place = chain is plan.chains[-1]
        values = distances if in_place else buffers.take("values", rows, columns)
        width = plan.bandwidths[chain[0]]
        if plan.kernel == "imq":
            np.sqrt(np.add(distances, width**2, out=values), out=values)
            np.divide(width, values, out=values)
        else:
            exponent = (
                distances if in_place else np.multiply(distances, -1 / (plan.scale * width**2), out=values)
            )
            np.exp(exponent, out=values)
        if source.symmetric and rows == columns:
            np.fill_diagonal(values, 0.0)
        yield chain, values


def _sums_of_powers(values: Array, count: int) -> list[float]:
    """Sum values, values⁴, values¹⁶ and so on, `count` sums in all; overwrites the values."""
    flat = values.reshape(-1)
    sums = [float(flat.sum())]
    for step in range(1, count):
        if step > 1:
            np.square(flat, out=flat)
        np.square(flat, out=flat)
        sums.append(float(flat @ flat))  # squares and adds in one pass
    return sums


def _kernel_sums(source: _Distances, plan: _Plan, block: int) -> Array:
    """Sum the kernel over all pairs of different rows, per bandwidth; symmetric blocks are visited once."""
    n, m = len(source.first), len(source.second)
    buffers = _Buffers(min(block, n) * min(block, m))
    sums = np.zeros(len(plan.bandwidths))
    for top in range(0, n, block):
        rows = slice(top, min(top + block, n))
        for start in range(top if source.symmetric else 0, m, block):
            columns = slice(start, min(start + block, m))
            times = 2 if source.symmetric and start > top else 1
            for chain, values in _chain_starts(source, plan, rows, columns, buffers):
                sums[chain] += times * np.array(_sums_of_powers(values, len(chain)))
    return sums


def _unbiased_for_all(values: Array, chosen: Array, n: int) -> Array:
    """Return the unbiased MMD² for each column of 0/1 choices of n rows; `values` has a zero diagonal."""
    m = len(values) - n
    reached = values @ chosen
    within_first = np.einsum("ij,ij->j", chosen, reached)
    across = reached.sum(axis=0) - within_first
    within_second = values.sum() - within_first - 2 * across
    result: Array = within_first / (n * (n - 1)) + within_second / (m * (m - 1)) - 2 * across / (n * m)
    return result


def _share_at_least_as_large(statistics: Array) -> float:
    """Compare column 0 with all columns by the largest standardised row."""
    centred = statistics - statistics.mean(axis=1, keepdims=True)
    spread = centred.std(axis=1, keepdims=True)
    standardised = np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 1e-13)
    largest = standardised.max(axis=0)
    return float(np.mean(largest >= largest[0] - 1e-9))


def _checked_samples(X: ArrayLike, Y: ArrayLike, *, fewest: int) -> tuple[Array, Array]:
    """Return both samples as float64 with the pooled mean taken away."""
    checked = []
    for name, sample in (("X", X), ("Y", Y)):
        array = np.asarray(sample)
        if array.ndim != 2 or array.shape[1] == 0:
            raise ValueError(f"{name}: expected a matrix with one row per point, got shape {array.shape}")
        if array.dtype.kind not in "fiub":
            raise ValueError(f"{name}: expected real numbers, got {array.dtype}")
        array = array.astype(np.float64)
        if len(array) < fewest:
            raise ValueError(f"{name}: expected at least {fewest} rows, got {len(array)}")
        if not np.all(np.isfinite(array)):
            raise ValueError(f"{name}: expected finite numbers, got NaN or infinity")
        checked.append(array)
    first, second = checked
    if first.shape[1] != second.shape[1]:
        raise ValueError(
            f"X and Y: expected equal widths, got {first.shape[1]} and {second.shape[1]} columns"
        )
    centre = (first.sum(axis=0) + second.sum(axis=0)) / (len(first) + len(second))
    return first - centre, second - centre
