"""What is asked of the code on digits: is a classifier shown generated digits, are classes counted, what is varied?

The answers say where something may be; see `digits_marks`.
"""

import ast
from functools import cached_property

from reference.generative_baselines.questions.digits_marks import Marks
from reference.generative_baselines.questions.digits_words import (
    ANY,
    COMPREHENSIONS,
    COUNTS,
    DISCREPANCY,
    DRAWS,
    MODELS,
    called,
    cuts,
    loose_names,
    scoped,
)


class Code(Marks):
    """Questions to the marked code of a notebook."""

    def _nodes(self, index):
        """(scope, node) of everything that a cell reaches."""
        for node in self.reached[index]:
            yield from scoped(node)

    def _questions(self, index):
        """(scope, call) of every call that a cell reaches."""
        return [(scope, node) for scope, node in self._nodes(index) if isinstance(node, ast.Call)]

    def asks_about_generated(self, index):
        """Whether the cell asks a classifier about generated digits."""
        return any(self.asks_generated(scope, call) for scope, call in self._questions(index))

    def scores_by_unrelated_labels(self, index):
        """Whether generated digits are compared with labels of real ones: ``score(generated, y_test)``."""
        for scope, node in self._nodes(index):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq):
                sides, asked = [node.left, *node.comparators], {"predicted"}
            elif isinstance(node, ast.Call) and called(node) in {
                "score",
                "accuracy_score",
                "confusion_matrix",
            }:
                sides, asked = [*node.args, *(k.value for k in node.keywords)], {"generated", "predicted"}
            else:
                continue
            others = [side for side in sides if not self._is_label(side)]
            if len(others) < len(sides) and any(self._of(scope, side) & asked for side in others):
                return True
        return False

    def _is_label(self, node):
        """Whether an expression is the labels of the data set, or some of them."""
        while isinstance(node, ast.Subscript):
            node = node.value
        return (isinstance(node, ast.Name) and node.id in self.labels) or (
            isinstance(node, ast.Attribute) and node.attr == "target"
        )

    def trains_on_generated(self, index):
        """Whether a classifier may be fitted to generated digits in a cell."""
        for scope, call in self._questions(index):
            if called(call) == "fit" and isinstance(call.func, ast.Attribute) and call.args:
                receiver = self._of(scope, call.func.value)
                if "classifier" in receiver and "generated" in self._of(scope, call.args[0]):
                    return True
        return False

    def asks_how_sure(self, index):
        """Whether a classifier's probabilities for generated digits, or pictures with its answers, are looked at."""
        asked = [call for scope, call in self._questions(index) if self.asks_generated(scope, call)]
        return any("proba" in called(call) for call in asked) or (bool(asked) and self.draws(index))

    def counts_classes(self, index):
        """Whether predicted classes of generated digits are counted."""
        for scope, call in self._questions(index):
            if called(call) in COUNTS and self._of(scope, call) & {"predicted"}:
                return True
        for scope, node in self._nodes(index):
            if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq) for op in node.ops):
                sides = [node.left, *node.comparators]
                if any("predicted" in self._of(scope, side) for side in sides) and not any(
                    map(self._is_label, sides)
                ):
                    return True
        return False

    def per_digit(self, index):
        """Whether data are selected by their label, as for one model per digit: ``X[y == digit]``."""
        for node in self.reached[index]:
            for part in ast.walk(node):
                if isinstance(part, ast.Subscript) and any(
                    isinstance(n, ast.Compare) and any(isinstance(op, ast.Eq) for op in n.ops)
                    for n in ast.walk(part.slice)
                ):
                    return True
        return False

    def uses_discrepancy(self, index):
        """Whether the cell computes a discrepancy."""
        names = self.names[index]
        return bool(names & self.discrepancy_names) or any(DISCREPANCY.search(name) for name in names)

    @cached_property
    def compares_training_data_only(self):
        """Whether every discrepancy of the section has a side by whose very name a generative model is fitted."""
        fitted, compared = set(), []
        for scope, call in (entry for index in self.section for entry in self._questions(index)):
            if called(call) == "fit" and call.args and isinstance(call.func, ast.Attribute):
                if not any("classifier" in mark for mark in self._of(scope, call.func.value)):
                    fitted.add((scope, ast.unparse(call.args[0])))
            elif called(call) in self.discrepancy_names or DISCREPANCY.search(called(call)):
                sides = [a for a in call.args[:2] if "generated" not in self._of(scope, a)]
                compared.append({(scope, ast.unparse(side)) for side in sides})
        return bool(compared) and all(sides and sides <= fitted for sides in compared)

    def varied(self, index, kind):
        """Names of hyperparameters of a kind that get values in a loop, or several values, in a cell."""
        found = {}
        for call in self.calls(index):
            if self.kind_of(called(call)) != kind and not (kind in MODELS and called(call) == "set_params"):
                continue
            given = [(k.arg, k.value) for k in call.keywords if k.arg and k.arg not in ANY]
            given += [("first", a) for a in call.args[:1]]
            for name, value in given:
                text = "varied" if not isinstance(value, ast.Constant) else repr(value.value)
                found.setdefault(name, set()).add(text)
        loops = self.loops(index)
        return {name for name, values in found.items() if ("varied" in values and loops) or len(values) >= 3}

    def loops(self, index):
        """Whether something is repeated in what a cell reaches."""
        kinds = (ast.For, ast.While, ast.comprehension)
        search = {"GridSearchCV", "validation_curve", "learning_curve", "map"}
        return bool(self.names[index] & search) or any(
            isinstance(n, kinds) for node in self.reached[index] for n in ast.walk(node)
        )

    def varies_size(self, index):
        """Whether a loop cuts training sets of different sizes: ``X[:n]``, ``choice(..., n)``, ``train_size=n``."""
        for node in self.reached[index]:
            if isinstance(node, ast.ClassDef):
                continue
            for loop in (
                n for n in ast.walk(node) if isinstance(n, ast.For | ast.FunctionDef | COMPREHENSIONS)
            ):
                if any(cuts(part, loose_names(loop)) for part in ast.walk(loop)) and self.loops(index):
                    return True
        return False

    def draws(self, index):
        """Whether the cell draws pictures."""
        return bool(self.names[index] & DRAWS)
