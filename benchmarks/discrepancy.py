"""How fast, how small and how exact is our MMD² beside the usual ways to write it?

    python benchmarks/discrepancy.py [--points 1000 3000 10000] [--repeats 5] [--bandwidths 0.8 0.4 0.2]

All ways run in one process on the same data, in turns; the time is the median of the CPU seconds of one
thread, the ratios are medians of paired ratios. Peak memory is that of a process of its own,
beyond data and imports. The error is relative to a float64 sum over coordinate differences.
"products + exp" is no MMD²: it is the work that cannot be saved, one matrix product and one exponential
for each block that our way visits; "x work" is the ratio to it. The table also goes to benchmarks/results/discrepancy.json.
"""

# ruff: noqa: E402  (the number of threads must be set before NumPy is imported)
from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import argparse
import json
import math
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.spatial.distance import cdist

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from grader.judge.discrepancy import mmd_squared
from reference.generative_baselines.data import moons
from reference.generative_baselines.models import Gaussian

Array = np.ndarray
Method = Callable[[Array, Array, list[float]], "Array | None"]
BLOCK = 256
OURS = "ours"
WORK = "products + exp"


def ours(X: Array, Y: Array, bandwidths: list[float]) -> Array:
    return mmd_squared(X, Y, kernel="se", bandwidths=bandwidths, block=BLOCK)


def ours_imq(X: Array, Y: Array, bandwidths: list[float]) -> None:
    mmd_squared(X, Y, kernel="imq", bandwidths=bandwidths, block=BLOCK)


def products_and_exponentials(X: Array, Y: Array, bandwidths: list[float]) -> None:
    out = np.empty((BLOCK, BLOCK))
    for A, B in ((X, X), (Y, Y), (X, Y)):
        for top in range(0, len(A), BLOCK):
            for start in range(top if A is B else 0, len(B), BLOCK):
                rows, columns = A[top : top + BLOCK], B[start : start + BLOCK]
                values = out[: len(rows), : len(columns)]
                np.matmul(rows, columns.T, out=values)
                np.exp(values, out=values)


def unbiased(total_x: float, total_y: float, total_xy: float, n: int, m: int) -> float:
    return (total_x - n) / (n * (n - 1)) + (total_y - m) / (m * (m - 1)) - 2 * total_xy / (n * m)


def from_matrices(matrices: Callable[[float], list[float]], n: int, m: int, bandwidths: list[float]) -> Array:
    return np.array([unbiased(*matrices(h), n, m) for h in bandwidths])


def plain_numpy(X: Array, Y: Array, bandwidths: list[float]) -> Array:
    def squares(A: Array, B: Array) -> Array:
        return np.maximum((A**2).sum(1)[:, None] + (B**2).sum(1)[None] - 2 * A @ B.T, 0)

    distances = [squares(X, X), squares(Y, Y), squares(X, Y)]
    return from_matrices(
        lambda h: [float(np.exp(-d / h**2).sum()) for d in distances], len(X), len(Y), bandwidths
    )


def scipy_cdist(X: Array, Y: Array, bandwidths: list[float]) -> Array:
    distances = [cdist(a, b, "sqeuclidean") for a, b in ((X, X), (Y, Y), (X, Y))]
    return from_matrices(
        lambda h: [float(np.exp(-d / h**2).sum()) for d in distances], len(X), len(Y), bandwidths
    )


def torch_cdist(X: Array, Y: Array, bandwidths: list[float]) -> Array:
    import torch

    x, y = torch.from_numpy(X), torch.from_numpy(Y)
    distances = [torch.cdist(a, b) ** 2 for a, b in ((x, x), (y, y), (x, y))]
    return from_matrices(
        lambda h: [torch.exp(-d / h**2).sum().item() for d in distances], len(X), len(Y), bandwidths
    )


def sklearn_rbf(X: Array, Y: Array, bandwidths: list[float]) -> Array:
    from sklearn.metrics.pairwise import rbf_kernel

    pairs = ((X, X), (Y, Y), (X, Y))
    return from_matrices(
        lambda h: [float(rbf_kernel(a, b, gamma=1 / h**2).sum()) for a, b in pairs],
        len(X),
        len(Y),
        bandwidths,
    )


METHODS: dict[str, Method] = {
    OURS: ours,
    WORK: products_and_exponentials,
    "ours, imq kernel": ours_imq,
    "plain NumPy": plain_numpy,
    "scipy cdist": scipy_cdist,
    "torch cdist": torch_cdist,
    "sklearn rbf_kernel": sklearn_rbf,
}


def truth(X: Array, Y: Array, bandwidths: list[float]) -> Array:
    """Sum the kernel of differences over rows, then the rows exactly; no self pairs are ever added."""
    results = []
    for h in bandwidths:
        totals = []
        for A, B in ((X, X), (Y, Y), (X, Y)):
            rows = []
            for top in range(0, len(A), 200):
                values = np.exp(-cdist(A[top : top + 200], B, "sqeuclidean") / h**2)
                if A is B:
                    values[np.arange(len(values)), top + np.arange(len(values))] = 0
                rows.extend(values.sum(axis=1).tolist())
            totals.append(math.fsum(rows))
        n, m = len(X), len(Y)
        results.append(totals[0] / (n * (n - 1)) + totals[1] / (m * (m - 1)) - 2 * totals[2] / (n * m))
    return np.array(results)


def make_data(points: int, shift: float = 0.0) -> tuple[Array, Array]:
    """Return moons and as many draws from a Gaussian fitted to them, both (points, 2)."""
    X = moons(points, np.random.default_rng(1))
    return X + shift, Gaussian(random_state=2).fit(X).sample(points) + shift


def turns(
    X: Array, Y: Array, bandwidths: list[float], repeats: int
) -> tuple[dict[str, list[float]], dict[str, Array | None]]:
    """Return CPU seconds of every method and turn, and the results; a turn on few points warms all up."""
    seconds: dict[str, list[float]] = {name: [] for name in METHODS}
    results: dict[str, Array | None] = {}
    for method in METHODS.values():
        method(X[:50], Y[:50], bandwidths)
    for _ in range(repeats):
        for name, method in METHODS.items():
            start = time.process_time()
            results[name] = method(X, Y, bandwidths)
            seconds[name].append(time.process_time() - start)
    return seconds, results


def peak_mebibytes() -> float:
    """Return the highest resident memory of this process so far, since its last reset where Linux can."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def extra_memory_here(name: str, points: int, bandwidths: list[float]) -> float:
    """Run one method once and return by how many MiB it raised this process's peak."""
    X, Y = make_data(points)
    METHODS[name](X[:50], Y[:50], bandwidths)
    reset = Path("/proc/self/clear_refs")
    if reset.exists():
        reset.write_text("5")
    before = peak_mebibytes()
    METHODS[name](X, Y, bandwidths)
    return peak_mebibytes() - before


def extra_memory(name: str, points: int, bandwidths: list[float]) -> float:
    """Measure `extra_memory_here` in a fresh process."""
    command = [sys.executable, __file__, "--memory-of", name, "--points", str(points), "--bandwidths"]
    output = subprocess.run(
        command + [str(h) for h in bandwidths], check=True, capture_output=True, text=True
    ).stdout
    return float(output.split()[-1])


def worst_error(result: Array | None, expected: Array) -> float | None:
    return None if result is None else float(np.max(np.abs(result / expected - 1)))


def measure(points: int, bandwidths: list[float], repeats: int) -> list[dict[str, object]]:
    """Return the table's rows for one size; the shifted data have at most 1000 points, to save time."""
    X, Y = make_data(points)
    seconds, results = turns(X, Y, bandwidths, repeats)
    shifted = make_data(min(points, 1000), shift=1e3)
    expected, expected_shifted = truth(X, Y, bandwidths), truth(*shifted, bandwidths)
    rows: list[dict[str, object]] = []
    for name, method in METHODS.items():
        ratios = [mine / our for mine, our in zip(seconds[name], seconds[OURS], strict=True)]
        over_work = [mine / work for mine, work in zip(seconds[name], seconds[WORK], strict=True)]
        moved = None if results[name] is None else method(*shifted, bandwidths)
        rows.append(
            {
                "points": points,
                "method": name,
                "cpu_seconds": statistics.median(seconds[name]),
                "ratio_to_ours": statistics.median(ratios),
                "ratio_to_products_and_exp": statistics.median(over_work),
                "extra_mebibytes": extra_memory(name, points, bandwidths),
                "relative_error": worst_error(results[name], expected),
                "relative_error_shifted": worst_error(moved, expected_shifted),
            }
        )
    return rows


def show(rows: list[dict[str, object]]) -> None:
    print(
        f"{'points':>7} {'method':<20} {'CPU s':>9} {'x ours':>7} {'x work':>7} {'MiB':>8} {'error':>9} {'at +1e3':>9}"
    )
    for row in rows:
        errors = [row["relative_error"], row["relative_error_shifted"]]
        texts = ["-" if error is None else f"{error:.1e}" for error in errors]
        print(
            f"{row['points']:>7} {row['method']:<20} {row['cpu_seconds']:>9.4f} {row['ratio_to_ours']:>7.2f} "
            f"{row['ratio_to_products_and_exp']:>7.2f} {row['extra_mebibytes']:>8.1f} {texts[0]:>9} {texts[1]:>9}"
        )


def write(rows: list[dict[str, object]], options: argparse.Namespace) -> None:
    """Write the table so far, so that an interrupted run keeps the sizes it finished."""
    record = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": platform.machine(),
        "threads": os.environ["OMP_NUM_THREADS"],
        "repeats": options.repeats,
        "bandwidths": options.bandwidths,
        "rows": rows,
    }
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Time, memory and error of MMD² in several ways.")
    parser.add_argument("--points", type=int, nargs="+", default=[1000, 3000])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--bandwidths", type=float, nargs="+", default=[0.8, 0.4, 0.2, 0.1, 0.05])
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks" / "results" / "discrepancy.json")
    parser.add_argument("--memory-of", choices=list(METHODS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory_of:
        print(extra_memory_here(options.memory_of, options.points[0], options.bandwidths))
        return
    rows: list[dict[str, object]] = []
    for points in options.points:
        rows += measure(points, options.bandwidths, options.repeats if points <= 5000 else 1)
        show(rows[-len(METHODS) :])
        write(rows, options)


if __name__ == "__main__":
    main()
