"""A grid over which densities are integrated."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def grid(points: int, around: ArrayLike, margin: float = 0.0) -> tuple[NDArray[np.float64], float]:
    """Return the midpoints, shape (points², 2), of a regular grid and the area of one of its cells.

    The grid covers the bounding box of `around`, shape (n, 2), widened by `margin` on each side.
    The first coordinate varies slowest, so values(grid).reshape(points, points)[i, j] belongs to x_i, y_j.
    """
    data = np.asarray(around, dtype=np.float64)
    if points < 1 or data.ndim != 2 or data.shape[1] != 2 or len(data) == 0:
        raise ValueError(f"grid: expected points >= 1 and data of shape (n, 2), got {points}, {data.shape}")
    low, high = data.min(axis=0) - margin, data.max(axis=0) + margin
    step = (high - low) / points
    x, y = (low[axis] + step[axis] * (np.arange(points) + 0.5) for axis in range(2))
    midpoints = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
    return midpoints, float(step.prod())
