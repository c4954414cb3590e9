"""What the agent answers from inside the process with the team's code."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plain_child import PlainChild

from grader.errors import Exited, Flooded, Malformed, Overtime, Raised
from grader.records import Slice, Statement
from grader.team.conversation import Conversation
from grader.team.session import Session
from grader.team.wire import Handle, Hint, Name

Load = Callable[..., Conversation]


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    """Opens a process and loads statements into it, each given as source or (source, names, kind)."""
    opened: list[Conversation] = []

    def open_with(*statements: Any, seconds: float = 5.0, each: float = 20.0) -> Conversation:
        child = PlainChild(tmp_path)
        conversation = Conversation(child.channel, child, seconds)
        opened.append(conversation)
        entries = [as_entry(i, *(s if isinstance(s, tuple) else (s,))) for i, s in enumerate(statements)]
        conversation.outcomes = conversation.ask(  # type: ignore[attr-defined]
            "load", statements=entries, budget=20, each=each, seconds=25
        )
        return conversation

    yield open_with
    for conversation in opened:
        if not conversation.dead:
            conversation.end()


def as_entry(
    number: int, source: str, names: tuple[str, ...] = (), kind: str = "assignment"
) -> dict[str, Any]:
    text = textwrap.dedent(source).strip()
    return {"source": text, "origin": f"cell {number + 1}, line 5", "names": list(names), "kind": kind}


def value_of(conversation: Conversation, name: str) -> Any:
    return conversation.ask("get", target=Name(name))


def test_numbers_texts_and_none_come_back_as_they_are(load: Load) -> None:
    talk = load(
        "import numpy as np",
        "a = [True, None, 'text', {'k': 1, 2: (1, 'x'), (0, 1): 'pair'}]",
        "b, c, d, e = np.float32(0.5), np.int64(7), float('nan'), np.bool_(True)",
        "f = 10 ** 400",
    )
    assert value_of(talk, "a") == [True, None, "text", {"k": 1, 2: (1, "x"), "(0, 1)": "pair"}]
    assert [value_of(talk, name) for name in "bce"] == [0.5, 7, True]
    assert math.isnan(value_of(talk, "d"))
    assert value_of(talk, "f") == math.inf


def test_everything_that_is_an_array_comes_back_as_an_array(load: Load) -> None:
    talk = load(
        "import numpy as np, pandas as pd, scipy.sparse",
        "a = np.arange(6).reshape(2, 3)[:, ::2]",
        "c = pd.DataFrame({'x': [1., 2.], 'y': [3., 4.]})",
        "d = [[1, 2], [3.5, 4]]",
        "f = [np.ones(2)] * 100",
        "g = scipy.sparse.eye(2, format='csr')",
        "h = np.ma.masked_array([1., 2.], mask=[0, 1])",
    )
    expected = {
        "a": [[0, 2], [3, 5]],
        "c": [[1, 3], [2, 4]],
        "d": [[1, 2], [3.5, 4]],
        "f": np.ones((100, 2)),
        "g": np.eye(2),
        "h": [1, np.nan],
    }
    for name, array in expected.items():
        got = value_of(talk, name)
        assert isinstance(got, np.ndarray), name
        np.testing.assert_array_equal(got, array, err_msg=name)


def test_a_pair_of_arrays_stays_a_pair(load: Load) -> None:
    talk = load("import numpy as np", "a = (np.ones((3, 2)), np.zeros(3))", "b = [np.ones(2), np.zeros(2)]")
    first, second = value_of(talk, "a")
    assert first.shape == (3, 2)
    assert second.shape == (3,)
    assert isinstance(value_of(talk, "b"), list)


def test_what_is_no_data_comes_back_as_a_handle_and_is_never_pickled(load: Load) -> None:
    talk = load(
        "import numpy as np",
        """
        class Bomb:
            def __reduce__(self):
                raise SystemExit('pickled')
        """,
        "a = np.array([Bomb(), 1], dtype=object)",
        "b = Bomb()",
        "c = (x for x in [1])",
        "d = [[[[[[[[[[[[1, 'deep']]]]]]]]]]]]",
    )
    for name, kind in (("a", "ndarray"), ("b", "Bomb"), ("c", "generator")):
        handle = value_of(talk, name)
        assert isinstance(handle, Handle)
        assert handle.type == kind
    assert value_of(talk, "b") == value_of(talk, "b"), "the same object has one handle"
    assert isinstance(value_of(talk, "d"), list)


def test_complex_and_enormous_answers_are_refused_with_a_reason(load: Load) -> None:
    talk = load(
        "import numpy as np",
        "a = np.ones(2) * 1j",
        "b = np.broadcast_to(1.0, (10**5, 10**4))",
        "c = 'x' * 10**6",
    )
    for name, words in (
        ("a", r"complex numbers of shape \(2,\)"),
        ("b", "too large"),
        ("c", "text of 1000000"),
    ):
        with pytest.raises(Malformed, match=words):
            value_of(talk, name)
    assert talk.ask("ping") == "pong"


def test_objects_are_constructed_called_read_and_dropped(load: Load) -> None:
    talk = load(
        """
        class Model:
            def __init__(self, width=0.5):
                self.width = width
                self.inner = {'a': [1, 2]}
            def fit(self, X):
                self.n = len(X)
                return self
        """
    )
    model = talk.ask("construct", target=Name("Model"), kwargs={"width": 2.0})
    assert talk.ask("call", target=model, attribute="fit", args=[np.zeros((4, 2))]) == model
    assert talk.ask("get", target=model, attribute="n") == 4
    assert isinstance(talk.ask("call", target=model, attribute="inner.get", args=["a"], keep=True), Handle)
    talk.ask("drop", handles=[model.id])
    with pytest.raises(Malformed, match="not kept any more"):
        talk.ask("get", target=model, attribute="n")


def test_arguments_are_private_writable_copies(load: Load) -> None:
    talk = load("def spoil(X):\n    X[:] = 0\n    return X")
    sent = np.ones((2, 3))
    np.testing.assert_array_equal(talk.ask("call", target=Name("spoil"), args=[sent]), np.zeros((2, 3)))
    assert sent.sum() == 6


def test_an_exception_comes_with_its_place_in_the_cell(load: Load) -> None:
    talk = load("x = 1", "def f(a):\n    b = a + 1\n    return b / 0")
    with pytest.raises(Raised) as caught:
        talk.ask("call", target=Name("f"), args=[1])
    assert caught.value.kind == "ZeroDivisionError"
    assert caught.value.lines == ("cell 2, line 7, in f: return b / 0",)
    assert str(caught.value) == "cell 2, line 7, in f: ZeroDivisionError: division by zero"


def test_an_exception_inside_a_library_points_at_the_teams_own_line(load: Load) -> None:
    talk = load("import statistics\ndef f():\n    return statistics.mean([])")
    with pytest.raises(Raised, match="cell 1, line 7, in f: StatisticsError") as caught:
        talk.ask("call", target=Name("f"))
    assert caught.value.lines[-1].startswith("library ")


@pytest.mark.parametrize(
    ("body", "fault", "words"),
    [
        ("raise SystemExit(3)", Exited, r"exit\(3\)"),
        ("exit()", Exited, r"exit\(None\)|exit\(0\)"),
        ("return bytearray(10**15)", Raised, "MemoryError"),
        ("raise type('Odd', (BaseException,), {'__str__': lambda s: 1 / 0})()", Raised, "Odd"),
        ("return f()", Raised, "RecursionError"),
        ("print('x' * 10**7)", Flooded, "printed more"),
        (
            "import sys\n    try: sys.stderr.write('x' * 10**7)\n    except BaseException: return 1",
            Flooded,
            "printed more",
        ),
        ("raise KeyboardInterrupt", Raised, "KeyboardInterrupt"),
        ("while True: pass", Overtime, "was interrupted"),
        ("return undefined_name", Raised, "undefined_name"),
    ],
)
def test_whatever_a_function_does_the_next_question_is_answered(
    load: Load, body: str, fault: type[Exception], words: str
) -> None:
    talk = load(f"def f():\n    {body}", seconds=0.6)
    with pytest.raises(fault, match=words):
        talk.ask("call", target=Name("f"))
    assert talk.ask("ping") == "pong"


def test_a_forked_copy_ends_itself_and_one_answer_comes(load: Load) -> None:
    talk = load("import os\ndef f():\n    os.fork()\n    return 5")
    assert [talk.ask("call", target=Name("f")) for _ in range(3)] == [5, 5, 5]


def test_replaced_built_ins_and_libraries_do_not_stop_the_answers(load: Load) -> None:
    talk = load(
        "import json, struct, os, signal, sys, time, numpy as np, builtins",
        """
        def f(X):
            json.dumps = json.loads = struct.pack = struct.unpack = None
            os.read = os.write = os.getpid = np.asarray = np.frombuffer = None
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            sys.stdout = None
            return X + 1
        """,
    )
    for _ in range(2):
        np.testing.assert_array_equal(talk.ask("call", target=Name("f"), args=[np.zeros(3)]), np.ones(3))


def test_prints_are_counted_and_not_shown(load: Load) -> None:
    talk = load("def f():\n    print('four')\n    return 1")
    assert talk.ask("call", target=Name("f")) == 1
    assert talk.printed == 5


# ---- loading ----------------------------------------------------------------------------------------------


def test_a_statement_that_fails_is_reported_and_the_rest_is_kept(load: Load) -> None:
    talk = load("a = 1", "b = a / 0", "c = a + 1")
    outcomes = talk.outcomes  # type: ignore[attr-defined]
    assert [outcome["ok"] for outcome in outcomes] == [True, False, True]
    assert outcomes[1]["kind"] == "ZeroDivisionError"
    assert outcomes[1]["line"] == 5
    assert value_of(talk, "c") == 2


def test_a_missing_package_is_named_and_its_names_explain_themselves_when_used(load: Load) -> None:
    talk = load(
        ("import nosuchpackage.inner as nsp", ("nsp",), "import"),
        ("@nsp.jit(fast=True)\ndef f(x):\n    return 2 * x", ("f",), "function"),
        ("def g():\n    return nsp.plot(1)", ("g",), "function"),
        ("class Child(nsp):\n    pass", ("Child",), "class"),
    )
    outcomes = talk.outcomes  # type: ignore[attr-defined]
    assert outcomes[0]["missing"] == "nosuchpackage"
    assert outcomes[1]["undecorated"] is True
    assert talk.ask("call", target=Name("f"), args=[4]) == 8
    with pytest.raises(Raised, match="the package 'nosuchpackage' is missing"):
        talk.ask("call", target=Name("g"))
    assert outcomes[3]["ok"] is False


def test_a_slow_statement_is_cut_off_and_leaves_a_stub(load: Load) -> None:
    talk = load(
        ("import time", ("time",), "import"),
        ("try:\n    time.sleep(30)\nexcept Exception:\n    pass\nslow = 1", ("slow",)),
        ("def f():\n    return slow + 1", ("f",), "function"),
        each=0.4,
    )
    assert talk.outcomes[1]["kind"] == "OutOfTime"  # type: ignore[attr-defined]
    with pytest.raises(Raised, match="cell 2, line 5 took too long"):
        talk.ask("call", target=Name("f"))


def test_exit_and_floods_in_a_statement_do_not_end_the_loading(load: Load) -> None:
    talk = load("exit(1)", "print('x' * 10**7)", "a = 3")
    kinds = [outcome.get("kind") for outcome in talk.outcomes]  # type: ignore[attr-defined]
    assert kinds == ["SystemExit", "Flood", None]
    assert value_of(talk, "a") == 3


def test_notebook_magic_and_installs_are_harmless(load: Load) -> None:
    talk = load(
        "get_ipython().run_line_magic('matplotlib', 'inline')",
        "get_ipython().system('pip install nosuchpackage')",
        "files = get_ipython().getoutput('ls')",
        "display(3)",
    )
    assert all(outcome["ok"] for outcome in talk.outcomes)  # type: ignore[attr-defined]
    assert value_of(talk, "files") == []


def test_future_imports_hold_for_later_statements(load: Load) -> None:
    later = "def f(x: not_defined_anywhere):\n    return x"
    assert load(later).outcomes[0]["ok"] is False  # type: ignore[attr-defined]
    talk = load("from __future__ import annotations", later)
    assert talk.outcomes[1]["ok"] is True  # type: ignore[attr-defined]


def test_modules_of_the_hand_in_are_importable_and_described(load: Load, tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text(
        "import numpy\nclass Density:\n    def fit(self, X):\n        return self\n"
    )
    talk = load("import models", "from models import Density as Estimator")
    entries = {entry["name"]: entry for entry in talk.ask("names")}
    assert entries["models.Density"]["module"] == "models"
    assert entries["Estimator"]["kind"] == "class"
    assert isinstance(talk.ask("construct", target=Name("models.Density")), Handle)
    assert "models.numpy" not in entries


# ---- names ------------------------------------------------------------------------------------------------


def test_names_describe_classes_functions_instances_and_values(load: Load) -> None:
    talk = load(
        "import numpy as np",
        "from fractions import Fraction",
        """
        class Parent(Fraction):
            def __init__(self, h=0.1, *, seed=None): pass
            @staticmethod
            def kernel(x, y=2): pass
            @property
            def broken(self): raise ValueError
        """,
        "class Child(Parent):\n    'A child.'\n    def fit(self, X, y=None): pass",
        "def density(X, h: float, *rest, mode='se', **more): return 1",
        "swap = lambda a, b: (b, a)",
        "fast = np.vectorize(swap)",
        "child = Child()",
        "X = np.zeros((3, 2))",
        "_hidden = 1",
    )
    entries = {entry["name"]: entry for entry in talk.ask("names")}
    assert set(entries) == {"Parent", "Child", "density", "swap", "fast", "child", "X"}
    kinds = {name: entry["kind"] for name, entry in entries.items()}
    assert kinds == {
        "Parent": "class", "Child": "class", "density": "function", "swap": "function",
        "fast": "function", "child": "instance", "X": "value",
    }  # fmt: skip
    child = entries["Child"]
    assert [p["name"] for p in child["parameters"]] == ["h", "seed"]
    assert child["parameters"][0]["value"] == 0.1
    assert [p["name"] for p in child["methods"]["kernel"]] == ["x", "y"]
    assert child["methods"]["fit"][0] | {"kind": ""} == {
        "name": "X",
        "kind": "",
        "default": None,
        "required": True,
    }
    assert "limit_denominator" in child["inherited"]
    assert child["doc"] == "A child."
    assert "fractions.Fraction" in child["bases"]
    assert [p["kind"] for p in entries["density"]["parameters"]] == [
        "positional_or_keyword", "positional_or_keyword", "var_positional", "keyword_only", "var_keyword",
    ]  # fmt: skip
    assert entries["density"]["parameters"][1]["annotation"] == "float"
    assert entries["X"]["shape"] == [3, 2]


def test_a_class_that_its_instance_overwrote_can_still_be_had(load: Load) -> None:
    talk = load(
        ("class KDE:\n    def fit(self): return 'class'", ("KDE",), "class"),
        ("KDE = KDE()", ("KDE",)),
    )
    entries = {entry["name"]: entry for entry in talk.ask("names")}
    assert entries["KDE"]["kind"] == "instance"
    assert entries["KDE#0"]["kind"] == "class"
    assert entries["KDE#0"]["shadowed"] is True
    again = talk.ask("construct", target=Name("KDE#0"))
    assert talk.ask("call", target=again, attribute="fit") == "class"


# ---- torch ------------------------------------------------------------------------------------------------

NETWORK = """
import random, numpy as np, torch
class Net(torch.nn.Module):
    def __init__(self, dtype=torch.float32):
        super().__init__()
        self.layer = torch.nn.Linear(2, 3, dtype=dtype)
        self.drop = torch.nn.Dropout(0.5)
    def forward(self, x):
        return self.drop(self.layer(x))
    def encode(self, x):
        assert self.training
        return self.layer(x)
    def fit(self, X):
        return str(type(X).__name__)
def train(net, X, y):
    return [str(X.dtype), str(y.dtype)]
def plain(X):
    return type(X).__name__
def draw():
    return [random.random(), float(np.random.rand()), float(torch.rand(1))]
graded = torch.arange(4.).reshape(2, 2).requires_grad_()
losses = [torch.tensor(0.5), torch.tensor(1.5)]
half = torch.ones(2, dtype=torch.bfloat16)
double = Net(torch.float64)
"""


@pytest.fixture(scope="module")
def torch_talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conversation]:
    """One process with torch in it for all tests that need it."""
    child = PlainChild(tmp_path_factory.mktemp("torch"))
    conversation = Conversation(child.channel, child)
    conversation.ask("load", statements=[as_entry(0, NETWORK)], seconds=30)
    yield conversation
    conversation.end()


def test_tensors_come_back_as_arrays(torch_talk: Conversation) -> None:
    np.testing.assert_array_equal(value_of(torch_talk, "graded"), [[0, 1], [2, 3]])
    np.testing.assert_array_equal(value_of(torch_talk, "losses"), [0.5, 1.5])
    np.testing.assert_array_equal(value_of(torch_talk, "half"), [1, 1])


def test_the_seed_settles_all_global_generators(torch_talk: Conversation) -> None:
    draws = []
    for seed in (1, 1, 2):
        torch_talk.ask("seed", seed=seed)
        draws.append(tuple(torch_talk.ask("call", target=Name("draw"))))
    assert draws[0] == draws[1] != draws[2]
    assert len(set(draws[0])) == 3


def test_a_torch_module_gets_tensors_of_its_own_kind_and_is_called_in_evaluation_mode(
    torch_talk: Conversation,
) -> None:
    talk = torch_talk
    net, inputs = talk.ask("construct", target=Name("Net")), np.random.default_rng(0).normal(size=(5, 2))
    first, second = (talk.ask("call", target=net, args=[inputs]) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert first.dtype == np.float32
    assert talk.ask("call", target=net, attribute="encode", args=[inputs]).shape == (5, 3)
    with pytest.raises(Raised, match="AssertionError"):
        talk.ask("call", target=net, attribute="encode", args=[inputs], evaluate=True)
    assert talk.ask("get", target=net, attribute="training") is True
    assert talk.ask("call", target=Name("double"), args=[inputs]).dtype == np.float64


def test_a_hint_decides_between_tensor_and_array(torch_talk: Conversation) -> None:
    talk = torch_talk
    net, X = talk.ask("construct", target=Name("Net")), np.ones((2, 2))
    assert talk.ask("call", target=net, attribute="fit", args=[X]) == "Tensor"
    assert talk.ask("call", target=net, attribute="fit", args=[Hint(X, "numpy")]) == "ndarray"
    assert talk.ask("call", target=Name("plain"), args=[X]) == "ndarray"
    assert talk.ask("call", target=Name("plain"), args=[Hint(X)]) == "Tensor"
    labels = np.array([0, 1])
    given = [net, Hint(X), Hint(labels)]
    assert talk.ask("call", target=Name("train"), args=given) == ["torch.float32", "torch.int64"]
    given[1] = Hint(X, "torch", "float64")
    assert talk.ask("call", target=Name("train"), args=given) == ["torch.float64", "torch.int64"]


def test_the_agent_imports_nothing_of_the_project() -> None:
    from plain_child import AGENT

    text = AGENT.read_text()
    assert "import grader" not in text
    assert "from grader" not in text
    assert "pickle.load" not in text


def test_a_session_loads_a_slice_in_the_folder_of_the_main_file(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "data.txt").write_text("5")
    (tmp_path / "work" / "own.py").write_text("number = 6")
    statements = (
        Statement("from own import number", "cell 1, line 1", ("number",), "import"),
        Statement(
            "def read():\n    return int(open('data.txt').read()) + number",
            "cell 2, line 1",
            ("read",),
            "function",
        ),
    )
    with Session(lambda: PlainChild(tmp_path), Slice(statements), folder="work") as session:
        assert session.call("read") == 11


def test_a_tensor_is_refused_where_the_hand_in_does_not_use_torch(load: Load) -> None:
    talk = load("def f(x):\n    return x")
    with pytest.raises(Malformed, match="does not use torch"):
        talk.ask("call", target=Name("f"), args=[Hint(np.ones(2))])
    np.testing.assert_array_equal(talk.ask("call", target=Name("f"), args=[np.ones(2)]), np.ones(2))
