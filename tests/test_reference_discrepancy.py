"""The solution's MMD² against a double loop over the sheet's formulas, and the form of the solution files."""

from __future__ import annotations

import ast
import math
from pathlib import Path

import numpy as np
import pytest

from reference.generative_baselines.models import (
    inverse_multiquadric,
    mmd_squared,
    squared_exponential,
)

FORMULAS = {
    "se": lambda square, h: math.exp(-square / h**2),
    "imq": lambda square, h: 1 / math.sqrt(1 + square / h**2),
}


def by_double_loop(X: np.ndarray, Y: np.ndarray, kernel: str, bandwidth: float, unbiased: bool) -> float:
    def mean(A: np.ndarray, B: np.ndarray, skip_same: bool) -> float:
        values = [
            FORMULAS[kernel](sum((a - b) ** 2 for a, b in zip(x, y, strict=True)), bandwidth)
            for i, x in enumerate(A)
            for j, y in enumerate(B)
            if not (skip_same and i == j)
        ]
        return math.fsum(values) / len(values)

    return mean(X, X, unbiased) + mean(Y, Y, unbiased) - 2 * mean(X, Y, False)


@pytest.mark.parametrize("kernel", ["se", "imq"])
@pytest.mark.parametrize("unbiased", [True, False])
@pytest.mark.parametrize(("n", "m", "d"), [(12, 12, 2), (7, 20, 2), (9, 5, 4)])
def test_equals_the_double_loop(kernel: str, unbiased: bool, n: int, m: int, d: int) -> None:
    generator = np.random.default_rng(n + m)
    X, Y = generator.standard_normal((n, d)), generator.standard_normal((m, d)) + 0.3
    for bandwidth in (0.1, 1.0, 5.0):
        expected = by_double_loop(X, Y, kernel, bandwidth, unbiased)
        assert mmd_squared(X, Y, kernel, bandwidth, unbiased) == pytest.approx(expected, rel=1e-10, abs=1e-13)


def test_kernels_are_those_of_the_sheet() -> None:
    assert squared_exponential(np.array(4.0), 2.0) == pytest.approx(math.exp(-1))
    assert inverse_multiquadric(np.array(12.0), 2.0) == pytest.approx(0.5)
    assert squared_exponential(np.array(0.0), 0.1) == inverse_multiquadric(np.array(0.0), 0.1) == 1


def test_symmetric_zero_for_equal_samples_and_negative_when_unbiased() -> None:
    X, Y = np.random.default_rng(1).standard_normal((2, 30, 2))
    for kernel in ("se", "imq"):
        assert mmd_squared(X, Y, kernel, 0.5) == pytest.approx(mmd_squared(Y, X, kernel, 0.5), rel=1e-12)
        assert mmd_squared(X, X, kernel, 0.5, unbiased=False) == pytest.approx(0, abs=1e-14)
        assert mmd_squared(X, X, kernel, 0.5, unbiased=True) < 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kernel": "rbf"}, "kernel must be"),
        ({"bandwidth": 0}, "bandwidth must be"),
        ({"Y": np.zeros((4, 3))}, "expected shapes"),
        ({"Y": np.zeros((1, 2))}, "too few points"),
    ],
)
def test_impossible_questions_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mmd_squared(**({"X": np.zeros((4, 2)), "Y": np.ones((4, 2))} | change))  # type: ignore[arg-type]


MODEL_FILES = ["histogram", "gaussian", "mixture", "kernel_density", "discrepancy"]


@pytest.mark.parametrize("name", MODEL_FILES)
def test_each_solution_file_stands_alone_in_a_notebook_cell(name: str, root: Path) -> None:
    source = (root / "reference/generative_baselines/models" / f"{name}.py").read_text(encoding="utf-8")
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert imported <= {"numpy", "scipy.linalg", "scipy.special", "scipy.spatial.distance"}
    for forbidden in ("histogram2d", "gaussian_kde", "sklearn", "multivariate_normal"):
        assert forbidden not in source
    namespace: dict[str, object] = {"__name__": "__main__"}
    exec(compile(source, name, "exec"), namespace)
    assert any(isinstance(value, type) or callable(value) for value in namespace.values())
