"""Words by which code on digits is read: classes of models, names of samplers, hyperparameters; and small readings of syntax."""

import ast
import re

KINDS = {
    "GaussianMixture": "mixture",
    "BayesianGaussianMixture": "mixture",
    "KernelDensity": "kernel density",
    "gaussian_kde": "kernel density",
    "multivariate_normal": "gaussian",
    "EmpiricalCovariance": "gaussian",
    "LedoitWolf": "gaussian",
    "OAS": "gaussian",
    "ShrunkCovariance": "gaussian",
    "MinCovDet": "gaussian",
    "GaussianNB": "gaussian",
    "RandomTreesEmbedding": "trees",
    "RandomForestClassifier": "classifier",
    "ExtraTreesClassifier": "other classifier",
}
LOADERS = {"load_digits"}
FOREST = re.compile(
    r"density_?forest|forest_?density|density_?tree|dichte_?(wald|forest)|^(hist\w*_?forest|df|det)$", re.I
)
OWN = (
    ("kernel density", re.compile(r"kde|kernel_?dens|kerndichte|parzen", re.I)),
    ("mixture", re.compile(r"gmm|mixture|mischung|^mog$", re.I)),
    ("gaussian", re.compile(r"gauss|normal(verteilung|_?dist)|^mvn", re.I)),
)
SAMPLERS = re.compile(r"^(sample|samples|draw|generate|rvs|ziehe|erzeug|synth|gen_|sampl)", re.I)
NOT_SAMPLERS = re.compile(r"score|resample|split|plot|show|print|weight|log", re.I)
ASKS = {"predict", "predict_proba", "predict_log_proba", "score"}
COUNTS = {"bincount", "Counter", "value_counts", "unique", "hist", "histogram", "countplot", "histplot", "count", "groupby", "classification_report"}  # fmt: skip
DRAWS = {"imshow", "matshow", "pcolormesh", "pcolor", "spy", "heatmap", "imsave", "gray"}
GENERATED_NAME = re.compile(
    r"sampl|generated|fake|synth|erzeugt|stichprob|^x_?gen|_gen$|^gen_?(x|data|digits)?$", re.I
)
LABEL_NAME = re.compile(r"^(y|t|lab|target|klasse|ziel|class|digit_?lab)", re.I)
HYPER = {
    "mixture": {"n_components", "covariance_type", "reg_covar"},
    "kernel density": {"bandwidth"},
    "forest": {
        "n_trees",
        "n_estimators",
        "max_depth",
        "depth",
        "min_samples_leaf",
        "min_leaf",
        "n_splits",
        "n_leafs",
        "n_leaves",
        "max_leafs",
        "max_leaf_nodes",
        "max_leaves",
        "min_gain",
        "n_bins",
        "bootstrap",
        "max_features",
    },
    "gaussian": {"reg_covar", "shrinkage"},
}
COMPREHENSIONS = ast.ListComp | ast.DictComp | ast.SetComp | ast.GeneratorExp
ANY = frozenset({"random_state", "rng", "seed", "verbose", "n_jobs"})
SECTION = re.compile(r"digit|ziffer|higher.{0,3}dim|h(ö|oe)her.{0,3}dim|hochdim|64.?d", re.I)
DISCREPANCY = re.compile(r"mmd|discrepan|diskrepan", re.I)
MODELS = ("forest", "mixture", "kernel density", "gaussian")
"""Kinds of generative models of this task."""


def side_by_side(target, value):
    """(target, value) one by one where a tuple is taken apart whose parts can be told: ``a, b = x, y`` or ``zip``."""
    if not isinstance(target, ast.Tuple):
        return []
    zipped = isinstance(value, ast.Call) and called(value) == "zip"
    sources = value.args if zipped else value.elts if isinstance(value, ast.Tuple) else []
    return list(zip(target.elts, sources, strict=True)) if len(sources) == len(target.elts) else []


def loose_names(loop):
    """Names that take other values in every round of a loop, or at every call of a function."""
    if isinstance(loop, ast.FunctionDef):
        return {n.arg for n in ast.walk(loop.args) if isinstance(n, ast.arg)}
    targets = [loop.target] if isinstance(loop, ast.For) else [part.target for part in loop.generators]
    return {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}


def cuts(part, loose):
    """Whether a piece of code takes a number of rows that varies."""

    def varying(node):
        return any(isinstance(n, ast.Name) and n.id in loose for n in ast.walk(node))

    if isinstance(part, ast.Subscript):
        places = part.slice.elts if isinstance(part.slice, ast.Tuple) else [part.slice]
        return any(isinstance(p, ast.Slice) and p.upper is not None and varying(p.upper) for p in places)
    if isinstance(part, ast.Call) and called(part) in {"choice", "permutation", "resample", "train_test_split"}:  # fmt: skip
        sizes = [k.value for k in part.keywords if k.arg in {"size", "n", "frac", "n_samples", "train_size", "test_size"}]  # fmt: skip
        sizes += part.args[1:2] if called(part) == "choice" else []
        return any(varying(size) for size in sizes)
    return False


def words(node):
    """Names and attributes that a piece of code uses."""
    found = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            found.add(part.id)
        elif isinstance(part, ast.Attribute):
            found.add(part.attr)
        elif isinstance(part, ast.keyword) and part.arg:
            found.add(part.arg)
    return found


def called(call):
    """Last part of the name of what is called."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def sampler(call):
    """Whether a call draws new data, by its name."""
    name = called(call)
    if (
        name == "sample"
        and call.args
        and isinstance(call.func, ast.Attribute)
        and root(call.func) == "random"
    ):
        return False
    return (bool(SAMPLERS.search(name)) and not NOT_SAMPLERS.search(name)) or (name in {"multivariate_normal", "resample_model"} and isinstance(call.func, ast.Attribute) and root(call.func) in {"np", "rng", "numpy"})  # fmt: skip


def root(node):
    """The name at the beginning of ``name.attribute[index]``; "" if there is none."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def own_parts(node):
    """Everything inside a statement, definitions inside it left out."""
    waiting = [node]
    while waiting:
        part = waiting.pop(0)
        if part is not node and isinstance(part, ast.FunctionDef | ast.ClassDef):
            continue
        yield part
        waiting.extend(ast.iter_child_nodes(part))


def scoped(node, scope=""):
    """(function's name, node) of everything inside a piece of code."""
    if isinstance(node, ast.FunctionDef):
        scope = node.name
    yield scope, node
    for child in ast.iter_child_nodes(node):
        yield from scoped(child, scope)
