"""What a fresh child puts in order before any hand-in code runs (standard library and NumPy only)."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import hashlib
import importlib
import os
import random
import signal
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
INLINE_BACKEND = "module://matplotlib_inline.backend_inline"


def rebuild_environment(folder: str, home: str, scratch: str, threads: int, backend: str) -> None:
    """Replace the environment, so that nothing of ours and nothing left by warm imports shows."""
    os.environ.clear()
    os.environ.update(
        PATH=f"{Path(sys.prefix) / 'bin'}:/usr/local/bin:/usr/bin:/bin",
        HOME=home,
        TMPDIR=scratch,
        PWD=folder,
        LANG="C.UTF-8",
        PYTHONHASHSEED="0",
        PYTHONNOUSERSITE="1",
        PYTHONDONTWRITEBYTECODE="1",
        PIP_NO_INDEX="1",
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        MPLBACKEND=backend,
        MPLCONFIGDIR=f"{home}/.matplotlib",
        IPYTHONDIR=f"{home}/.ipython",
        **dict.fromkeys(THREAD_VARIABLES, str(threads)),
    )


def reset_signals() -> None:
    """Give every signal its default action and let all of them in; interrupts wait for the agent to want them."""
    for number in range(1, signal.NSIG):
        if number not in (signal.SIGKILL, signal.SIGSTOP, 32, 33):
            with contextlib.suppress(OSError, ValueError):
                signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # between questions; the agent listens while a call runs
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a file that is too large is an error, not a death
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def forget_temporary_folder() -> None:
    """Have tempfile and multiprocessing look for their folder again (a stale one makes data loaders hang)."""
    tempfile.tempdir = None
    process = sys.modules.get("multiprocessing.process")
    if process is not None:
        process.current_process()._config.pop("tempdir", None)  # type: ignore[attr-defined]


def stream(seed: int, name: str) -> int:
    """A 32-bit seed for one random generator, different for each ``name``."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{name}".encode()).digest()[:4], "big")


def seed_everything(seed: int) -> None:
    """Seed ``random``, NumPy and PyTorch (those loaded) with distinct streams of ``seed``."""
    random.seed(stream(seed, "random"))
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(stream(seed, "numpy"))
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(stream(seed, "torch"))


def set_threads(threads: int) -> None:
    """Give numerical libraries that are loaded already ``threads`` threads; one is what they started with."""
    if threads == 1:
        return
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)
    with contextlib.suppress(ImportError):
        threadpoolctl: Any = importlib.import_module("threadpoolctl")
        threadpoolctl.threadpool_limits(limits=threads)


def set_backend(backend: str) -> None:
    """Tell a matplotlib that is loaded already which backend to use."""
    if "matplotlib" in sys.modules:
        sys.modules["matplotlib"].rcParams["backend"] = backend


def replace_standard_streams() -> None:
    """Point input, output and errors to nowhere, also below Python's own objects."""
    sink = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(sink, number)
    if sink > 2:
        os.close(sink)
    sys.stdin = sys.__stdin__ = open(0, closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", closefd=False)  # type: ignore[misc]  # noqa: SIM115


def close_others(keep: set[int]) -> None:
    """Close every descriptor but 0, 1, 2 and ``keep``."""
    start = 3
    for number in sorted(keep):
        os.closerange(start, number)
        start = number + 1
    os.closerange(start, 1 << 20)


def fresh_main() -> dict[str, Any]:
    """Make a new, empty ``__main__`` module current and return its namespace."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    sys.argv = [""]
    return vars(module)


def scrub_arguments() -> None:
    """Overwrite the command line and first environment that /proc shows; they name our files."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    first_argument, last_argument, first_variable, last_variable = map(int, fields[45:49])
    name = b"python3\0"
    if last_argument - first_argument > len(name):
        ctypes.memset(first_argument, 0, last_argument - first_argument)
        ctypes.memmove(first_argument, name, len(name))
    if last_variable > first_variable:
        ctypes.memset(first_variable, 0, last_variable - first_variable)


def settle(request: dict[str, Any], home: str, scratch: str) -> None:
    """Bring working folder, environment, signals, seeds, threads and backend into their first state."""
    kernel = request.get("kernel") is not None
    budget = request["budget"]
    backend = INLINE_BACKEND if kernel else "agg"
    os.umask(0o022)
    for folder in (home, scratch):
        Path(folder).mkdir(parents=True, exist_ok=True)
    os.chdir(request["folder"])
    rebuild_environment(request["folder"], home, scratch, int(budget["threads"]), backend)
    reset_signals()
    replace_standard_streams()
    forget_temporary_folder()
    seed_everything(int(request["seed"]))
    set_threads(int(budget["threads"]))
    set_backend(backend)
    if sys.path[:1] != [""]:
        sys.path.insert(0, "")
    sys.path_importer_cache.clear()
    for name in [name for name in sys.modules if name.split(".")[0] == "_sandbox"]:
        del sys.modules[name]
    gc.enable()
