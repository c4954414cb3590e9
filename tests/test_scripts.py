"""Scripts as hand-ins: how they are cut into cells, which of several files are the work, whose names are whose."""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from grader.intake.parts import parts_of
from grader.intake.unpack import unpack
from grader.records import Submission, Workspace
from grader.run.own_modules import own_modules
from grader.run.script_cells import chunks_of
from grader.run.script_modules import imported_parts
from grader.run.script_statements import pieces_of
from grader.run.scripts import JOINED, notebook_of_files, runnable_notebook
from grader.run.work_slice import part_modules, slice_hand_in


def cut(source: str) -> list[str]:
    return [chunk.text for chunk in chunks_of(textwrap.dedent(source).strip("\n"))]


# ---- cells ----------------------------------------------------------------------------------------------


def test_what_draws_one_figure_stays_in_one_cell() -> None:
    assert cut(
        """
        import matplotlib.pyplot as plt
        X = load()

        plt.figure(figsize=(3, 3))
        plt.scatter(X[:, 0], X[:, 1])

        Z = model.predict(X)
        plt.title("data")
        plt.savefig("data.png")
        plt.show()
        print(X.shape)
        fig, ax = plt.subplots()
        ax.plot(X)
        """
    ) == [
        "import matplotlib.pyplot as plt",
        "X = load()",
        "plt.figure(figsize=(3, 3))\nplt.scatter(X[:, 0], X[:, 1])\n\nZ = model.predict(X)\n"
        'plt.title("data")\nplt.savefig("data.png")\nplt.show()',
        "print(X.shape)",
        "fig, ax = plt.subplots()\nax.plot(X)",
    ]


def test_a_second_figure_begins_a_cell_only_after_the_first_was_drawn() -> None:
    assert cut(
        "f, a = plt.subplots()\ng, b = plt.subplots()\na.plot(x)\nb.plot(x)\nplt.figure()\nplt.plot(x)"
    ) == [
        "f, a = plt.subplots()\ng, b = plt.subplots()\na.plot(x)\nb.plot(x)",
        "plt.figure()\nplt.plot(x)",
    ]


def test_settings_of_a_plotting_library_draw_nothing() -> None:
    assert cut("plt.style.use('x')\nplt.rcParams.update({})\nplt.ion()\nplt.plot(x)") == [
        "plt.style.use('x')",
        "plt.rcParams.update({})",
        "plt.ion()",
        "plt.plot(x)",
    ]


def test_the_main_block_and_a_main_function_are_read_step_by_step() -> None:
    source = '''
        def helper():
            return 1

        def main():
            """Do it."""
            # first
            n = helper()
            text = """
          kept as it is
        """
            for i in range(n):
                print(i, text)

        if __name__ == "__main__":
            # start
            main()
        '''
    chunks = chunks_of(textwrap.dedent(source).strip("\n"))
    assert [chunk.text for chunk in chunks] == [
        "def helper():\n    return 1",
        '# main()\n# first\nn = helper()\ntext = """\n  kept as it is\n"""',
        "for i in range(n):\n    print(i, text)",
    ]
    assert [chunk.line for chunk in chunks] == [1, 6, 11]


@pytest.mark.parametrize(
    "main",
    [
        "def main(n=3):\n    print(n)\n",
        "def main():\n    return 3\n",
        "def main():\n    accuracy = accuracy_of(1)\n    print(accuracy)\n\n\naccuracy = 3\n",
        "def main():\n    sum = 3\n    print(sum)\n",
        "@timed\ndef main():\n    print(1)\n",
        "def main():\n    print(main)\n",
    ],
)
def test_a_main_function_stays_where_writing_it_out_could_change_something(main: str) -> None:
    source = f"{main}\nif __name__ == '__main__':\n    main()\n"
    assert cut(source)[-1] == "main()"
    assert any(text.startswith(("def main", "@timed")) for text in cut(source))


@pytest.mark.parametrize(
    "block",
    [
        "if __name__ == '__main__':\n    a()\nelse:\n    b()",
        "if __name__ != '__main__':\n    a()",
        "if name == '__main__':\n    a()",
    ],
)
def test_other_conditions_are_left_alone(block: str) -> None:
    assert cut(block) == [block]


def test_a_main_block_on_one_line_is_read_too() -> None:
    assert cut("def f(): ...\nif '__main__' == __name__: f(); g(1)") == ["def f(): ...", "f()", "g(1)"]


def test_long_comments_and_texts_become_text_and_code_that_was_taken_out_does_not() -> None:
    said = "The boundary becomes smoother the larger k is, and for k equal to N all get one class."
    source = f'"""{said}"""\n# {said}\n# Nothing else changes.\nx = 1\n# y = load_all_of_the_data()\n# z = y.fit(y)\nw = 2\n'
    chunks = chunks_of(source)
    assert [chunk.prose for chunk in chunks] == [True, True, False]
    assert chunks[1].text == f"{said}\nNothing else changes."
    assert chunks[2].text.startswith("x = 1")
    assert "# y = load_all_of_the_data()" in chunks[2].text


def test_marks_of_its_own_decide_and_a_main_block_in_a_marked_cell_is_read() -> None:
    source = "# %%\nimport a\nx = 1\n# %% last\nif __name__ == '__main__':\n    x()\n    for i in x:\n        y(i)\n"
    assert cut(source) == ["# %%\nimport a\nx = 1", "# %% last\nx()", "for i in x:\n    y(i)"] or cut(
        source
    ) == [
        "# %%\nimport a\nx = 1",
        "x()",
        "for i in x:\n    y(i)",
    ]


@pytest.mark.parametrize("source", ["", "x = (", "def f(:\n  pass", "\t\tx = 1"])
def test_what_is_no_python_is_one_cell(source: str) -> None:
    assert [chunk.text for chunk in chunks_of(source)] == [source.strip("\n")]
    assert pieces_of(source) == []


# ---- which files are the work ---------------------------------------------------------------------------


WORK = "import numpy as np\nfor step in range(10):\n    print('training step', step)\n"


def test_files_that_nobody_imports_are_the_work_in_the_order_of_their_numbers() -> None:
    scripts = {f"task{n}.py": f"{WORK}print('this is task {n}')" for n in (10, 2, 1)}
    assert parts_of({}, {**scripts, "__init__.py": "x = 1", "empty.py": "\n"}) == (
        *("task1.py", "task2.py", "task10.py"),
    )


def test_a_module_that_only_defines_is_no_part_and_an_imported_script_that_works_is() -> None:
    scripts = {
        "a_main.py": "from lib import f\nfrom z_task import g\nprint(f(), g())",
        "lib.py": "def f():\n    return 1\nif __name__ == '__main__':\n    pass",
        "z_task.py": "def g():\n    return 2\nif __name__ == '__main__':\n    print(g())",
        "deep/tool.py": "print('beside')",
    }
    assert parts_of({}, scripts) == ("z_task.py", "a_main.py", "deep/tool.py")


def test_a_main_function_that_another_file_starts_is_not_started_again() -> None:
    scripts = {
        "main.py": "import task1\nfrom task2 import main as second\ntask1.main()\nsecond()",
        "task1.py": "def main():\n    print(1)\nif __name__ == '__main__':\n    main()",
        "task2.py": "def main():\n    print(2)\nif __name__ == '__main__':\n    main()",
    }
    assert parts_of({}, scripts) == ("main.py",)


def test_what_a_notebook_imports_or_runs_is_not_run_again() -> None:
    notebook = "from task1 import f\n%run plots.py\nexec(open('more.py').read())"
    scripts = {
        "task1.py": "def f(): ...\nif __name__ == '__main__':\n    print(f())",
        "plots.py": "print('plot')",
        "more.py": "print('more')",
        "task3.py": "print('three')",
    }
    assert parts_of({"work.ipynb": notebook}, scripts) == ("work.ipynb", "task3.py")


CODE = "\n".join(f"value_number_{n} = compute_something_with({n})" for n in range(12))


def test_copies_exports_and_unchanged_skeletons_are_no_work_of_their_own() -> None:
    files = {"old.py": CODE, "new.py": f"{CODE}\nprint(value_number_1)", "same.py": CODE}
    assert parts_of({}, files) == ("new.py",)
    assert parts_of({"work.ipynb": CODE}, {"work.py": f"# In[1]:\n{CODE}\nget_ipython()"}) == ("work.ipynb",)
    skeleton = "def make_data():\n    return load_the_data()\nclass Model:\n    raise NotImplementedError\n"
    assert parts_of({}, {"task1.py": skeleton, "own.py": WORK}, [skeleton]) == ("own.py",)
    assert parts_of({}, {"task1.py": skeleton}, [skeleton]) == ("task1.py",)


def test_files_that_import_one_another_in_a_circle_still_have_a_part() -> None:
    circle = {"a.py": "import b\ndef f(): ...", "b.py": "import a\ndef g(): ..."}
    assert len(parts_of({}, circle)) == 1


def test_a_large_library_is_not_run_file_by_file() -> None:
    assert parts_of({}, {f"m{n}.py": f"print({n})" for n in range(30)}) == ()


# ---- names ----------------------------------------------------------------------------------------------


def workspace(folder: Path, parts: tuple[str, ...], files: dict[str, str]) -> Workspace:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return Workspace(
        folder,
        tuple(files),
        "",
        tuple(name for name in files if name.endswith(".ipynb")),
        tuple(name for name in files if name.endswith(".py")),
        parts[0],
        parts=parts,
    )


def test_parts_become_modules_and_only_names_that_clash_are_dotted(tmp_path: Path) -> None:
    files = {
        "task2.py": "import numpy as np\ndef predict(X, w):\n    return X @ w\ndef fit(X): ...\nprint(fit(1))",
        "task3.py": "def predict(W, X):\n    return softmax(X)\ndef softmax(z): ...\ndef main(): ...\nmain()",
    }
    found = slice_hand_in(workspace(tmp_path, ("task2.py", "task3.py"), files))
    inside = {(s.module, name) for s in found.statements if s.module for name in s.names}
    assert {("task2", "predict"), ("task2", "fit"), ("task3", "predict"), ("task3", "softmax")} <= inside
    own = [s.source for s in found.statements if not s.module]
    assert own == [
        "from task2 import fit",
        "from task3 import softmax",
        "from task3 import main",
        "import task2",
        "import task3",
    ]
    assert not any("print" in s.source for s in found.statements)


def test_an_equal_helper_in_two_files_is_no_clash(tmp_path: Path) -> None:
    helper = "def accuracy(a, b):\n    return (a == b).mean()\n"
    files = {"a.py": f"{helper}print(1)", "b.py": f"{helper}def f(): ...\nprint(2)"}
    own = [
        s.source
        for s in slice_hand_in(workspace(tmp_path, ("a.py", "b.py"), files)).statements
        if not s.module
    ]
    assert own == ["from a import accuracy", "from b import f"]


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("1 knn.py", "file_1_knn"),
        ("random.py", "random_file"),
        ("Müller-1 (1).py", "Müller_1__1_"),
        ("numpy.py", "numpy_file"),
    ],
)
def test_names_of_files_become_names_of_modules_that_hide_nothing(
    tmp_path: Path, file: str, name: str
) -> None:
    hand_in = workspace(tmp_path, (file, "other.py"), {file: "print(1)", "other.py": "print(2)"})
    assert part_modules(hand_in) == {file: name, "other.py": "other"}
    assert set(own_modules(hand_in)) >= {name, "other"}


def test_a_module_that_trains_when_imported_is_loaded_by_its_definitions(tmp_path: Path) -> None:
    files = {
        "main.py": "from lib import f\nfrom plain import g\nf()",
        "lib.py": "import numpy as np\nK = 3\ndef f():\n    return K\nfor i in range(10**9):\n    pass",
        "plain.py": "import warnings\nwarnings.filterwarnings('ignore')\ndef g(): ...",
    }
    found = slice_hand_in(workspace(tmp_path, ("main.py",), files))
    assert [s.source for s in found.statements if s.module == "lib"] == [
        *("import numpy as np", "K = 3", "def f():\n    return K"),
    ]
    assert not any(s.module == "plain" for s in found.statements)
    assert found.modules == ("lib.py", "plain.py")


def test_what_a_main_block_sets_is_known_to_functions_but_what_it_trains_is_not(tmp_path: Path) -> None:
    source = "def f():\n    return K, model\nif __name__ == '__main__':\n    K = 3\n    model = train()\n"
    found = slice_hand_in(workspace(tmp_path, ("a.py",), {"a.py": source}))
    assert [s.source for s in found.statements] == ["def f():\n    return K, model", "K = 3"]


def test_folders_of_parts_are_made_known(tmp_path: Path) -> None:
    files = {
        "one/a.py": "from tool import f\nprint(f())",
        "one/tool.py": "def f(): ...",
        "two/b.py": "print(1)",
    }
    found = slice_hand_in(workspace(tmp_path, ("one/a.py", "two/b.py"), files))
    assert "'../two'" in found.statements[0].source
    assert "from tool import f" in [s.source for s in found.statements if not s.module]


# ---- folders to write into --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["zip", "tar.gz", "folder"])
def test_an_empty_folder_is_kept_for_programs_to_write_into(tmp_path: Path, kind: str) -> None:
    home = tmp_path / "in" / "work"
    for name in ("plots", "deep/er", "__pycache__"):
        (home / name).mkdir(parents=True)
    (home / "a.py").write_text("print(1)")
    path = home
    if kind != "folder":
        style = {"zip": "zip", "tar.gz": "gztar"}[kind]
        path = Path(shutil.make_archive(str(tmp_path / "hand-in"), style, tmp_path / "in", "work"))
    found = unpack(Submission("plain", "a", "a", path, folder="a"), tmp_path / "out")
    assert sorted(p.relative_to(found.folder).as_posix() for p in found.folder.rglob("*")) == [
        *("a.py", "deep", "deep/er", "plots"),
    ]


def test_an_archive_of_empty_folders_holds_no_files(tmp_path: Path) -> None:
    (tmp_path / "in" / "plots").mkdir(parents=True)
    path = Path(shutil.make_archive(str(tmp_path / "hand-in"), "zip", tmp_path / "in"))
    found = unpack(Submission("plain", "a", "a", path, folder="a"), tmp_path / "out")
    assert "holds no files" in found.problem


# ---- one notebook for all -------------------------------------------------------------------------------


def test_several_files_become_one_notebook_that_knows_where_each_cell_stands(tmp_path: Path) -> None:
    book = nbformat.writes(new_notebook(cells=[new_code_cell("a = 1"), new_code_cell("a")]))
    files = {
        "work.ipynb": book,
        "task3.py": "import numpy\n\ndef f(): ...\nif __name__ == '__main__':\n    f()\n",
    }
    made = notebook_of_files(workspace(tmp_path, tuple(files), files).folder, tuple(files))
    assert [(cell.metadata.get("place"), cell.source) for cell in made.cells] == [
        ("work.ipynb", "# work.ipynb"),
        ("work.ipynb, cell 1", "a = 1"),
        ("work.ipynb, cell 2", "a"),
        ("task3.py", "# task3.py"),
        ("task3.py, line 1", "import numpy"),
        ("task3.py, line 3", "def f(): ..."),
        ("task3.py, line 5", "f()"),
    ]
    assert len({cell.id for cell in made.cells}) == 7
    assert made.metadata["draws"] is False


def test_a_single_notebook_is_run_as_it_is_and_everything_else_is_made(tmp_path: Path) -> None:
    book = nbformat.writes(new_notebook(cells=[new_code_cell("a = 1")]))
    one = workspace(tmp_path, ("work.ipynb",), {"work.ipynb": book})
    assert runnable_notebook(one, tmp_path) == "work.ipynb"
    script = workspace(tmp_path, ("sub/a.py",), {"sub/a.py": "import matplotlib\nx = 1"})
    assert runnable_notebook(script, tmp_path) == "sub/a.script.ipynb"
    both = workspace(tmp_path, ("work.ipynb", "sub/a.py"), {})
    assert runnable_notebook(both, tmp_path) == JOINED
    assert nbformat.read(tmp_path / JOINED, 4).metadata["draws"] is True


def test_a_script_without_main_block_that_others_import_is_handed_on_by_its_definitions(
    tmp_path: Path,
) -> None:
    files = {
        "task1.py": "import time\n@cached\ndef f():\n    return 1\n\nX = f()\nclass A:\n    pass\n",
        "task2.py": "from task1 import f, X\nprint(X)",
        "task3.py": "import task2\nif __name__ == '__main__':\n    print(3)",
    }
    hand_in = workspace(tmp_path, tuple(files), files)
    found = imported_parts(hand_in.folder, hand_in.parts)
    assert {part: told["modules"] for part, told in found.items()} == {
        "task1.py": ["task1"],
        "task2.py": ["task2"],
    }
    text = found["task1.py"]["definitions"]
    assert text.splitlines()[1:4] == ["@cached", "def f():", "    return 1"]
    assert "X = f()" not in text
    assert "class A:" in text
