"""A density forest: histograms whose boxes adapt to the data, for more dimensions than a regular grid can fill.

Only NumPy is needed. Usage is explained at the class `DensityForest`.
"""

import numpy as np


class DensityForest:
    """The average of many trees, each of which is a histogram with boxes of different sizes.

    A tree cuts the range of the data into boxes, one cut at a time, parallel to the axes. Inside a box the
    density is constant: the share of the training points that lie in the box, divided by its volume. Where
    the points are dense the boxes become small. Every tree looks at other randomly placed cuts, and the
    average over the trees is smoother and better than one of them.

    Which cut is made: a box with n points is cut into a part with a of them and the share v of its volume, and
    a part with the remaining b = n - a. Predicting every point from the others only (leaving it out), the
    log-likelihood of the points grows by

        a log((a - 1) / v) + b log((b - 1) / (1 - v)) - n log(n - 1).

    The best of the cuts tried is made if it gains more than `min_gain`, by default one nat, which is what one
    more parameter costs in Akaike's criterion; so the trees stop growing by themselves. Then empty slabs are
    taken off the new boxes: the sides move in to where the points suggest that the box ends (the outermost
    point plus the mean gap between points), if that gains more than `slab_gain`, by default the logarithm of the
    number of sides, which is the price for telling which side moves (minimum description length).

    Trees that estimate densities: Ram and Gray, "Density estimation trees", KDD 2011, who use squared error and
    prune afterwards. The random positions of the cuts follow the idea of extremely randomised trees.

    Directions in which values repeat (such as the grey values of pixels) are taken as rounded to a grid: no box
    gets thinner than one step of it, so that no density becomes infinite. A constant direction has the width
    of one step.

    Parameters
    ----------
    n_estimators : int
        Number of trees. `n_trees` is another name for it.
    max_depth : int or None
        Most cuts one after another; small values give a coarse model, None sets no limit.
    min_samples_leaf : int
        Fewest training points in a box; a single point is never cut off.
    max_features : "sqrt", int, float or None
        Directions compared for one cut: the root of their number, their number, a share of them, or all.
    bootstrap : bool
        Whether each tree sees a random draw with replacement. Repeated points count as evidence, so boxes
        get too small; the trees differ enough without.
    random_state : None, int or numpy.random.Generator
        Start of the generator behind `fit` and `sample`.
    n_trees : int or None
        Another name for `n_estimators`; wins if given.
    n_cuts : int
        Places compared in each direction.
    min_gain : float
        Gain in nats that a cut must exceed; larger values give a coarser model, 0 lets trees overfit.
    slab_gain : float or None
        Gain in nats for which an empty slab is taken off; None for log(2 d). Smaller values give tighter boxes:
        samples look more like the training points, and unseen points become less likely.
    margin : float
        Empty room beyond the smallest and largest training value, as a share of their distance.
    bounds : None or (low, high)
        The range, as two numbers or two arrays of shape (d,), in place of that of the training points.
    prior : float
        This many imaginary points are spread evenly over the whole range, so that the density is small but not
        zero where no box is.

    Attributes
    ----------
    lower_, upper_ : (d,) arrays
        The range; the density is zero outside.
    step_ : (d,) array
        The least width of a box.
    n_features_in_ : int
    leaf_lower_, leaf_upper_ : (leaves, d) arrays
        Boxes of all trees.
    leaf_weight_ : (leaves,) array
        Share of the forest's training points in each box; sums to one.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(500, 3))
    >>> forest = DensityForest(n_estimators=20, random_state=0).fit(X)
    >>> forest.score_samples(X[:2]).shape      # log-densities
    (2,)
    >>> forest.sample(10).shape                # new points
    (10, 3)
    """

    def __init__(
        self,
        n_estimators=50,
        max_depth=None,
        min_samples_leaf=2,
        max_features="sqrt",
        bootstrap=False,
        random_state=None,
        *,
        n_trees=None,
        n_cuts=16,
        min_gain=1.0,
        slab_gain=None,
        margin=0.05,
        bounds=None,
        prior=1.0,
    ):
        self.n_estimators = n_estimators if n_trees is None else n_trees
        self.max_depth = max_depth
        self.min_samples_leaf = min_samples_leaf
        self.max_features = max_features
        self.bootstrap = bootstrap
        self.random_state = random_state
        self.n_trees = n_trees
        self.n_cuts = n_cuts
        self.min_gain = min_gain
        self.slab_gain = slab_gain
        self.margin = margin
        self.bounds = bounds
        self.prior = prior

    def fit(self, X, y=None):
        """Grow the trees on X, shape (n, d) with n >= 1; `y` is ignored."""
        X = self._checked(X)
        self.n_features_in_ = X.shape[1]
        self.generator_ = np.random.default_rng(self.random_state)
        self._set_range(X)
        self._levels, self._leaves = [], []
        together = max(1, 2_000_000 // (len(X) * self._directions()))  # trees that grow at the same time
        self._roots, self._size, self._leaf_count = [], 0, 0
        for first in range(0, self._trees(), together):
            self._grow(X, min(together, self._trees() - first))
        columns = zip(*self._levels, strict=True)
        self._cut_direction, self._cut_place, self._child = map(np.concatenate, columns)
        counts, lower, upper = (np.concatenate(part) for part in zip(*self._leaves, strict=True))
        self.leaf_weight_ = counts / counts.sum()
        self.leaf_lower_, self.leaf_upper_ = lower, upper
        self._log_share = np.log(counts) - np.log(upper - lower).sum(axis=1)
        del self._levels, self._leaves
        return self

    def score_samples(self, X):
        """Return the log-density of each row of X, shape (m, d), as an (m,) array; -inf outside the range."""
        X = self._checked(X)
        if X.shape[1] != self.n_features_in_:
            raise ValueError(f"DensityForest: expected {self.n_features_in_} columns, got {X.shape[1]}")
        rows = max(1, 2_000_000 // (len(self._roots) * X.shape[1]))
        blocks = [self._score_block(X[start : start + rows]) for start in range(0, len(X), rows)]
        return np.concatenate(blocks)

    def score(self, X, y=None):
        """Return the mean log-density of the rows of X, in nats."""
        return float(np.mean(self.score_samples(X)))

    def sample(self, n=1, *, n_samples=None):
        """Draw an (n, d) array: a tree, a box of it by its weight, then a uniform place inside the box."""
        n = n if n_samples is None else n_samples
        leaf = self.generator_.choice(len(self.leaf_weight_), size=n, p=self.leaf_weight_)
        lower, upper = self.leaf_lower_[leaf], self.leaf_upper_[leaf]
        anywhere = self.generator_.random(n) < self.prior / (self._n + self.prior)
        lower[anywhere], upper[anywhere] = self.lower_, self.upper_
        return lower + self.generator_.random(lower.shape) * (upper - lower)

    def get_params(self, deep=True):
        """Return the constructor's arguments by name."""
        names = "n_estimators max_depth min_samples_leaf max_features bootstrap random_state n_trees n_cuts"
        more = "min_gain slab_gain margin bounds prior"
        return {name: getattr(self, name) for name in f"{names} {more}".split()}

    def set_params(self, **parameters):
        """Change arguments of the constructor; ValueError for an unknown name."""
        for name, value in parameters.items():
            if name not in self.get_params():
                raise ValueError(f"DensityForest has no parameter '{name}'")
            setattr(self, name, value)
        return self

    def _trees(self):
        count = self.n_estimators if self.n_trees is None else self.n_trees
        if count < 1:
            raise ValueError(f"DensityForest: the number of trees must be at least 1, got {count}")
        return int(count)

    def _directions(self):
        """Return how many directions are compared for one cut."""
        d, wanted = self.n_features_in_, self.max_features
        if wanted is None:
            return d
        if isinstance(wanted, str):
            if wanted not in ("sqrt", "log2"):
                raise ValueError(f"DensityForest: max_features is a number, 'sqrt' or 'log2', got {wanted!r}")
            wanted = int(np.ceil(np.sqrt(d) if wanted == "sqrt" else np.log2(d + 1)))
        elif isinstance(wanted, float):
            wanted = round(wanted * d)
        return int(np.clip(wanted, 1, d))

    def _set_range(self, X):
        """Find the range of the trees, and the steps of directions whose values repeat."""
        n, d = X.shape
        self._n = n
        low, high = X.min(axis=0), X.max(axis=0)
        span = np.maximum(high - low, 0)
        self.step_, self._rounded = 1e-3 * span, np.zeros(d, dtype=bool)
        for k in np.flatnonzero(span > 0):
            values = np.unique(X[:, k])
            if 2 * len(values) <= n:
                gaps = np.diff(values)
                self.step_[k] = max(gaps.min(), 1e-3 * span[k])
                self._rounded[k] = np.allclose(
                    gaps / self.step_[k], np.round(gaps / self.step_[k]), atol=1e-6
                )
        typical = np.median(self.step_[span > 0]) if (span > 0).any() else 1.0
        self.step_ = np.where(span > 0, self.step_, typical)
        if self.bounds is not None:
            low, high = (np.broadcast_to(np.asarray(b, dtype=float), (d,)).copy() for b in self.bounds)
            if (low > X).any() or (high < X).any() or (low > high).any():
                raise ValueError("DensityForest: training points lie outside the given bounds")
            self._rounded |= (span == 0) & (high > low)
            room = np.where(self._rounded | (high == low), self.step_ / 2, 0)
        else:
            room = np.where(self._rounded | (span == 0), self.step_ / 2, self.margin * span)
        self.lower_, self.upper_ = low - room, high + room

    def _grow(self, X, trees):
        """Grow some trees at the same time, level by level, and append their nodes."""
        n, generator = len(X), self.generator_
        point = generator.integers(n, size=trees * n) if self.bootstrap else np.tile(np.arange(n), trees)
        box = np.repeat(np.arange(trees), n)  # which box of the level each point lies in
        lower, upper = np.tile(self.lower_, (trees, 1)), np.tile(self.upper_, (trees, 1))
        self._roots.extend(self._size + np.arange(trees))
        depth = 0
        while len(lower):
            counts = np.bincount(box, minlength=len(lower))
            order = np.argsort(box, kind="stable")
            point, box = point[order], box[order]
            rows = X[point]
            lower, upper = self._shrink(rows, counts, lower, upper)
            direction, place = self._choose_cuts(rows, box, counts, lower, upper, depth)
            parents = np.flatnonzero(direction >= 0)
            child = np.full(len(lower), -1)
            child[parents] = self._size + len(lower) + 2 * np.arange(len(parents))
            leaves = np.flatnonzero(direction < 0)
            child[leaves] = self._leaf_count + np.arange(len(leaves))
            self._levels.append((direction, place, child))
            self._leaves.append((counts[leaves], lower[leaves], upper[leaves]))
            self._size, self._leaf_count = self._size + len(lower), self._leaf_count + len(leaves)
            # every cut box is replaced by its lower and its upper part; points in finished boxes drop out
            rank = np.full(len(lower), -1)
            rank[parents] = np.arange(len(parents))
            stays = direction[box] >= 0
            point, box = point[stays], box[stays]
            box = 2 * rank[box] + (X[point, direction[box]] >= place[box])
            lower, upper = np.repeat(lower[parents], 2, axis=0), np.repeat(upper[parents], 2, axis=0)
            pairs = np.arange(len(parents))
            upper[2 * pairs, direction[parents]] = place[parents]
            lower[2 * pairs + 1, direction[parents]] = place[parents]
            depth += 1

    def _shrink(self, X, counts, lower, upper):
        """Take empty slabs off the boxes; X holds the points box after box. Returns new lower and upper ends."""
        first = np.concatenate([[0], np.cumsum(counts)[:-1]])
        low, high = np.minimum.reduceat(X, first), np.maximum.reduceat(X, first)
        n = counts[:, None]
        beyond = np.maximum((high - low) / np.maximum(n - 1, 1), self.step_ / 2)
        new_lower, new_upper = np.maximum(lower, low - beyond), np.minimum(upper, high + beyond)
        width = upper - lower
        price = np.log(2 * X.shape[1]) if self.slab_gain is None else self.slab_gain
        from_below = -n * np.log1p(-(new_lower - lower) / width) > price
        from_above = -n * np.log1p(-(upper - new_upper) / width) > price
        return np.where(from_below & (n > 1), new_lower, lower), np.where(
            from_above & (n > 1), new_upper, upper
        )

    def _choose_cuts(self, X, box, counts, lower, upper, depth):
        """Return direction (-1: no cut) and place of the best cut of each box, two (boxes,) arrays."""
        boxes, width = len(lower), upper - lower
        direction, place = np.full(boxes, -1), np.full(boxes, np.nan)
        if self.max_depth is not None and depth >= self.max_depth:
            return direction, place
        tried = self._directions()
        order = self.generator_.random(width.shape)
        order[width < 1.999 * self.step_] = 2.0  # too thin to be cut
        chosen = np.argpartition(order, tried - 1, axis=1)[:, :tried]
        at = (np.arange(boxes)[:, None], chosen)
        low, width, step = lower[at], width[at], self.step_[chosen]
        start, spacing = self._cut_grid(low, width, step, self._rounded[chosen])
        index = np.floor((X[np.arange(len(X))[:, None], chosen[box]] - start[box]) / spacing[box]) + 1
        index = np.clip(index, 0, self.n_cuts).astype(np.int64)
        cell = (box[:, None] * tried + np.arange(tried)) * (self.n_cuts + 1) + index
        hits = np.bincount(cell.ravel(), minlength=boxes * tried * (self.n_cuts + 1))
        below = hits.reshape(boxes, tried, -1).cumsum(axis=2)[:, :, :-1]
        cuts = start[:, :, None] + spacing[:, :, None] * np.arange(self.n_cuts)
        thick = 0.999 * step[:, :, None]
        allowed = (cuts - low[:, :, None] >= thick) & ((low + width)[:, :, None] - cuts >= thick)
        gain = self._gain(below, counts[:, None, None], (cuts - low[:, :, None]) / width[:, :, None], allowed)
        best = gain.reshape(boxes, -1).argmax(axis=1)
        rows = np.arange(boxes)
        cut = (gain.reshape(boxes, -1)[rows, best] > self.min_gain) & (counts > 1)
        direction[cut] = chosen[rows, best // self.n_cuts][cut]
        place[cut] = cuts.reshape(boxes, -1)[rows, best][cut]
        return direction, place

    def _cut_grid(self, low, width, step, rounded):
        """Return first place and spacing of the cuts compared: even, at a random offset, on the steps if any."""
        steps = np.maximum(np.round(width / step), 1)
        leap = np.where(rounded, np.ceil(steps / self.n_cuts), 1)
        spacing = np.where(rounded, leap * step, width / self.n_cuts)
        random = self.generator_.random(width.shape)
        offset = np.where(rounded, step * (1 + np.floor(random * leap)), spacing * random)
        return low + offset, spacing

    def _gain(self, below, counts, share, allowed):
        """Return the gain of each cut in nats, see the class; -inf where it is not allowed."""
        above = counts - below
        fewest = max(2, self.min_samples_leaf)
        allowed = allowed & (below >= fewest) & (above >= fewest)
        share = np.where(allowed, share, 0.5)
        gain = below * np.log(np.maximum(below - 1, 1) / share)
        gain += above * np.log(np.maximum(above - 1, 1) / (1 - share))
        gain -= counts * np.log(np.maximum(counts - 1, 1))
        return np.where(allowed, gain, -np.inf)

    def _score_block(self, X):
        """Send every row down every tree, average the densities, shape (rows of X,)."""
        trees = len(self._roots)
        node = np.tile(np.array(self._roots), len(X))
        row = np.repeat(np.arange(len(X)), trees)
        moving = np.arange(len(node))
        while len(moving):
            here = node[moving]
            inner = self._cut_direction[here] >= 0
            moving, here = moving[inner], here[inner]
            right = X[row[moving], self._cut_direction[here]] >= self._cut_place[here]
            node[moving] = self._child[here] + right
        leaf = self._child[node]
        points = X[row]
        inside = ((points >= self.leaf_lower_[leaf]) & (points <= self.leaf_upper_[leaf])).all(axis=1)
        values = np.where(inside, self._log_share[leaf], -np.inf).reshape(len(X), trees)
        imagined = np.log(self.prior) if self.prior > 0 else -np.inf
        imagined -= np.log(self.upper_ - self.lower_).sum()
        largest = np.maximum(values.max(axis=1), max(imagined, -1e300))
        total = np.exp(values - largest[:, None]).mean(axis=1) + np.exp(imagined - largest)
        with np.errstate(divide="ignore"):
            log_density = np.log(total) + largest - np.log(self._n + self.prior)
        return np.where(((self.lower_ <= X) & (self.upper_ >= X)).all(axis=1), log_density, -np.inf)

    @staticmethod
    def _checked(X):
        X = np.asarray(X, dtype=float)
        if X.ndim != 2 or len(X) == 0:
            raise ValueError(f"DensityForest: expected data of shape (n, d) with n >= 1, got {X.shape}")
        if not np.all(np.isfinite(X)):
            raise ValueError("DensityForest: the data contain NaN or infinite values")
        return X
