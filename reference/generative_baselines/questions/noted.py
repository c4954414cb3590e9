"""Words for what our run noted of models and discrepancies: which model, which setting, how many points."""

import re
from dataclasses import dataclass

from grader.judge.transcript import arrays_of

ROLES = ("histogram", "gaussian", "gmm", "kde")

TITLES = {
    "histogram": "the histogram",
    "gaussian": "the single Gaussian",
    "gmm": "the Gaussian mixture",
    "kde": "the kernel density estimator",
}

WORDS = {
    "histogram": r"hist",
    "gaussian": r"gau(ss|ß)(?!.{0,9}(mix|mm|misch|kern))|normal",
    "gmm": r"gmm|mixture|misch|\bmog\b|gauss_?mix",
    "kde": r"kde|kernel.?dens|kern.?dicht|parzen",
}

HYPERPARAMETERS = {"histogram": "bins", "gmm": "components", "kde": "bandwidth"}

SETTINGS = {
    "histogram": r"bin|width|breite|size|cell|zelle|kast|kant|klasse|resol|step|^(dx|delta|[hkbnw])$|^n_?[xy]?$",
    "gmm": r"comp|komp|clust|gauss|modes|anzahl|^_?[kmcjln]$|^n_?k$",
    "kde": r"band|breite|^_?(h|bw|sigma|s|b|std|var|width|scale|radius|variance)$|smooth|glaett",
}

NO_SETTING = r"seed|random|rng|state|iter|tol|eps|sample|schritt|step_|reg|init|dim|label|^n_?(new|points)$"

MOST_NOTES, MOST_CALLS = 400, 20_000
"""So many calls of one function, and of all, are noted in a run."""

LIBRARY = {"GaussianMixture": "gmm", "KernelDensity": "kde"}

MMD_NAME = r"mmd|discrepan|diskrepan"

BANDWIDTH = r"^_?(h|hs|bw|bws|band_?wid?th?s?|bandbreiten?|sigmas?|gammas?|scales?|length_?scales?|ell|c|width|param|s|h_?mmd|lengthscale)$"


@dataclass(frozen=True)
class Use:
    """One noted call of a model: `verb` is made, fit, sample or score_samples."""

    role: str
    verb: str
    call: object
    value: object = None
    """The hyperparameter it had, a number or a tuple of numbers; None where it is not seen."""

    @property
    def cell(self):
        return self.call.cell

    @property
    def rows(self):
        """Number of points (n, 2) it was given; 0 if it was given none."""
        return max((a["rows"] for a in plane_arrays(self.call)), default=0)

    @property
    def prints(self):
        return frozenset(str(a["print"]) for a in plane_arrays(self.call) if a.get("print"))

    @property
    def numbers(self):
        """Pairs of a name and a number among its arguments and the settings of its object."""
        own = self.call.arguments.get("self")
        settings = own.get("settings", {}) if isinstance(own, dict) else {}
        given = opened({k: v for k, v in self.call.arguments.items() if k != "self"})
        pairs = [(k, as_value(v)) for k, v in (*given.items(), *settings.items())]
        return [(k, v) for k, v in pairs if v is not None and not re.search(NO_SETTING, k.strip("_"), re.I)]


def key_of(call):
    """The number of the object whose method is called; None for a function."""
    own = call.arguments.get("self")
    return own.get("key") if isinstance(own, dict) else None


def noise_of(call):
    """The noise that a call of the data set's function asked for, 0 for none; None where it is no number."""
    noise = call.arguments.get("noise")
    if noise is None:
        return 0.0
    return float(noise) if isinstance(noise, int | float) and 0 <= noise < 1e6 else None


def opened(arguments):
    """Arguments with the entries of dictionaries such as ``**params`` among them."""
    inner = {}
    for value in arguments.values():
        if isinstance(value, dict) and not {"shape", "type", "function"} & set(value):
            inner.update(value)
    return {**inner, **arguments}


def flat(arguments):
    """Arguments and the settings of objects among them, as pairs of a name and a summary."""
    for key, value in arguments.items():
        if isinstance(value, dict) and isinstance(value.get("settings"), dict):
            yield from value["settings"].items()
        elif isinstance(value, dict) and "shape" not in value:
            yield from ((k, v) for k, v in value.items() if not isinstance(v, dict))
        else:
            yield key, value


def plane_arrays(call, lists=True):
    """Summaries of the sets of points in the plane among a call's arguments, each with its number of `rows`.

    Shapes (n, 2) and (2, n) with n > 3; with `lists` also lists of entries whose width is not known.
    """
    return [{**a, "rows": rows} for a in arrays_of(call) if (rows := rows_in_plane(a, lists)) > 3]


def rows_in_plane(summary, lists=True):
    """Number of points in the plane that an array may hold; 0 for one of another width."""
    shape = summary["shape"]
    if len(shape) == 1:
        return shape[0] if lists and summary.get("dtype") in {"list", "tuple"} else 0
    if len(shape) != 2:
        return 0
    return shape[0] if shape[1] == 2 else shape[1] if shape[0] == 2 else 0


def as_value(value):
    """A hyperparameter as a number or tuple of numbers; None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value)
    if (
        isinstance(value, list | tuple)
        and value
        and all(isinstance(v, int | float) for v in value)
        and len(value) <= 3
    ):
        return tuple(float(v) for v in value) if len(set(value)) > 1 else float(value[0])
    return None


def numbers_in(value):
    """Numbers in a summary: itself, or those of a short list."""
    if isinstance(value, bool):
        return set()
    if isinstance(value, int | float):
        return {float(value)}
    if isinstance(value, list | tuple):
        return {float(v) for v in value if isinstance(v, int | float) and not isinstance(v, bool)}
    return set()


def is_setting(key, role):
    return bool(re.search(SETTINGS[role], key, re.I)) and not re.search(NO_SETTING, key, re.I)


def keeps_one_sample(binding):
    """Whether the discrepancy is an object that is made with one sample and asked about the other."""
    plan = binding.plan if binding is not None else {}
    plans = [plan, *plan.get("plans", {}).values()]
    made = [a for one in plans for a in (one.get("construct") or {}).get("arguments", ())]
    return any(argument["slot"].startswith("argument:") for argument in made)


def comparisons(calls, arrays_in, *, one_sided):
    """The calls that compare two samples: with two arrays, or with one where an object keeps the other sample."""
    least = 1 if one_sided else 2
    asking = [call for call in calls if not (one_sided and call.name.endswith("__init__"))]
    return tuple(call for call in asking if len(arrays_in(call)) >= least)
