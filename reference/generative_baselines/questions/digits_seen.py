"""What our run showed of models fitted to digits: noted calls and living objects, put together.

Arrays of two columns are the sheet's first task; what has more columns (64, or fewer after a projection) is
digits. Everything here is a claim of the hand-in's process and points to evidence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from grader.judge.transcript import Transcript, arrays_of, prints_of
from grader.records import Call, Known
from reference.generative_baselines.questions.digits_words import ANY, DISCREPANCY, KINDS, MODELS, OWN
from reference.generative_baselines.questions.noted import comparisons

PIXELS = 64
FITS = ("fit", "fit_predict", "partial_fit")
CLASSES, MOST_OF_A_CLASS = 10, 190
QUOTA = 390
"""From about so many notes of one function on, later calls may have gone unnoticed."""


@dataclass(frozen=True)
class Fit:
    """A model that was fitted to digits, once."""

    kind: str
    """A word of :data:`MODELS`, ``classifier``, ``other classifier``, ``trees`` or empty."""
    type: str
    own: bool
    """Its class was written by the team."""
    rows: int
    columns: int
    cell: int
    key: int = -1
    name: str = ""
    settings: tuple[tuple[str, Any], ...] = ()
    print: str = ""
    known: Known | None = None


def kind_of_object(type_name: str, settings: Mapping[str, Any]) -> str:
    """The kind of a model by its class, and for a mixture by its number of components."""
    last = type_name.rsplit(".", 1)[-1]
    kind = KINDS.get(last, "")
    if kind == "mixture":
        return "gaussian" if settings.get("n_components") == 1 else kind
    if kind:
        return kind
    lowered = last.lower()
    if lowered.endswith(("classifier", "regressor")):
        return "other classifier"
    if any(word in lowered for word in ("forest", "tree", "wald", "baum")):
        return "forest"
    return next((kind for kind, pattern in OWN if pattern.search(last)), "")


def fitted_shape(known: Known) -> tuple[int, int]:
    """Rows and columns of what a living model was fitted to; zero where that is not known."""
    if len(known.shape) == 2:
        return int(known.shape[0]), int(known.shape[1])
    columns = known.settings.get("n_features_in_", 0)
    return 0, columns if isinstance(columns, int) else 0


class Seen:
    """The noted calls and living objects that have to do with digits."""

    def __init__(self, transcript: Transcript, discrepancy: tuple[str, ...] = (), *, one_sided: bool = False):
        """``one_sided`` where the discrepancy is an object that keeps one of the samples."""
        self.transcript = transcript
        self.discrepancy, self.one_sided = discrepancy, one_sided
        self.calls = transcript.observed.calls

    @cached_property
    def fits(self) -> tuple[Fit, ...]:
        """Fits to arrays with more than two columns, in order; living models without a noted fit come last."""
        found = [fit for fit in map(self._fit, self.calls) if fit]
        keys = {fit.key for fit in found}
        for known in self.transcript.known:
            if known.family == "model" and fitted_shape(known)[1] > 2 and known.key not in keys:
                found.append(self._of_known(known))
        return tuple(found)

    def _fit(self, call: Call) -> Fit | None:
        if call.name.rsplit(".", 1)[-1] not in FITS:
            return None
        table = next((a for a in arrays_of(call) if len(a["shape"]) == 2), None)
        if table is None or table["shape"][1] <= 2:
            return None
        owner = call.arguments.get("self")
        owner = owner if isinstance(owner, Mapping) else {}
        settings = owner.get("settings") if isinstance(owner.get("settings"), Mapping) else {}
        known = self._by_key.get(owner.get("key", -1))
        if known is not None and not settings:
            settings = known.settings
        type_name = str(owner.get("type") or (call.name.split(".")[-2] if "." in call.name else ""))
        full = known.type if known is not None and known.type else type_name
        library = call.name.startswith(("sklearn.", "scipy.")) or full.startswith(("sklearn.", "scipy."))
        return Fit(
            kind_of_object(type_name, settings or {}), type_name, not library, int(table["shape"][0]),
            int(table["shape"][1]), call.cell, int(owner.get("key", -1)), known.name if known else "",
            _plain(settings or {}), str(table.get("print", "")), known,
        )  # fmt: skip

    def _of_known(self, known: Known) -> Fit:
        own = not known.type.startswith(("sklearn.", "scipy."))
        return Fit(
            kind_of_object(known.type, known.settings), known.type.rsplit(".", 1)[-1], own,
            *fitted_shape(known), known.cell, known.key, known.name, _plain(known.settings), "", known,
        )  # fmt: skip

    @cached_property
    def _by_key(self) -> dict[int, Known]:
        return {known.key: known for known in self.transcript.known if known.family == "model"}

    def of(self, *kinds: str) -> tuple[Fit, ...]:
        """Fits of these kinds."""
        return tuple(fit for fit in self.fits if fit.kind in kinds)

    @cached_property
    def columns(self) -> frozenset[int]:
        """Numbers of columns that digits have in this hand-in: 64, and those after projections."""
        return frozenset({PIXELS} | {fit.columns for fit in self.fits})

    @cached_property
    def fitted_on(self) -> frozenset[str]:
        """Fingerprints of the arrays that generative models were fitted to."""
        return frozenset(fit.print for fit in self.of(*MODELS) if fit.print)

    @cached_property
    def samples(self) -> tuple[Call, ...]:
        """Noted calls of samplers that returned digits, or whose model was fitted to digits."""
        keys = {fit.key for fit in self.fits if fit.key >= 0}
        found = []
        for call in self.calls:
            if "sample" not in call.name.rsplit(".", 1)[-1].lower() or "score" in call.name:
                continue
            owner = call.arguments.get("self")
            key = owner.get("key", -1) if isinstance(owner, Mapping) else -1
            if key in keys or any(shape[1] in self.columns for shape in shapes_of(call.result)):
                found.append(call)
        return tuple(found)

    @cached_property
    def generated(self) -> frozenset[str]:
        """Fingerprints of generated digits."""
        return frozenset().union(*(prints_of(call.result) for call in self.samples))

    @cached_property
    def discrepancies(self) -> tuple[Call, ...]:
        """Noted calls that compare two samples of digits."""
        return comparisons(self._discrepancy_calls, self.sides, one_sided=self.one_sided)

    @cached_property
    def _discrepancy_calls(self) -> tuple[Call, ...]:
        wanted = set(self.discrepancy)
        return tuple(
            call
            for call in self.calls
            if call.name in wanted or call.name.rsplit(".", 1)[-1] in wanted or DISCREPANCY.search(call.name)
        )

    @property
    def discrepancy_noted(self) -> bool:
        """Whether calls of the discrepancy were noted at all, on whatever data."""
        return bool(self._discrepancy_calls)

    @property
    def discrepancy_quota(self) -> bool:
        """Whether later calls of the discrepancy may have gone unnoticed."""
        counts: dict[str, int] = {}
        for call in self._discrepancy_calls:
            counts[call.name] = counts.get(call.name, 0) + 1
        return max(counts.values(), default=0) >= QUOTA

    def sides(self, call: Call) -> list[dict[str, Any]]:
        """The arrays of digits among a call's arguments."""
        return [a for a in arrays_of(call) if len(a["shape"]) == 2 and a["shape"][1] in self.columns]

    def asked(self, *methods: str) -> tuple[Call, ...]:
        """Noted calls of a classifier's methods on digits."""
        return tuple(
            call
            for call in self.calls
            if call.name.rsplit(".", 1)[-1] in methods
            and "Classifier" in call.name + str((call.arguments.get("self") or {}).get("type", ""))
            and self.sides(call)
        )


def shapes_of(value: Any) -> list[tuple[int, ...]]:
    """Shapes of two-dimensional arrays in a summary."""
    if isinstance(value, Mapping):
        shape = value.get("shape")
        return [tuple(shape)] if isinstance(shape, list | tuple) and len(shape) == 2 else []
    if isinstance(value, list | tuple):
        return [shape for entry in value[:20] for shape in shapes_of(entry)]
    return []


def _plain(settings: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(
        sorted(
            (name, value)
            for name, value in settings.items()
            if name not in ANY and isinstance(value, int | float | str) and not isinstance(value, bool) and name[:1] != "_"
        )
    )  # fmt: skip


def distinct_settings(fits: tuple[Fit, ...], names: set[str]) -> dict[str, set[Any]]:
    """Hyperparameter -> its values over these fits, for those of them that took several."""
    found: dict[str, set[Any]] = {}
    for fit in fits:
        for name, value in fit.settings:
            if name in names or name.rstrip("_") in names:
                found.setdefault(name, set()).add(value)
    return {name: values for name, values in found.items() if len(values) > 1}


def training_sizes(fits: tuple[Fit, ...]) -> list[int]:
    """Clearly different numbers of training digits (by more than 8 %); ten models of one class each count as one."""
    sizes: list[int] = []
    for n in sorted(_rows_together(fits)):
        if not sizes or n > 1.08 * sizes[-1]:
            sizes.append(n)
    return sizes


def _rows_together(fits: tuple[Fit, ...]) -> set[int]:
    groups: dict[Any, list[Fit]] = {}
    for fit in fits:
        groups.setdefault((fit.kind, fit.settings, fit.cell), []).append(fit)
    rows: set[int] = set()
    for members in groups.values():
        if per_class(members):
            counts = [fit.rows for fit in members]
            rows |= {sum(counts[k : k + CLASSES]) for k in range(0, len(counts) - CLASSES + 1, CLASSES)} or {
                sum(counts)
            }
        else:
            rows |= {fit.rows for fit in members}
    return rows


def per_class(fits: Sequence[Fit]) -> bool:
    """Whether models of the same kind look like one per class: at least eight, small, of different sizes."""
    return (
        len(fits) >= 8
        and max(fit.rows for fit in fits) <= MOST_OF_A_CLASS
        and len({fit.rows for fit in fits}) >= 3
    )
