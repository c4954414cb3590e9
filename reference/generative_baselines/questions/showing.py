"""Pictures beside a failure: plain arrays from what was asked anyway, small enough for a page.

Nothing here decides anything, draws from a team's sampler or uses a random stream of a judgement.
"""

import numpy as np

from grader.errors import LimitReached, TeamFault
from grader.judge import instruments, statistics

MOST_POINTS = 800
"""Points per scatter."""
MOST_COLUMNS, MOST_ROWS = 100, 80
VISIBLE = 1e-3
"""Share of the largest density from which on a place belongs to the part of the plane that is shown."""


def plain(values, digits=3):
    """Rounded values as nested lists, None in place of what is not finite."""
    values = np.asarray(values, dtype=float)
    rounded = np.round(values, digits).astype(object)
    rounded[~np.isfinite(values)] = None
    return rounded.tolist()


def thinned(points):
    """At most :data:`MOST_POINTS` finite rows of points, shape (n, 2), evenly taken."""
    points = points[np.all(np.isfinite(points), axis=1)]
    return points[:: max(1, -(-len(points) // MOST_POINTS))]


def samples_picture(lab, samples, train, grid=None):
    """Samples beside as many drawn from a density on a grid, and the training points."""
    yours = thinned(samples)
    data = {"yours": plain(yours)}
    if train is not None:
        data["train"] = plain(thinned(train))
    if grid is not None:
        data["expected"] = plain(drawn_from(grid, max(len(yours), 300), lab.rng("picture of samples")))
    lab.picture("samples" if grid is not None else "samples: copies", data)


def drawn_from(grid, n, rng):
    """Points, shape (n, 2), of a density on a grid: a cell by its mass, then a uniform place inside."""
    x, y = np.unravel_index(rng.choice(grid.mass.size, size=n, p=grid.mass.ravel()), grid.mass.shape)
    low = np.stack([grid.x_edges[x], grid.y_edges[y]], axis=1)
    high = np.stack([grid.x_edges[x + 1], grid.y_edges[y + 1]], axis=1)
    return low + rng.random((n, 2)) * (high - low)


def density_picture(lab, grid, truth):
    """A density on its grid, beside the log-density `truth` at the same places."""
    wanted = truth(statistics.midpoints(grid.x_edges, grid.y_edges)).reshape(grid.mass.shape)
    seen = visible(grid.log_density) | visible(wanted)
    x = shown(seen.any(axis=1), MOST_COLUMNS)
    y = shown(seen.any(axis=0), MOST_ROWS)
    if min(len(x), len(y)) < 2:
        return
    lab.picture(
        "density",
        {
            "x": plain(centres(grid.x_edges)[x]),
            "y": plain(centres(grid.y_edges)[y]),
            "yours": plain(grid.log_density[np.ix_(x, y)].T),
            "reference": plain(wanted[np.ix_(x, y)].T),
            "log": True,
        },
    )


def asked_picture(lab, density, edges, truth):
    """Like :func:`density_picture` where no grid was asked yet; a density that fails is not shown."""
    try:
        grid = instruments.grid_of(density, coarse(edges))
    except (TeamFault, LimitReached):
        return
    density_picture(lab, grid, truth)


def values_picture(lab, answers, expected):
    """Log-densities as answered against the expected ones, shapes (n,)."""
    lab.picture("log_density", {"yours": plain(answers), "reference": plain(expected)})


def visible(log_density):
    """Where a density is more than a small share of its largest finite value."""
    known = np.where(np.isfinite(log_density), log_density, -np.inf)
    top = known.max()
    return known > top + np.log(VISIBLE) if np.isfinite(top) else np.zeros(known.shape, dtype=bool)


def shown(seen, most):
    """Evenly spaced numbers of the rows between the first and the last that is seen, `most` at most."""
    places = np.flatnonzero(seen)
    if not len(places):
        return places
    first, last = max(places[0] - 1, 0), min(places[-1] + 1, len(seen) - 1)
    return np.arange(first, last + 1, -(-(last + 1 - first) // most))


def centres(edges):
    """Centres of cells, shape (k,), of edges (k + 1,)."""
    return (edges[1:] + edges[:-1]) / 2


def coarse(edges):
    """Equal edges over the same range, with no more cells than a picture has."""
    return tuple(
        np.linspace(side[0], side[-1], most + 1)
        for side, most in zip(edges, (MOST_COLUMNS, MOST_ROWS), strict=True)
    )
