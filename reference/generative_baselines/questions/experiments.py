"""What a notebook did with its models, in our run and as its code says: fits, samples, densities, discrepancies.

The facts are read once per hand-in and shared by the items on data, studies and plots of task 1.
"""

import re
from functools import cached_property

from grader.judge.figures import shows_numbers
from grader.judge.source import source_of
from grader.judge.transcript import arrays_of, prints_of
from reference.generative_baselines.questions.noted import (
    BANDWIDTH,
    HYPERPARAMETERS,
    LIBRARY,
    MMD_NAME,
    MOST_CALLS,
    MOST_NOTES,
    ROLES,
    Use,
    as_value,
    comparisons,
    flat,
    is_setting,
    keeps_one_sample,
    key_of,
    numbers_in,
    opened,
    plane_arrays,
    rows_in_plane,
)


class Experiments:
    """Facts of one hand-in's notebook about the models of task 1."""

    def __init__(self, team, transcript):
        self.team, self.transcript = team, transcript
        self.source = source_of(transcript)
        self._mmd_calls = {}
        self._bindings = {role: team.binding(role) for role in (*ROLES, "mmd") if team.has(role)}

    # ---- where things are ---------------------------------------------------------------------------

    def binding(self, role):
        """Where a role was found, or None."""
        return self._bindings.get(role)

    @cached_property
    def names(self):
        """Role -> names of its class or functions."""
        found = {}
        for role in (*ROLES, "mmd"):
            binding = self.binding(role)
            words = set(re.findall(r"\w+", binding.symbol)) if binding else set()
            if binding and binding.kind != "class":
                words |= {name for name in binding.methods.values() if name.isidentifier()}
            found[role] = words - {"__call__", "fit", "sample", "score_samples"}
        return found

    @cached_property
    def mmd_names(self):
        """Names by which code reaches the discrepancy: as found, or as names say."""
        defined = {n for cell in self.transcript.code for n in cell.names if re.search(MMD_NAME, n, re.I)}
        return frozenset(self.names["mmd"] | defined)

    def method_names(self, verb):
        """The teams' names of a method, over all models."""
        found = {verb}
        for role in ROLES:
            binding = self.binding(role)
            if binding:
                found.add(binding.methods.get(verb, verb))
        return frozenset(name for name in found if name.isidentifier())

    @cached_property
    def first_digits(self):
        """Index of the cell with which the second task's data begin; the number of cells where that is unclear."""
        end = len(self.transcript.cells)
        loads = [p.cell for p in self.source.calls("load_digits") if p.cell >= 0]
        moons = [p.cell for p in self.source.calls("make_moons") if p.cell >= 0]
        if loads and min(loads) > max(moons, default=-1):
            calls = [use.call for use in self._all_uses] + list(self.scores)
            plane = [call.cell for call in calls if plane_arrays(call, lists=False)]
            return min(loads) if max(plane, default=-1) < min(loads) else max(min(loads), max(plane) + 1)
        return end

    @property
    def last_cell(self):
        """Index of the first task's last cell."""
        return self.first_digits - 1

    @property
    def names_known(self):
        """Whether any model was found, so that its use in code can be told."""
        return any(self.names[role] for role in ROLES)

    @cached_property
    def cells(self):
        """Cells of code of the first task."""
        return tuple(cell for cell in self.transcript.code if cell.index < self.first_digits)

    # ---- noted calls --------------------------------------------------------------------------------

    @cached_property
    def uses(self):
        """Noted calls of the four models in the first task, in order; calls inside other models left out."""
        return tuple(use for use in self._all_uses if use.cell < self.first_digits)

    @cached_property
    def _all_uses(self):
        found, known = [], {}
        for call in self.transcript.observed.calls:
            role, verb = self._role_of(call)
            if role and not self._inside_other(call, role) and not self._other_width(call):
                key = (role, key_of(call))
                value = self._value(call, role, verb)
                if value is not None:
                    known[key] = value
                found.append(Use(role, verb, call, known.get(key) if key[1] else value))
        return tuple(found)

    @cached_property
    def scores(self):
        """Noted calls of the discrepancy on two sets of points in the plane, in order."""
        calls = [call for call in self.transcript.observed.calls if self._is_mmd(call.name, call)]
        names = {call.name for call in calls}
        calls = [call for call in calls if names.isdisjoint(call.within)]
        return comparisons(calls, plane_arrays, one_sided=keeps_one_sample(self.binding("mmd")))

    @cached_property
    def moons(self):
        """Noted calls of the data set's function."""
        return self.transcript.calls("make_moons")

    def _role_of(self, call):
        own = call.arguments.get("self")
        kind = own.get("type", "") if isinstance(own, dict) else ""
        owner, _, method = call.name.rpartition(".")
        owner = owner.rpartition(".")[2]
        if call.name.startswith("sklearn."):
            return (LIBRARY[owner], method) if owner in LIBRARY else ("", "")
        for role in ROLES:
            binding = self.binding(role)
            if binding is None:
                continue
            if binding.kind in {"functions", "function"}:
                verbs = [verb for verb, name in binding.methods.items() if name == call.name]
                if verbs:
                    return role, verbs[0]
            elif kind in self.names[role] or (not kind and owner in self.names[role]):
                return role, self._verb(binding, method)
        for role in ROLES:
            if owner and kind and owner in self.names[role]:
                return role, self._verb(self.binding(role), method)
        return "", ""

    def _verb(self, binding, method):
        for verb in ("fit", "sample", "score_samples"):
            if method == binding.methods.get(verb, verb):
                return verb
        return "made" if method == "__init__" else method

    def _inside_other(self, call, role):
        others = set().union(*(self.names[other] for other in ROLES if other != role)) - self.names[role]
        return any(part in others for name in call.within for part in name.split("."))

    def _other_width(self, call):
        """Whether the call is about data of another width, so about the second task."""
        own = call.arguments.get("self")
        if isinstance(own, dict) and own.get("settings", {}).get("n_features_in_", 2) not in {1, 2}:
            return True
        arrays = [a for a in arrays_of(call) if len(a["shape"]) == 2]
        return bool(arrays) and not any(rows_in_plane(a) or a["shape"][1] == 1 for a in arrays)

    def _is_mmd(self, name, call):
        own = call.arguments.get("self")
        kind = own.get("type", "") if isinstance(own, dict) else ""
        if (name, kind) not in self._mmd_calls:
            parts = {*name.split("."), kind}
            said = bool(re.search(MMD_NAME, f"{name} {kind}", re.I))
            self._mmd_calls[name, kind] = said or bool(parts & self.names["mmd"])
        return self._mmd_calls[name, kind]

    def _value(self, call, role, verb):
        if role not in HYPERPARAMETERS:
            return None
        binding = self.binding(role)
        own = call.arguments.get("self")
        settings = dict(own.get("settings", {})) if isinstance(own, dict) else {}
        given = opened({k: v for k, v in call.arguments.items() if k != "self"})
        theirs = binding.parameters.get(HYPERPARAMETERS[role], "") if binding else ""
        functions = binding is not None and binding.kind in {"functions", "function"}
        places = [given, settings] if functions or verb in {"made", "fit"} else [settings]
        for exact in (True, False):
            for place in places:
                for key, value in place.items():
                    bare = key.strip("_").casefold()
                    fits = bare == theirs.strip("_").casefold() if exact else is_setting(bare, role)
                    number = as_value(value)
                    if fits and number is not None:
                        return number
        return None

    # ---- what cells are about -----------------------------------------------------------------------

    @cached_property
    def judging(self):
        """Cells of the first task that compute the discrepancy: noted, or by their code."""
        noted = {call.cell for call in self.scores}
        calls = [c for c in self.transcript.observed.calls if self._is_mmd(c.name, c)]
        other = {c.cell for c in calls if self._other_width(c)} - noted
        return tuple(
            cell
            for cell in self.cells
            if cell.index in noted or (cell.uses(*self.mmd_names) and cell.index not in other)
        )

    def hidden(self, cells):
        """Those of the cells that our run did not bring to an end."""
        return tuple(cell for cell in cells if not cell.ran)

    def in_cells(self, cells, *verbs):
        """Uses of models in these cells."""
        wanted = {cell.index for cell in cells}
        return [use for use in self.uses if use.cell in wanted and (not verbs or use.verb in verbs)]

    def has_code(self, role, cells):
        """Cells whose code reaches a model's class or functions, or whose text speaks of it."""
        return [cell for cell in cells if self.names[role] and cell.uses(*self.names[role])]

    @cached_property
    def present(self):
        """Roles that the hand-in fills, by its own code or by a library's."""
        used = {use.role for use in self.uses}
        return tuple(role for role in ROLES if self.team.has(role) or role in used)

    @cached_property
    def trained_prints(self):
        """Fingerprints of the arrays that models were fitted to."""
        fits = [use for use in self.uses if use.verb in {"fit", "made"} or self._given_to_sampler(use)]
        return frozenset().union(*(use.prints for use in fits)) if fits else frozenset()

    @cached_property
    def moons_prints(self):
        """Fingerprints of the points that the data set's function returned."""
        found = set()
        for call in self.moons:
            result = call.result
            points = result[0] if isinstance(result, list | tuple) and result else result
            found |= prints_of(points)
        return frozenset(found)

    @cached_property
    def label_prints(self):
        """Fingerprints of the labels that came with the points."""
        found = set()
        for call in self.moons:
            if isinstance(call.result, list | tuple) and len(call.result) == 2:
                found |= prints_of(call.result[1])
        return frozenset(found)

    def _given_to_sampler(self, use):
        """A sampler in function style that takes the training data itself."""
        binding = self.binding(use.role)
        return (
            use.verb == "sample"
            and use.role == "kde"
            and binding is not None
            and binding.kind in {"functions", "function"}
        )

    def trainings(self, cells=None):
        """Uses that train a model on points in the plane."""
        uses = self.uses if cells is None else self.in_cells(cells)
        return [u for u in uses if u.rows and (u.verb in {"fit", "made"} or self._given_to_sampler(u))]

    def tested_on_training(self):
        """Share of the comparisons with new points in which the other side is what the model was fitted to.

        The model is the one that was drawn from last. Comparisons of two known sets, such as training with test
        data, do not count. None if no comparison is seen.
        """
        known = self.moons_prints | self.trained_prints
        fitted, current, found = {}, frozenset(), []
        for call, use in self._in_order():
            if use is None:
                prints = [str(a.get("print", "")) for a in plane_arrays(call)]
                if len(prints) > 1 and all(prints) and sum(one in known for one in prints) < 2:
                    found.append(any(one in current for one in prints))
            elif use.rows and (use.verb in {"fit", "made"} or self._given_to_sampler(use)):
                current = fitted[use.role] = fitted[use.role, key_of(call)] = use.prints
            elif use.verb == "sample":
                current = fitted.get((use.role, key_of(call)), fitted.get(use.role, frozenset()))
        return sum(found) / len(found) if found else None

    def _in_order(self):
        """Noted calls of discrepancies (with None) and of models (with their use), as they happened."""
        uses = {id(use.call): use for use in self.uses}
        scores = {id(call) for call in self.scores}
        for call in self.transcript.observed.calls:
            if id(call) in uses or id(call) in scores:
                yield call, uses.get(id(call))

    def capped(self, role):
        """Whether a function of a model was called so often that its later calls were not noted."""
        verbs = {"made", "fit", "sample"}
        names = {use.call.name for use in self.uses if use.role == role and use.verb in verbs}
        return self.full(names)

    def full(self, names):
        """Whether one of these functions, or all together, were noted as often as calls are noted at most."""
        calls = self.transcript.observed.calls
        return len(calls) >= MOST_CALLS or any(
            sum(c.name == name for c in calls) >= MOST_NOTES for name in names
        )

    def varies(self, role, least):
        """Whether any number among a model's settings takes so many values before it is judged, whatever its name."""
        values = {}
        for use in self.judged_uses:
            if use.role == role and use.verb in {"made", "fit", "sample"}:
                for key, value in use.numbers:
                    values.setdefault(key, set()).add(value)
        return any(len(found) >= least for found in values.values())

    @cached_property
    def judged_uses(self):
        """Uses in cells that compute the discrepancy, and in earlier ones that draw nothing."""
        last = max([call.cell for call in self.scores], default=-1)
        judging = {cell.index for cell in self.judging}
        cells = self.transcript.cells
        return [u for u in self.uses if u.cell in judging or (u.cell <= last and not cells[u.cell].figures)]

    def shown_from(self, cell, within=6):
        """Whether a cell, or one shortly below it, shows a figure or at least three numbers."""
        return any(
            shows_numbers(other)
            for other in self.transcript.code
            if cell.index <= other.index <= cell.index + within
            and other.index < max(self.first_digits, cell.index + 1)
        )

    def bandwidths(self, call):
        """Bandwidths of a noted discrepancy, as far as they are seen."""
        binding = self.binding("mmd")
        theirs = binding.parameters.get("bandwidth", "") if binding else ""
        found = set()
        for key, value in flat(call.arguments):
            if key == theirs or re.search(BANDWIDTH, key, re.I):
                found |= numbers_in(value)
        return found


def experiments(team, lab):
    """The facts of this hand-in, read once."""
    return lab.once("experiments of task 1", lambda _: Experiments(team, lab.transcript))
