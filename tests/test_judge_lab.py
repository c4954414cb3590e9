"""The lab: reproducible and secret seeds, data sets, the repeat of what failed by chance, checks' form."""

import numpy as np
import pytest

from grader.errors import Malformed, RubricFault
from grader.judge.checks import Measured, check, load_checks, validate_uses
from grader.judge.lab import LabFactory, Reference, load_reference, plain_data
from grader.records import Binding
from grader.rubric import Rubric


def cloud(n, rng, width=1.0):
    return width * rng.standard_normal((n, 2))


class Model:
    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X):
        return self


REFERENCE = Reference({"model": Model, "number": lambda X: 1.0}, {"cloud": cloud})


def lab_of(key=b"key", hand_in="hash", item="item"):
    return LabFactory(REFERENCE, key=key, hand_in=hand_in)(item, {})


def test_the_same_hand_in_gets_the_same_data_and_another_gets_other_data():
    assert np.array_equal(lab_of().cloud(5), lab_of().cloud(5))
    for other in (lab_of(key=b"other"), lab_of(hand_in="other"), lab_of(item="other")):
        assert not np.array_equal(lab_of().cloud(5), other.cloud(5))


def test_two_draws_in_one_check_differ_and_settings_reach_the_data_set():
    lab = lab_of()
    assert not np.array_equal(lab.cloud(5), lab.cloud(5))
    assert np.abs(lab.cloud(50, width=0.01)).max() < 0.1


def test_an_unknown_data_set_names_the_nearest():
    with pytest.raises(AttributeError, match="Did you mean 'cloud'"):
        lab_of().clouds(5)


def test_the_repeat_has_fresh_seeds_and_four_times_the_samples():
    seen = []

    def measure(lab):
        seen.append((lab.scale, lab.seed("x")))
        return (lab.likely("p", 1e-9 if lab.attempt == 1 else 0.5),)

    assert lab_of().repeat(measure)[0].passed
    assert [scale for scale, _ in seen] == [1, 4]
    assert seen[0][1] != seen[1][1]


def test_what_fails_twice_fails_and_what_passes_is_not_repeated():
    lab, calls = lab_of(), []

    def measure(lab):
        calls.append(lab.scale)
        return (lab.likely("p", 1e-9 if len(calls) < 3 else 0.5),)

    assert not lab.repeat(measure)[0].passed
    assert lab.repeat(measure)[0].passed
    assert calls == [1, 4, 1]


def test_what_items_share_is_made_once_with_seeds_of_its_own_and_faults_are_shared_too():
    factory = LabFactory(REFERENCE, key=b"key", hand_in="hash")
    first, second = (factory(item, {}).once("data", lambda lab: lab.cloud(3)) for item in ("a", "b"))
    assert first is second
    alone = LabFactory(REFERENCE, key=b"key", hand_in="hash")("b", {}).once("data", lambda lab: lab.cloud(3))
    assert np.array_equal(first, alone)
    calls = []

    def breaks(lab):
        calls.append(1)
        raise Malformed("wrong shape")

    for item in ("a", "b"):
        with pytest.raises(Malformed):
            factory(item, {}).once("broken", breaks)
    assert len(calls) == 1


@pytest.mark.parametrize(("value", "passed"), [(0.5, True), (1.0, True), (1.1, False), (float("nan"), False)])
def test_bounds_hold_and_nan_never_passes(value, passed):
    assert lab_of().measured("x", value, at_most=1.0).passed is passed


def test_bounds_are_told_in_words():
    lab = lab_of()
    assert lab.measured("x", 1, between=(0.98, 1.02)).wanted == "between 0.98 and 1.02"
    assert lab.measured("x", 1, at_least=1e-5).wanted == "at least 1e-05"
    with pytest.raises(RubricFault):
        lab.measured("x", 1)


def test_partial_never_hides_a_worse_measurement():
    lab = lab_of()
    assert lab.partial(0.5, "half").earned == 0.5
    assert lab.partial(0.5, "half", "", Measured("x", 1, "0", False)).earned == 0.0


def test_the_reference_is_a_team_with_seeded_models():
    team = REFERENCE.team(3)
    assert team.has("model", "fit") and not team.has("model", "sample") and not team.has("nothing")
    assert team.model().random_state == REFERENCE.team(3).model().random_state
    assert team.model(random_state=7).random_state == 7
    assert team.number(np.zeros(2)) == 1.0
    assert team.binding("model").confidence == 1.0


def test_names_on_the_page_are_the_teams_own():
    class Team:
        def binding(self, role):
            kinds = {
                "loose": Binding("loose", "kde", "functions", {"sample": "draw_kde"}),
                "model": Binding("model", "KDE", "class", {"score_samples": "predict"}),
                "number": Binding("number", "mmd2", "function"),
            }
            return kinds[role]

    lab = lab_of()
    assert lab.on(Team(), "model", "score_samples") == "KDE.predict"
    assert lab.on(Team(), "loose", "sample") == "draw_kde"
    assert lab.on(Team(), "number", "call") == "mmd2"
    assert lab.judged_on == ["KDE.predict", "draw_kde", "mmd2"]


def test_pictures_are_plain_data():
    assert plain_data({"a": np.arange(2), "b": [np.float64(1)]}) == {"a": [0, 1], "b": [1.0]}


def test_a_check_needs_a_sentence_and_knobs_without_defaults():
    with pytest.raises(RubricFault, match="no docstring"):

        @check
        def silent(team, lab):
            return []

    with pytest.raises(RubricFault, match="knob 'limit' must be keyword-only"):

        @check
        def with_default(team, lab, *, limit=3):
            """Sentence."""
            return []


def use(**use_of):
    item = {"id": "i", "task": "1", "title": "t", "points": 1, "checks": [use_of]}
    return Rubric.model_validate(
        {"sheet": "s", "title": "t", "draft": True, "max": 1, "tasks": {}, "items": [item]}
    )


@check
def small_gap(team, lab, *, tolerance):
    """The gap is small."""
    return lab.measured("gap", 0, at_most=tolerance)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"check": "smal_gap", "tolerance": 1}, "unknown check 'smal_gap'. Did you mean 'small_gap'"),
        ({"check": "small_gap", "tolerence": 1}, "no knob 'tolerence' Did you mean 'tolerance'"),
        ({"check": "small_gap"}, "needs a value for 'tolerance'"),
    ],
)
def test_a_rubric_that_does_not_fit_its_checks_is_told_where(wrong, words):
    with pytest.raises(RubricFault, match="item 'i'") as told:
        validate_uses(use(**wrong), {"small_gap": small_gap})
    assert words.split(".")[0] in str(told.value)
    assert words.rsplit("'", 2)[-2] in str(told.value)


def test_a_rubric_that_fits_is_accepted():
    rubric = use(check="small_gap", tolerance=1)
    validate_uses(rubric, {"small_gap": small_gap})
    assert rubric.item("i").checks[0].knobs == {"tolerance": 1}


def sheet_folder(tmp_path, number):
    folder = tmp_path / "course" / "reference" / f"sheet{number}"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("")
    (folder / "__init__.py").write_text("")
    (folder / "roles.py").write_text("ROLES = {'number': abs}\n")
    (folder / "data.py").write_text("def zeros(n, rng):\n    return [0.0] * n\n")
    (folder / "checks.py").write_text(
        "from grader.judge.checks import check\n\n@check\ndef exact(team, lab):\n"
        '    """It is exact."""\n    return lab.measured("gap", 0, at_most=0)\n'
    )
    return folder


def test_a_sheet_of_another_course_folder_is_loaded_and_names_do_not_clash(tmp_path):
    folder = sheet_folder(tmp_path, "_elsewhere")
    assert list(load_checks(folder / "checks.py")) == ["exact"]
    reference = load_reference(folder)
    assert list(reference.roles) == ["number"]
    assert reference.data["zeros"](2, rng=None) == [0.0, 0.0]
    other = sheet_folder(tmp_path / "second", "_elsewhere")
    (other / "roles.py").write_text("ROLES = {'other': abs}\n")
    assert list(load_reference(other).roles) == ["other"]


def test_a_missing_or_broken_file_of_a_sheet_is_the_rubrics_fault(tmp_path):
    folder = sheet_folder(tmp_path, "_broken")
    (folder / "roles.py").write_text("import no_such_module\n")
    with pytest.raises(RubricFault, match="no_such_module"):
        load_reference(folder)
    (folder / "checks.py").unlink()
    with pytest.raises(RubricFault, match="no such file"):
        load_checks(folder)
