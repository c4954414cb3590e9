"""p(x|c) as the hand-in gets it by its own p(x): called, or fitted, with the points of one class."""

import ast
from dataclasses import dataclass, replace

import numpy as np

from grader.records import Verdict
from grader.syntax import parse, unversioned
from reference.classification.questions.circles import RADII, agree, factor, in_circle, scene
from reference.classification.questions.fixed_number import STEP, fixed_among, number_used, rows_called
from reference.classification.questions.neighbours import neighbours_of
from reference.classification.questions.ones_outside import Code, last_name

DEEPEST = 4
GOING_THROUGH = frozenset(["enumerate", "zip", "items", "values", "list", "tuple", "reversed"])
"""Functions and methods that give the entries of what they are given to a loop."""


@dataclass(frozen=True)
class OneClass:
    """The points of one class with a model of their own, and fresh points to ask about."""

    points: np.ndarray
    queries: np.ndarray
    k: int
    model: object
    radius: np.ndarray

    @property
    def wanted(self):
        """k / (N_c V_c) at the queries."""
        return in_circle(self.k, len(self.points), self.radius)

    def answer(self):
        """What the hand-in's p(x) says of the queries."""
        return np.asarray(self.model.density(self.queries), dtype=float)


def hands_over_a_class(team, lab):
    """Whether the code calls its density, or the fit before it, with points that are chosen by their label."""
    binding = team.binding("knn")
    names = {unversioned(binding.methods.get(m, m).rpartition(".")[2]) for m in ("density", "fit")}
    names |= {binding.symbol.rpartition(".")[2]} if binding.kind == "class" else set()
    texts = [cell.source for cell in lab.transcript.code] + list(lab.transcript.modules)
    code = Code([tree for tree in map(parse, texts) if tree is not None])
    return any(
        chosen_by_label(value, scope, code)
        for scope, call in code.calls
        if last_name(call.func) in names
        for value in (*call.args, *(k.value for k in call.keywords))
    )


def chosen_by_label(node, scope, code, deep=0):
    """Whether an expression is an array indexed by a comparison of labels with one of them, also by way of names."""
    if deep > DEEPEST:
        return False
    for inner in ast.walk(node):
        if isinstance(inner, ast.Subscript) and compares(inner.slice, scope, code):
            return True
    names = [n.id for n in (node, *written_out(node)) if isinstance(n, ast.Name)]
    values = [
        v for n in names for v in (*code.values(scope, n), *code.looped(scope, n), *passed(n, scope, code))
    ]
    return any(chosen_by_label(value, where, code, deep + 1) for where, value in values)


def written_out(node):
    """The entries of what a loop goes through, as far as they stand there: of lists in ``enumerate`` and ``zip``, too."""
    if isinstance(node, ast.Tuple | ast.List):
        inner = node.elts
    elif isinstance(node, ast.Dict):
        inner = node.values
    elif isinstance(node, ast.Call) and last_name(node.func) in GOING_THROUGH:
        inner = [*node.args, *([node.func.value] if isinstance(node.func, ast.Attribute) else [])]
    else:
        return [node]
    return [one for entry in inner for one in written_out(entry)]


def passed(name, scope, code):
    """What calls pass for a parameter of the function in which a name stands, and the scopes of these calls."""
    function = code.functions.get(scope.rpartition(".")[2])
    names = [a.arg for a in function.args.args] if function is not None else []
    for outside, call in code.calls if name in names else ():
        if last_name(call.func) == function.name:
            place = names.index(name) - (names[0] == "self")
            yield from ((outside, k.value) for k in call.keywords if k.arg == name)
            yield from ((outside, value) for value in call.args[place : place + 1])


def compares(node, scope, code, deep=0):
    """Whether an index is, or is made of, a comparison for equality."""
    if any(isinstance(n, ast.Compare) and isinstance(n.ops[0], ast.Eq) for n in ast.walk(node)):
        return True
    names = [n.id for n in ast.walk(node) if isinstance(n, ast.Name)] if deep < DEEPEST else []
    return any(compares(v, where, code, deep + 1) for n in names for where, v in code.values(scope, n))


def from_points_of_a_class(team, lab, ks, tolerance, least):
    """p(x), asked with the points of each class alone, is p(x|c): k / (N_c V_c)."""
    where = lab.on(team, "knn", "density")
    parts = [part for k in ks for part in classes_apart(team, lab, k)]
    answers = [part.answer() for part in parts]
    shares = {
        k: [agree(a, p.wanted, tolerance) for a, p in zip(answers, parts, strict=True) if p.k == k]
        for k in ks
    }
    measured = [
        lab.measured(f"share of points with the right p(x|c), k = {k}", np.mean(found), at_least=least)
        for k, found in shares.items()
    ]
    if all(m.passed for m in measured):
        lab.note(f"p(x|c) is what {where} gives for the points of class c alone.")
        return lab.own(*measured)
    if not lab.passed("knn.kneighbours") and follows_from_own(parts, answers, tolerance, least):
        lab.note("p(x|c) follows from the distances that your own kneighbours returns.")
        return lab.own(
            lab.measured("share of points with the p(x|c) of your neighbours", 1.0, at_least=least)
        )
    fixed = fixed_among([number_used(p, a, p.wanted) for p, a in zip(parts, answers, strict=True)])
    if fixed:
        return with_fixed_number(team, lab, where, fixed, measured)
    told = factor(answers, [part.wanted for part in parts])
    if told and not lab.passed("knn.density"):
        lab.note("p(x|c) follows from your own p(x), which has its own item.")
        return lab.own(
            lab.measured("share of points whose p(x|c) is your p(x) of the class", 1.0, at_least=least)
        )
    message = f"{where}, asked with the points of one class: the values are not k / (N_c V_c){told}."
    return lab.failed(message, "N_c counts the points of class c, V_c holds k of them.", *measured)


def classes_apart(team, lab, k):
    """A model for each class of one scene."""
    one = scene(team, lab, k)
    for label in np.unique(one.labels):
        group = one.labels == label
        points, labels = one.points[group], one.labels[group]
        truth = lab.reference.knn(k=k).fit(points, labels)
        radius = np.asarray(truth.kneighbours(one.queries)[0])[:, -1]
        yield OneClass(points, one.queries, k, team.knn(k=k).fit(points, labels), radius)


def follows_from_own(parts, answers, tolerance, least):
    """Whether the values are right for the distances that the hand-in itself returns."""
    own = [neighbours_of(p.model, p.points, p.queries, p.k).distances for p in parts]
    if any(distances is None for distances in own):
        return False
    return any(
        all(agree(a, in_circle(p.k, len(p.points), radius(d, p.k)), tolerance) >= least
            for a, p, d in zip(answers, parts, own, strict=True))
        for radius in RADII
    )  # fmt: skip


def with_fixed_number(team, lab, where, fixed, measured):
    """Divided by one number for every class: right only where each call of the hand-in has that many points."""
    rows = rows_called(team, lab)
    fewer = sorted(number for number in rows if number < fixed)
    if rows == {fixed}:
        lab.note(f"{where} divides by {fixed}, the number of points of each class.")
        return lab.own(
            lab.measured("number that p(x|c) is divided by, beside N_c", fixed, between=(fixed, fixed))
        )
    if not fewer or fixed not in rows or changes(team, lab):
        text = (
            f"{where} divides by {fixed}, however many points it is given: is that the number of each class?"
        )
        return lab.outcome(Verdict.REVIEW, text, STEP, *measured)
    text = (
        f"{where}: for the points of one class ({', '.join(map(str, fewer[:3]))} of them) it still divides by {fixed}, the "
        "number of all points. That is p(x, c) = p(c) p(x|c), and p(x|c) is asked for."
    )
    return replace(lab.failed(text, STEP, *measured), diagnosis="knn_class_density_over_all")


def changes(team, lab):
    """Whether a name that the density reads from outside is set more than once: its number may go with the class."""
    name = team.binding("knn").methods.get("density", "").rpartition(".")[2]
    texts = [cell.source for cell in lab.transcript.code] + list(lab.transcript.modules)
    code = Code([tree for tree in map(parse, texts) if tree is not None])
    function = code.functions.get(name)
    if function is None:
        return True
    own = {a.arg for a in ast.walk(function) if isinstance(a, ast.arg)}
    nodes = [n for n in ast.walk(function) if isinstance(n, ast.Name)]
    own |= {n.id for n in nodes if isinstance(n.ctx, ast.Store)}
    return any(len(code.assigned.get(("", n.id), ())) > 1 for n in nodes if n.id not in own)
