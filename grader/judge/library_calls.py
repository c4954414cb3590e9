"""What calls of library functions and of methods of arrays give, as far as it matters for loops over data."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from grader.judge.flow_values import (
    ARRAYS,
    NOTHING,
    NUMERIC,
    Value,
    container,
    of,
    reduced,
    transposed,
    union,
)

REDUCING = frozenset(
    [
        "sum",
        "mean",
        "average",
        "median",
        "max",
        "min",
        "amax",
        "amin",
        "std",
        "var",
        "prod",
        "any",
        "all",
        "nansum",
        "nanmean",
        "argmax",
        "argmin",
        "norm",
        "logsumexp",
        "quantile",
        "percentile",
        "count_nonzero",
        "ptp",
    ]
)
SCALARS = frozenset(
    [
        "item",
        "trace",
        "vdot",
        "det",
        "slogdet",
        "float",
        "int",
        "bool",
        "str",
        "print",
        "isinstance",
        "hasattr",
        "callable",
        "id",
        "dim",
    ]
)
PAIRWISE = frozenset(
    [
        "cdist",
        "pdist",
        "squareform",
        "pairwise_distances",
        "pairwise_kernels",
        "distance_matrix",
        "euclidean_distances",
        "rbf_kernel",
        "laplacian_kernel",
        "polynomial_kernel",
        "outer",
        "meshgrid",
        "kron",
    ]
)
EMPTY_ARRAYS = frozenset(
    ["zeros", "ones", "empty", "full", "rand", "randn", "random", "normal", "uniform", "standard_normal"]
)
SPLITTING = frozenset(["array_split", "split", "vsplit", "chunk", "tensor_split"])
PAIRING = frozenset(["product", "combinations", "combinations_with_replacement", "permutations"])
PASSING = frozenset(
    [
        "list",
        "tuple",
        "iter",
        "reversed",
        "sorted",
        "set",
        "tqdm",
        "trange",
        "nditer",
        "njit",
        "jit",
        "deepcopy",
    ]
)


def created(counts: int) -> Value:
    """An array created with that many of its axes as long as the data."""
    return of("matrix") if counts >= 2 else of("data") if counts == 1 else NOTHING


def axis_of(call: ast.Call, position: int) -> ast.expr | None:
    """The axis that a reduction is told."""
    for keyword in call.keywords:
        if keyword.arg in ("axis", "dim"):
            return keyword.value
    return call.args[position] if len(call.args) > position else None


def library_call(
    last: str, call: ast.Call, args: Sequence[Value], named: Mapping[str, Value], counts: int
) -> Value:
    """The result of a library function whose name ends in ``last``.

    ``counts`` says how many of the numbers it is given, alone or inside a shape, are numbers of points.
    """
    given = union([*args, *named.values()])
    arrays = Value((given.kinds | given.elements) & NUMERIC)
    first = args[0] if args else NOTHING
    if last in SCALARS:
        return NOTHING
    if last in REDUCING:
        return reduced(Value((first.kinds | first.elements) & ARRAYS), axis_of(call, 1))
    if last == "arange":
        stepped = len(args) > 2 or "step" in named
        return of("index") if not stepped and given.has("count") else NOTHING
    if last in PAIRWISE:
        return of("matrix") if arrays.numeric & ARRAYS else NOTHING
    if last in SPLITTING:
        return container([arrays])
    if last in ("transpose", "swapaxes", "t"):
        return transposed(arrays)
    if last == "expand_dims":
        return of("expanded") if arrays.kinds else NOTHING
    if last in ("eye", "identity"):
        return created(2 * int(counts > 0))
    if last.startswith(("triu_indices", "tril_indices")):
        return of("pairs") if given.has("count") else NOTHING
    if last.removesuffix("_like") in EMPTY_ARRAYS and not arrays.kinds:
        return created(counts)
    if last in PASSING or last in ("asarray", "array", "copy"):
        return first
    return Value(arrays.kinds - {"columns"} if "data" in arrays.kinds else arrays.kinds)


def method_call(name: str, call: ast.Call, base: Value) -> Value:
    """The result of a method of an array, a tensor or a list of points."""
    if name in REDUCING:
        return reduced(base, axis_of(call, 0))
    if name in SCALARS or name in ("index", "count"):
        return NOTHING
    if name == "size":
        return of("count")
    if name in ("transpose", "t"):
        return transposed(base)
    if name == "unsqueeze":
        return of("expanded")
    if name in ("flatten", "ravel") and base.has("matrix"):
        return of("data")
    if name in SPLITTING:
        return container([Value(base.numeric)])
    return Value(base.kinds, base.elements)
