"""What is kept of a hand-in when only its definitions count."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.records import Slice, Statement, Workspace
from grader.run.slice import slice_notebook, slice_script, slice_workspace


def cells(*sources: str) -> nbformat.NotebookNode:
    return new_notebook(cells=[new_code_cell(textwrap.dedent(source).strip("\n")) for source in sources])


def sources(found: Slice) -> list[str]:
    return [statement.source for statement in found.statements]


def kept(*parts: str) -> list[str]:
    return sources(slice_notebook(cells(*parts)))


def executed(found: Slice) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for statement in found.statements:
        exec(statement.source, namespace)
    return namespace


def test_imports_and_definitions_are_kept_and_the_rest_is_not() -> None:
    found = slice_notebook(
        cells(
            "import numpy as np, os.path\nfrom math import pi",
            "X = np.zeros(3)\nfor i in range(3):\n    X[i] = i\nprint(X)",
            "class A:\n    pass\ndef f(x):\n    return x\nasync def g(): ...",
            "with open('x') as file:\n    text = file.read()\nf(3)\n'text'",
        )
    )
    assert [(s.kind, s.names) for s in found.statements] == [
        ("import", ("np",)),
        ("import", ("os",)),
        ("import", ("pi",)),
        ("class", ("A",)),
        ("function", ("f",)),
        ("function", ("g",)),
    ]
    assert found.remarks == ()


def test_statements_know_their_cell_and_line() -> None:
    notebook = new_notebook(
        cells=[new_markdown_cell("# Title"), new_code_cell("\n\nx = 1\n\n@staticmethod\ndef f():\n    pass")]
    )
    (statement,) = slice_notebook(notebook).statements
    assert statement == Statement(
        "@staticmethod\ndef f():\n    pass", "cell 2, line 5", ("f",), "function", 1
    )


@pytest.mark.parametrize(
    "needed",
    [
        "def f():\n    return noise",
        "def f(x=noise):\n    return x",
        "@noise\ndef f(): ...",
        "class A(noise): ...",
        "class A:\n    width = noise",
        "class A:\n    def f(self):\n        return [noise for _ in range(3)]",
        "f = lambda x: x + noise",
        "def f():\n    def g():\n        return noise\n    return g",
        "def f():\n    global noise\n    noise = noise + 1",
        "def f(x: noise): ...",
    ],
)
def test_a_constant_is_kept_when_a_definition_needs_it(needed: str) -> None:
    assert "noise = 0.1" in kept("noise = 0.1", needed)


@pytest.mark.parametrize(
    "free_of_it",
    [
        "def f(noise):\n    return noise",
        "def f():\n    noise = 1\n    return noise",
        "def f():\n    return [noise for noise in range(3)]",
        "def f():\n    import noise\n    return noise",
        "def f():\n    try:\n        pass\n    except ValueError as noise:\n        return noise",
        "def f():\n    for noise in range(3):\n        print(noise)",
        "f = lambda noise: noise",
        "def f(x):\n    return x.noise",
    ],
)
def test_a_constant_is_dropped_when_the_name_is_local(free_of_it: str) -> None:
    assert "noise = 0.1" not in kept("noise = 0.1", free_of_it)


def test_what_a_needed_assignment_needs_is_kept_too() -> None:
    assert kept(
        "a = 1\nb = a + 1\nunused = 5",
        "c, (d, *rest) = b, (2, 3)\nc += 1\ntable = {}\ntable['k'] = d",
        "def f():\n    return c, table",
    ) == [
        "a = 1",
        "b = a + 1",
        "c, (d, *rest) = b, (2, 3)",
        "c += 1",
        "table = {}",
        "table['k'] = d",
        "def f():\n    return c, table",
    ]


def test_a_later_definition_wins_and_both_stay() -> None:
    found = slice_notebook(cells("def f():\n    return 1", "def f():\n    return 2"))
    assert len(found.statements) == 2
    assert executed(found)["f"]() == 2


def test_methods_put_into_a_class_afterwards_are_kept() -> None:
    found = slice_notebook(
        cells(
            "class A: pass",
            "def fit(self):\n    return 7",
            "A.fit = fit\nA.other, b = 1, 2\nmodel = A()\nmodel.x = 3",
        )
    )
    assert "A.fit = fit" in sources(found)
    assert "model.x = 3" not in sources(found)
    assert executed(found)["A"]().fit() == 7


def test_definitions_inside_if_and_try_are_kept_but_not_those_of_the_main_guard() -> None:
    found = slice_notebook(
        cells(
            "if True:\n    class A:\n        def f(self):\n            return '''a\nb'''",
            "try:\n    def g():\n        return 1\nexcept ValueError:\n    pass",
            "if something:\n    def h():\n        return 'first'\nelse:\n    def h():\n        return 'second'",
            "if False:\n    def never(): ...",
            "if __name__ == '__main__':\n    def main(): ...\n    main()",
        )
    )
    names = [name for statement in found.statements for name in statement.names]
    assert names == ["A", "g", "h", "h"]
    namespace = executed(found)
    assert namespace["h"]() == "first"
    assert namespace["A"]().f() == "a\nb"


def test_a_choice_between_values_stays_a_choice() -> None:
    source = "if flag:\n    device = 'a'\nelse:\n    device = 'b'"
    assert executed(slice_notebook(cells("flag = 0", source, "def f():\n    return device")))["f"]() == "b"
    assert source not in kept("flag = 0", source)


def test_a_guarded_import_keeps_its_fallback() -> None:
    found = slice_notebook(
        cells("try:\n    import nosuchpackage as p\nexcept ImportError:\n    print('none')\n    p = None")
    )
    assert found.statements[0].kind == "import"
    assert found.statements[0].names == ("p",)
    assert executed(found)["p"] is None


def test_functions_made_by_assignment_are_kept() -> None:
    assert kept("import numpy as np", "f = np.vectorize(len)\ng = lambda x: x\nh = len('abc')") == [
        "import numpy as np",
        "f = np.vectorize(len)",
        "g = lambda x: x",
    ]


def test_settings_that_change_definitions_are_kept() -> None:
    parts = kept(
        "import torch, sys\ntorch.set_default_dtype(torch.float64)\nsys.path.append('src')\ntorch.manual_seed(0)"
    )
    assert parts[2:] == ["torch.set_default_dtype(torch.float64)", "sys.path.append('src')"]


def test_magics_and_installs_do_not_break_a_cell() -> None:
    found = slice_notebook(
        cells(
            "%matplotlib inline\n!pip install seaborn\npip install torch\nimport math\nfiles = !ls\ndef f():\n    return files",
            "%%time\ndef g():\n    %timeit 1\n    return 2",
            "%%bash\ndef is not python",
            "len?\ndef h(): return 3",
        )
    )
    assert found.remarks == ()
    names = [name for statement in found.statements for name in statement.names]
    assert names == ["math", "files", "f", "g", "h"]
    assert [s.origin for s in found.statements if s.names[0] in "fgh"] == [
        "cell 1, line 6",
        "cell 2, line 2",
        "cell 4, line 2",
    ]


def test_a_cell_with_a_syntax_error_is_salvaged() -> None:
    source = """
    import math
    def good(x):
        text = '''
    not indented
    '''
        return math.pi

    this is no python
    if True:
        def other(): return 1
    else:
        pass

    class After:
        pass
    x = = 3
    """
    found = slice_notebook(cells(source))
    assert [name for s in found.statements for name in s.names] == ["math", "good", "other", "After"]
    (remark,) = found.remarks
    assert remark.kind == "syntax_error"
    assert remark.where == "cell 1, line 8"


def test_two_statements_on_a_line_are_told_apart() -> None:
    assert kept("a = 1; b = 2", "def f(): return b") == ["b = 2", "def f():\n    return b"] or kept(
        "a = 1; b = 2", "def f(): return b"
    ) == ["b = 2", "def f(): return b"]


def test_an_instance_that_replaces_its_class_is_kept_only_if_needed() -> None:
    parts = ("class KDE: ...", "KDE = KDE()")
    assert kept(*parts) == ["class KDE: ..."]
    assert kept(*parts, "def f():\n    return KDE") == [
        "class KDE: ...",
        "KDE = KDE()",
        "def f():\n    return KDE",
    ]


def test_a_script_is_sliced_with_its_name() -> None:
    found = slice_script("import math\n\ndef f():\n    return math.pi\n\nprint(f())\n", "src/models.py")
    assert [s.origin for s in found.statements] == ["src/models.py, line 1", "src/models.py, line 3"]
    assert found.statements[1].cell == -1


def workspace(folder: Path, main: str, **files: str) -> Workspace:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    scripts = tuple(name for name in files if name.endswith(".py"))
    notebooks = tuple(name for name in files if name.endswith(".ipynb"))
    return Workspace(folder, tuple(files), "", notebooks, scripts, main)


def test_a_workspace_puts_the_main_file_last_and_leaves_imported_scripts_as_modules(tmp_path: Path) -> None:
    main = nbformat.writes(cells("from models import KDE", "def f():\n    return 'main'"))
    hand_in = workspace(
        tmp_path,
        "main.ipynb",
        **{
            "main.ipynb": main,
            "models.py": "import deep.inner\nclass KDE: ...",
            "deep/inner.py": "class Inner: ...",
            "loose.py": "def f():\n    return 'loose'",
            "other.ipynb": nbformat.writes(cells("def g(): ...")),
            "broken.ipynb": "{",
        },
    )
    found = slice_workspace(hand_in)
    assert found.modules == ("models.py",)
    assert [s.origin for s in found.statements] == [
        "loose.py, line 1",
        "other.ipynb, cell 1, line 1",
        "cell 1, line 1",
        "cell 2, line 1",
    ]
    assert [(remark.kind, remark.where) for remark in found.remarks] == [("unreadable_file", "broken.ipynb")]


def test_modules_beside_the_main_file_are_found_in_a_folder(tmp_path: Path) -> None:
    hand_in = workspace(
        tmp_path,
        "work/main.py",
        **{"work/main.py": "from .models import A\ndef f(): ...", "work/models.py": "class A: ..."},
    )
    found = slice_workspace(hand_in)
    assert found.modules == ("work/models.py",)
    assert found.statements[0].source == "from models import A"


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}),
        json.dumps({"worksheets": [{"cells": []}], "metadata": {}, "nbformat": 3, "nbformat_minor": 0}),
        json.dumps({"cells": [{"cell_type": "code"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}),
        json.dumps({"cells": [{"cell_type": "code", "source": "x" * 10, "id": 3}], "nbformat": 9}),
        "[]",
        "",
    ],
)
def test_odd_notebooks_give_an_empty_slice_and_no_crash(tmp_path: Path, text: str) -> None:
    assert slice_workspace(workspace(tmp_path, "a.ipynb", **{"a.ipynb": text})).statements == ()


def test_hostile_sources_are_left_out_quickly() -> None:
    found = slice_notebook(
        cells("x = " + "(" * 5000, "y = " + "-" * 100_000 + "1", "\x00def f(): ...", "def g(): ...")
    )
    assert [s.names for s in found.statements] == [("f",), ("g",)]


def test_a_class_that_a_function_makes_is_kept_and_other_results_are_not() -> None:
    maker = """
        def make(width):
            class Bag:
                size = width
            return Bag
        def count(width):
            class Inner: pass
            return width
        """
    found = kept(maker, "Small = make(2)", "number = count(3)", "make(4)")
    assert [source for source in found if "def" not in source] == ["Small = make(2)"]
