"""Reading Python: one text at a time, whatever the number of threads."""

from __future__ import annotations

import ast
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from grader.judge.images import read_values, written
from grader.syntax import literal, parse, parsed, walk


def test_many_threads_read_deep_texts_at_the_same_time() -> None:
    texts = [f"x = {'(' * depth}1{' + 2)' * depth}\n" * 40 for depth in range(20, 60)]
    with ThreadPoolExecutor(8) as pool:
        trees = list(pool.map(parsed, texts * 4))
    assert [ast.unparse(tree) for tree in trees[:40]] == [ast.unparse(ast.parse(text)) for text in texts]


def test_stored_arrays_and_literals_are_read_beside_deep_texts() -> None:
    deep = [f"x = {'(' * depth}{number}{' + 2)' * depth}" for depth in range(20, 60) for number in range(20)]
    stored = written(np.arange(6.0).reshape(2, 3))
    work = (
        [(parsed, text) for text in deep] + [(read_values, stored)] * 800 + [(literal, "[1, (2, 3)]")] * 800
    )
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda one: one[0](one[1]), work[::2] + work[1::2]))
    assert sum(isinstance(one, np.ndarray) and one.shape == (2, 3) for one in found) == 800
    assert sum(one == [1, (2, 3)] for one in found if isinstance(one, list)) == 800


def test_a_tree_is_walked_as_the_standard_library_walks_it() -> None:
    tree = parsed("def f(x):\n    return [y + 1 for y in x if y]")
    assert list(walk(tree)) == list(ast.walk(tree)) and walk(tree) is walk(tree)


@pytest.mark.parametrize("text", ["def f(:", "x = '\0'", "(" * 300])
def test_what_is_no_python_has_no_tree(text: str) -> None:
    assert parse(text) is None
