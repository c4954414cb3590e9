"""Reading Python: one text at a time, whatever the number of threads."""

from __future__ import annotations

import ast
from concurrent.futures import ThreadPoolExecutor

import pytest

from grader.syntax import parse, parsed


def test_many_threads_read_deep_texts_at_the_same_time() -> None:
    texts = [f"x = {'(' * depth}1{' + 2)' * depth}\n" * 40 for depth in range(20, 60)]
    with ThreadPoolExecutor(8) as pool:
        trees = list(pool.map(parsed, texts * 4))
    assert [ast.unparse(tree) for tree in trees[:40]] == [ast.unparse(ast.parse(text)) for text in texts]


@pytest.mark.parametrize("text", ["def f(:", "x = '\0'", "(" * 300])
def test_what_is_no_python_has_no_tree(text: str) -> None:
    assert parse(text) is None
