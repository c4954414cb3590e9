"""What is stored is there as a whole or not at all, and one run at a time writes to a folder."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader.errors import UsageFault
from grader.store import Store, fingerprint, locked, write_atomic


def test_what_is_put_can_be_got(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("findings", "k", {"ä": [1, None]})
    assert store.get("findings", "k") == {"ä": [1, None]}
    assert store.get("findings", "other") is None


def test_a_damaged_entry_counts_as_absent(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("findings", "k", 1)
    (tmp_path / "findings" / "k.json").write_text("{")
    assert store.get("findings", "k") is None


def test_a_failed_write_leaves_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    write_atomic(path, "old")

    def full(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="disk full"):
        write_atomic(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_fingerprints_differ_when_anything_does() -> None:
    assert fingerprint("a", {"b": 1}) == fingerprint("a", {"b": 1})
    assert len({fingerprint("a"), fingerprint("b"), fingerprint("a", 1), fingerprint(["a"])}) == 4


def test_a_second_run_is_refused_and_a_dead_one_does_not_block(tmp_path: Path) -> None:
    code = f"from grader.store import locked; from pathlib import Path; import time\nwith locked(Path({str(tmp_path)!r})):\n print('held', flush=True); time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "held"
        with pytest.raises(UsageFault, match=f"process {holder.pid}"), locked(tmp_path):
            pass
    finally:
        holder.kill()
        holder.wait()
        if holder.stdout:
            holder.stdout.close()
    start = time.monotonic()
    with locked(tmp_path):
        assert time.monotonic() - start < 1


def test_text_that_is_not_valid_unicode_is_written_all_the_same(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a.txt", "team \udcff")
    assert (tmp_path / "a.txt").read_text() == "team ?"
