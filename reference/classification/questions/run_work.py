"""What the whole hand-in does for each of the three tasks: its cells, the noted calls of its classifiers, its panels.

Cells are told apart by headings, by the names their code reaches and by the calls that were noted in them; a cell
of which nothing tells its task belongs to the same one as the cell above. One cell may serve all three.
"""

import ast
import re
from collections.abc import Iterable
from functools import cached_property

from grader.judge import figures
from grader.judge.source import source_of
from grader.judge.transcript import arrays_of
from grader.syntax import unversioned
from reference.classification.questions.run_words import (
    HEADED,
    K_NAME,
    NAMED,
    NUMBERED,
    ROLE_OF,
    ks_in,
    tells,
)

MOST_NOTES = 400
"""So many calls of one function are noted in a run."""
PLAIN_NAMES = {"fit", "predict", "__call__", "train", "softmax", "kneighbours", "kneighbors"}
"""Names of methods that say nothing of the class they belong to."""
PIXELS = {64, 65}
"""Columns of an array of digits, perhaps with a column of ones."""


class Work:
    """Facts of one hand-in, read once and shared by its items."""

    def __init__(self, team, transcript):
        self.transcript, self.source = transcript, source_of(transcript)
        roles = {task: role for task, role in ROLE_OF.items() if team.has(role)}
        self.names = {task: names_of(team.binding(role)) for task, role in roles.items()}
        self.homes = {task: homes_of(team.binding(role)) for task, role in roles.items()}

    @property
    def empty(self):
        """Whether there is nothing to look at: no notebook and no script were read."""
        return not self.transcript.code

    # ---- tasks --------------------------------------------------------------------------------------

    @cached_property
    def tasks(self):
        """Index of a cell of code -> the tasks it serves; one between two tasks of which nothing tells serves both."""
        headed = {cell.index: headed_task(cell.headings) for cell in self.transcript.code}
        headed = headed if len(set(headed.values()) - {0}) > 1 else {}
        own = {cell.index: self._told(cell, headed.get(cell.index, 0)) for cell in self.transcript.code}
        before, after = frozenset({1}), frozenset()
        following = {}
        for index in reversed(own):
            following[index] = after
            after = own[index] or after
        found = {}
        for index, told in own.items():
            found[index] = told or (before if headed else before | following[index])
            before = told or before
        return found

    def _told(self, cell, heading):
        """The tasks that a cell's heading, names and calls tell; empty where nothing does."""
        signs = self._signs(cell)
        if heading and (heading in signs or not signs):
            return frozenset({heading})
        return signs | {heading} if heading and named_by_file(cell) else signs

    def _signs(self, cell):
        names = used_names(self.source, cell)
        signs = set()
        for task, pattern in NAMED.items():
            known = self.names.get(task, frozenset()) if self._at_home(task, cell.part) else frozenset()
            named = any(name in known or tells(pattern, name) for name in names)
            if named or any(self._is_call_of(task, call) for call in cell.calls):
                signs.add(task)
        return frozenset(signs)

    def cells(self, task):
        """Cells of code that serve a task."""
        return [cell for cell in self.transcript.code if task in self.tasks[cell.index]]

    def unsettled(self, task):
        """Cells of other tasks alone that may be this one's: their heading says so, or none is above them and only
        what their code leads to speaks of the others."""
        found = []
        for cell in self.transcript.code:
            if task not in self.tasks[cell.index]:
                heading = headed_task(cell.headings)
                own = self.own_signs(cell) if not heading else frozenset()
                if heading == task or not (heading or own):
                    found.append(cell)
        return found

    def own_signs(self, cell):
        """Tasks of which names in the text of a cell itself speak."""
        tree = self.source.trees.get(cell.index)
        nodes = list(ast.walk(tree)) if tree is not None else []
        names = {n.id for n in nodes if isinstance(n, ast.Name)} | {n.attr for n in nodes if isinstance(n, ast.Attribute)}  # fmt: skip
        return frozenset(
            task
            for task, pattern in NAMED.items()
            if any(tells(pattern, n) or n in self.names.get(task, frozenset()) - PLAIN_NAMES for n in names)
        )

    def texts(self, task):
        """Cells of text that stand among the cells of a task, or right below them."""
        served, found, now = self.tasks, [], frozenset({1})
        for cell in self.transcript.cells:
            now = served.get(cell.index, now)
            heading = headed_task(cell.headings)
            if cell.kind == "markdown" and (heading == task or (task in now and not heading)):
                found.append(cell)
        return found

    def sure(self, task):
        """Whether our run showed everything that a task's cells do."""
        return self.transcript.complete and not any(
            cell.status not in {"ok", ""} for cell in self.cells(task)
        )

    # ---- calls --------------------------------------------------------------------------------------

    def calls(self, task):
        """Noted calls of a task's classifier, or of functions named like it; libraries left out."""
        return [call for call in self.transcript.observed.calls if self._is_call_of(task, call)]

    def _is_call_of(self, task, call):
        if call.name.startswith("sklearn."):
            return False
        kind = owner_of(call).get("type", "")
        words = {*call.name.split("."), kind} - {""}
        known = self.names.get(task)
        if not known:
            return any(tells(NAMED[task], word) for word in words)
        if known <= PLAIN_NAMES and self.homes[task]:  # functions that other files have under the same names
            return call.name in known and self._at_home(task, self._part(call.cell))
        return not words.isdisjoint(known)

    def _at_home(self, task, part):
        """Whether a file may mean the task's own functions by names that are found in several files."""
        homes = self.homes.get(task)
        return not homes or not part or not self.names[task] <= PLAIN_NAMES or part in homes

    def _part(self, index):
        cells = self.transcript.cells
        return cells[index].part if 0 <= index < len(cells) else ""

    @cached_property
    def called_ks(self):
        """Numbers of neighbours with which the hand-in's own classifier was called."""
        return {k for call in self.calls(1) for k in ks_of(call)}

    @cached_property
    def told_ks(self):
        """Numbers of neighbours that figures and prints of the first task tell."""
        texts = [cell.ours.text + "\n" + cell.stored.text for cell in self.cells(1)]
        texts += [words_of(drawn) for drawn in self.drawn(1)]
        return {k for text in texts for k in ks_in(text)}

    def capped(self, task):
        """Whether later calls may have gone unnoticed."""
        names = [call.name for call in self.calls(task)]
        return any(names.count(name) >= MOST_NOTES for name in set(names))

    # ---- panels -------------------------------------------------------------------------------------

    def drawn(self, task):
        """Panels that a task's cells drew in our run."""
        return list(figures.drawn_in(self.cells(task)))

    def drawing(self, task, calls: Iterable[str]):
        """Cells of a task whose code reaches one of these drawing functions."""
        return [cell for cell in self.cells(task) if cell.uses(*calls)]


def work_of(team, lab):
    """The facts of this hand-in, read once."""
    return lab.once("what the whole work does", lambda _: Work(team, lab.transcript))


def used_names(source, cell):
    """Names that a cell uses or defines, those of the hand-in's functions that it reaches included; imports left out."""
    found = set()
    for node in source.reached(cell):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
    defined = source.trees[cell.index].body if cell.index in source.trees else ()
    return found | {node.name for node in defined if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def names_of(binding):
    """Names of a classifier's class or functions."""
    symbols = [binding.symbol, *(binding.methods.values() if binding.kind != "class" else ())]
    words = set(re.findall(r"[\w.]+", unversioned(", ".join(symbols))))
    words = {word.rpartition(".")[2] for word in words}
    words = {word for word in words if word.isidentifier()}  # not the place of a part that a fit returns
    return frozenset(words - PLAIN_NAMES) or frozenset(words)


def homes_of(binding):
    """Files of the functions whose names stand in several: ``task2.predict`` is at home in ``task2.py``."""
    symbols = [*re.findall(r"[\w.]+", unversioned(binding.symbol)), *binding.methods.values()]
    before = {symbol.rpartition(".")[0] for symbol in symbols if binding.kind == "functions"} - {""}
    return frozenset(f"{module.replace('.', '/')}.py" for module in before)


def named_by_file(cell):
    """Whether the heading of a cell is the name of its file, which tells the task by number or word."""
    return bool(cell.part) and any(h == cell.part and headed_task((h,)) for h in cell.headings)


def headed_task(headings):
    """The task that headings speak of, the outermost first; 0 where none tells one alone."""
    for heading in headings:
        numbered = re.search(NUMBERED, heading, re.I)
        if numbered:
            return int(numbered[1])
        spoken = [task for task, pattern in HEADED.items() if tells(pattern, heading)]
        if len(spoken) == 1:
            return spoken[0]
    return 0


def owner_of(call):
    """Summary of the object whose method is called; empty for a function."""
    own = call.arguments.get("self")
    return own if isinstance(own, dict) else {}


def ks_of(call):
    """Numbers of neighbours among a call's arguments and the settings of its object."""
    settings = owner_of(call).get("settings") or {}
    given = {**settings, **{key: value for key, value in call.arguments.items() if key != "self"}}
    return {
        int(value)
        for key, value in given.items()
        if type(value) in (int, float) and tells(K_NAME, key) and value >= 1 and int(value) == value
    }


def rows_given(call, columns):
    """Numbers of rows of the arrays with so many columns among a call's arguments, with their fingerprints."""
    return [
        (int(a["shape"][0]), str(a.get("print", "")))
        for a in arrays_of(call)
        if len(a["shape"]) == 2 and a["shape"][1] in columns
    ]


def words_of(drawn):
    """All texts that belong to a panel: its own and its figure's, labels of colour bars included."""
    panel, figure = drawn.panel, drawn.figure
    bars = [f"{bar.xlabel} {bar.ylabel} {bar.title}" for bar in figure.panels if bar.kind == "colorbar"]
    parts = [panel.title, *panel.legend, *panel.texts, *(layer.label for layer in panel.layers)]
    return " ".join(part for part in (*parts, figure.title, *figure.texts, *figure.legend, *bars) if part)
