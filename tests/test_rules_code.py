"""Rules for the code itself: what works on one system only, and which comments there are."""

from __future__ import annotations

from pathlib import Path

import pytest
from bad_inputs import notebook

from grader.intake.comments import check_comments, count
from grader.intake.portable import check_portable, troubles
from grader.records import Verdict, Workspace

HOME = "/home" + "/ada/data.csv"  # put together, so that no file of ours names such a place


def workspace(folder: Path, **files: str) -> Workspace:
    named = {name.replace("_dot_", "."): text for name, text in files.items()}
    for name, text in named.items():
        (folder / name).write_text(text, encoding="utf-8")
    books = tuple(name for name in named if name.endswith(".ipynb"))
    scripts = tuple(name for name in named if name.endswith(".py"))
    return Workspace(folder, tuple(named), "", books, scripts, (books or scripts)[0])


@pytest.mark.parametrize(
    ("code", "what"),
    [
        (f"X = np.load({HOME!r})", "is absolute"),
        ("X = open('~/data.csv')", "is absolute"),
        ("X = open('/content/drive/MyDrive/x.csv')", "is absolute"),
        ("X = open('/data/x.csv')", "is absolute"),
        (r"X = open('C:\\Users\\Ada\\x.csv')", "names a drive"),
        ("X = open('D:/x.csv')", "names a drive"),
        (r"X = open(r'\\server\share\x.csv')", "names a drive or a server"),
        (r"X = open('data\\x.csv')", "backslashes"),
        (r"X = open(r'..\data\x.csv')", "backslashes"),
        ("X = open('data\\train.csv')", "backslashes"),
        ("import winsound", "'winsound' exists on Windows only"),
        ("from msvcrt import getch", "'msvcrt' exists on Windows only"),
        ("import fcntl", "Linux and macOS only"),
        ("from google.colab import drive", "Google Colab only"),
        ("def f():\n    import os\n    os.startfile('x')", "os.startfile exists on Windows only"),
    ],
)
def test_what_works_on_one_system_only_is_told_with_its_place(code: str, what: str) -> None:
    (found,) = troubles(f"import numpy as np\n{code}\n", "cell 3", 2)
    assert what in found.what
    assert found.where.startswith("cell 3, line ")
    assert found.cell == 2


@pytest.mark.parametrize(
    "code",
    [
        "X = open('data/x.csv')",
        "X = open('./x.csv')",
        "X = Path(__file__).parent / 'data' / 'x.csv'",
        r"plt.title(r'$\theta$ and \alpha')",
        r"plt.xlabel('x\n(m/s)')",
        "print('/')",
        "print('a/b')",
        "url = 'https://example.org/a/b.csv'",
        "'''C:\\\\Users\\\\Ada'''",
        "# C:\\Users\\Ada\nx = 1",
        "sep = ':\\n'",
        "ratio = 'p(x)/p(y)'",
        "try:\n    from google.colab import drive\nexcept ImportError:\n    drive = None",
        "if os.name == 'nt':\n    import winsound\n    path = 'C:/x.csv'",
        "if 'google.colab' in sys.modules:\n    path = '/content/x.csv'",
        "%cd /content/somewhere\nx = 1",
        "x = (",
    ],
)
def test_what_works_everywhere_or_asks_for_the_system_is_fine(code: str) -> None:
    assert troubles(code, "cell 1") == []


def test_every_place_of_a_hand_in_is_named(tmp_path: Path) -> None:
    book = notebook("import numpy as np", f"X = np.load({HOME!r})\nY = 2")
    finding = check_portable(workspace(tmp_path, a_dot_ipynb=book))
    assert finding.verdict is Verdict.FAILED
    assert "cell 2, line 1: the path" in finding.message
    assert finding.cells == (1,)
    script = check_portable(workspace(tmp_path, a_dot_py=f"\n\nX = open({HOME!r})", b_dot_py="import winreg"))
    assert "a.py, line 3: the path" in script.message
    assert "b.py, line 1: the module 'winreg'" in script.message
    assert script.evidence[0].value == 2
    assert script.next_step


def test_code_without_trouble_passes_and_no_code_is_missing(tmp_path: Path) -> None:
    assert check_portable(workspace(tmp_path, a_dot_py="x = 'data/a.csv'")).verdict is Verdict.PASSED
    assert check_portable(Workspace(tmp_path, (), "")).verdict is Verdict.MISSING


LONG = "def fit(X):\n" + "".join(f"    a{n} = X + {n}\n" for n in range(9)) + "    return a1\n"


def test_comments_and_docstrings_are_counted_and_marks_are_not() -> None:
    source = f'#!/usr/bin/env python\n# %% cell\n# In[3]:\nimport a  # because\n"""Text."""\n# why\n{LONG}'
    found = count(source, "a.py")
    assert found.comments == 2
    assert found.code == 13
    (passage,) = found.passages
    assert (passage.where, passage.name, passage.lines, passage.explained) == (
        "a.py, line 7",
        "fit",
        11,
        True,
    )


@pytest.mark.parametrize(
    ("source", "explained"),
    [
        (LONG, False),
        (f"# the fit\n{LONG}", True),
        (LONG.replace("X):\n", 'X):\n    """Fit."""\n'), True),
        (LONG.replace("+ 3\n", "+ 3  # shift\n"), True),
        (f"# elsewhere\n\n{LONG}", False),
    ],
)
def test_a_long_function_is_explained_by_a_comment_in_or_on_it(source: str, explained: bool) -> None:
    assert [one.explained for one in count(source, "a.py").passages] == [explained]


def test_the_longest_passage_without_words_is_shown_to_a_person(tmp_path: Path) -> None:
    book = notebook("# data\nimport numpy as np", LONG)
    finding = check_comments(workspace(tmp_path, a_dot_ipynb=book))
    assert finding.verdict is Verdict.REVIEW
    assert "cell 2, line 1 (fit, 11 lines)" in finding.message
    assert finding.cells == (1,)
    assert finding.evidence[1].value == "0 of 1"


def test_no_word_at_all_is_missing_but_texts_count(tmp_path: Path) -> None:
    assert check_comments(workspace(tmp_path, a_dot_py="x = 1\ny = 2")).verdict is Verdict.MISSING
    assert check_comments(workspace(tmp_path, a_dot_py="x = 1  # one")).verdict is Verdict.REVIEW
    assert check_comments(Workspace(tmp_path, (), "")).verdict is Verdict.MISSING


def test_magics_and_broken_code_stop_nobody() -> None:
    assert count("%matplotlib inline\n# why\nx = (", "cell 1").comments == 1
