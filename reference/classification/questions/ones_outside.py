"""Whether a hand-in's code adds a column of ones to points before it hands them to one of its own functions."""

import ast

from grader.syntax import parse

WITH_ONES = frozenset(["hstack", "column_stack", "c_", "concatenate", "append", "insert", "pad"])
NEEDS_AXIS = frozenset(["concatenate", "append", "insert"])
ALONE = frozenset(["add_constant", "add_dummy_feature", "PolynomialFeatures"])
ONES = frozenset(["ones", "ones_like", "full"])


def adds_ones(team, lab, role, methods, *, any_argument=False):
    """True, False, or None where no call of these methods of a role is to be seen.

    A call's first argument (or each) is followed through assignments to the names in it, in the function that holds
    the call, else at the top, and into functions of the hand-in that return one array.
    """
    binding = team.binding(role)
    named = binding.methods or {m: m for m in methods}
    theirs = {named[m].rpartition(".")[2] for m in methods if m in named}
    texts = [cell.source for cell in lab.transcript.code] + list(lab.transcript.modules)
    code = Code([tree for tree in map(parse, texts) if tree is not None])
    given = []
    for scope, call in code.calls:
        values = [*call.args, *(k.value for k in call.keywords)]
        if last_name(call.func) not in theirs or not values:
            continue
        if binding.kind != "class" or receiver(call.func, scope, code, binding.symbol):
            given += [(scope, value) for value in (values if any_argument else values[:1])]
    return any(makes_ones(value, scope, code, set()) for scope, value in given) if given else None


class Code:
    """Functions, calls and assignments of a hand-in's cells, with the name of the function they stand in ("" outside)."""

    def __init__(self, trees):
        self.functions, self.calls, self.assigned, self.loops = {}, [], {}, {}
        for tree in trees:
            self._read(tree, "")

    def _read(self, node, scope):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef):
                self.functions[child.name] = child
            if isinstance(child, ast.Call):
                self.calls.append((scope, child))
            if isinstance(child, ast.Assign):
                for name in (n.id for t in child.targets for n in ast.walk(t) if isinstance(n, ast.Name)):
                    self.assigned.setdefault((scope, name), []).append(child.value)
            if isinstance(child, ast.For | ast.comprehension):
                for name in (n.id for n in ast.walk(child.target) if isinstance(n, ast.Name)):
                    self.loops.setdefault((scope, name), []).append(child.iter)
            inner = isinstance(child, ast.FunctionDef | ast.ClassDef)
            self._read(child, f"{scope}.{child.name}" if inner else scope)

    def values(self, scope, name):
        """What is assigned to a name where it is read, and the scopes of that."""
        here = [(scope, value) for value in self.assigned.get((scope, name), ())]
        return here or [("", value) for value in self.assigned.get(("", name), ())]

    def looped(self, scope, name):
        """What loops with this name go through where it is read, and the scopes of that."""
        here = [(scope, value) for value in self.loops.get((scope, name), ())]
        return here or [("", value) for value in self.loops.get(("", name), ())]


def receiver(node, scope, code, symbol):
    """Whether a method is called on an object of the class, or on a name that holds one."""
    if not isinstance(node, ast.Attribute):
        return False
    held = code.values(scope, last_name(node.value))
    return made_by(node.value, symbol) or any(made_by(value, symbol) for _, value in held)


def made_by(node, symbol):
    """Whether an expression builds an object of the class, perhaps with a method called at once."""
    return any(
        isinstance(n, ast.Call) and last_name(n.func) == symbol.rpartition(".")[2] for n in ast.walk(node)
    )


def makes_ones(value, scope, code, seen):
    """Whether an expression, or what its names were made of, adds a column of ones."""
    for node in ast.walk(value):
        if adds_column(node):
            return True
        name = node.id if isinstance(node, ast.Name) else ""
        if not name or (scope, name) in seen:
            continue
        seen.add((scope, name))
        if any(makes_ones(one, where, code, seen) for where, one in code.values(scope, name)):
            return True
        made = returned(code.functions[name]) if name in code.functions else []
        if any(makes_ones(one, f".{name}", code, seen) for one in made):
            return True
    return False


def adds_column(node):
    """Whether a call (or ``c_[...]``) puts ones beside something."""
    name = last_name(node.func) if isinstance(node, ast.Call) else ""
    name = last_name(node.value) if isinstance(node, ast.Subscript) else name
    if name in ALONE:
        return True
    if name not in WITH_ONES or (name != "c_") != isinstance(node, ast.Call):
        return False
    inner = list(ast.walk(node))
    ones = any(last_name(n) in ONES for n in inner) or (
        name in ("c_", "insert", "pad") and any(number(n, 1) for n in inner)
    )
    return ones and (name not in NEEDS_AXIS or along_columns(node))


def along_columns(call):
    """Whether the axis of a call is the second."""
    told = [k.value for k in call.keywords if k.arg == "axis"] or call.args[1:]
    return any(number(n, 1) or (isinstance(n, ast.UnaryOp) and number(n.operand, 1)) for n in told)


def number(node, value):
    return isinstance(node, ast.Constant) and not isinstance(node.value, bool | str) and node.value == value


def returned(function):
    """What a function returns, where that is no tuple."""
    found = [n.value for n in ast.walk(function) if isinstance(n, ast.Return) and n.value is not None]
    return [] if any(isinstance(value, ast.Tuple) for value in found) else found


def last_name(node):
    """The name of a name or attribute; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""
