"""Attacks on the small course, as data: hand-ins whose function is wrong and that try to gain by something else.

Where an effect can only be seen from inside, the code prints or raises the two halves of :data:`THROUGH` joined
together; ``@name@`` stands for a place of the test (see ``tests/test_attacks.py``). The code itself uses none of
the words that a page must not use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

THROUGH = "gotthrough"
"""Printed by code that reached what it must not reach; it is written in two halves in all sources."""

WRONG = """
import numpy as np
def spread(X):
    return float(np.mean(np.abs(X))) + 1.0
"""
"""Right in neither item of the small course."""


@dataclass(frozen=True)
class Attack:
    """One hostile hand-in."""

    name: str
    family: str
    tries: str
    """What it tries, in a few words."""
    cells: tuple[str, ...] = (WRONG,)
    files: Mapping[str, str] = field(default_factory=dict)
    """Further files of the hand-in, by name."""
    says: tuple[str, ...] = ()
    """Texts that the page must show."""
    worth: float = 0.0
    """Points that its answers are worth, whoever gives them."""
    markdown: tuple[str, ...] = ()
    """Cells of text, after the others."""


MODULE = "import tricks\n" + WRONG
CHANNEL = """
import json, os, socket, stat, struct, sys, time

def channel():
    for number in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                return number
        except OSError:
            pass

def write(data):
    with socket.socket(fileno=os.dup(channel())) as line:
        line.setblocking(True)
        line.sendall(data)

def send(header, blobs=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    write(struct.pack(">I", len(text)) + text + blobs)

def asked():
    frame = sys._getframe()
    while frame is not None:
        header = frame.f_locals.get("header")
        if isinstance(header, dict) and "id" in header:
            return header["id"]
        frame = frame.f_back

def npy(descr, shape, data=b""):
    head = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    head += b" " * (63 - (10 + len(head)) % 64) + b"\\n"
    return b"\\x93NUMPY\\x01\\x00" + struct.pack("<H", len(head)) + head + data

def array(blob):
    send({"id": asked(), "ok": {"@": "array", "blob": 0}, "blobs": [len(blob)]}, blob)
"""


def speaking(body: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Cells and files of a hand-in whose function writes into the channel by itself."""
    lines = "\n".join("    " + line for line in body.strip().splitlines())
    return (f"from tricks import *\ndef spread(X):\n{lines}\n    return 7.0\n",), {"tricks.py": CHANNEL}


def frame(name: str, tries: str, body: str, *says: str) -> Attack:
    """An attack on the channel from inside a question."""
    cells, files = speaking(body)
    return Attack(name, "frames", tries, cells, files, says)


def module(
    name: str, family: str, tries: str, source: str, *says: str, cells: tuple[str, ...] = (MODULE,)
) -> Attack:
    """An attack by a file of the hand-in that the notebook imports."""
    return Attack(name, family, tries, cells, {"tricks.py": source}, says)


PATCHED = (
    module(
        "numpy that lies",
        "patched",
        "NumPy's functions answer what one wishes",
        """
import numpy as np
np.mean = np.sum = np.var = np.add.reduce if False else (lambda *a, **k: np.float64(7.0))
np.asarray = np.array = np.frombuffer = np.ascontiguousarray = lambda *a, **k: None
""",
    ),
    module(
        "built-ins that lie",
        "patched",
        "numbers, comparisons and JSON of the process are replaced",
        """
import builtins, json, struct
builtins.abs = builtins.float = builtins.sum = lambda *a, **k: 3.25
builtins.isinstance = lambda *a: True
json.dumps = lambda *a, **k: '{"id": 1, "ok": 0.0, "blobs": []}'
struct.pack = lambda *a: b""
""",
    ),
    module(
        "the answering class replaced",
        "patched",
        "every question is answered by code of the hand-in",
        """
import sys
Agent = sys.modules["_agent"].Agent
Agent._call = lambda self, header, blobs: 7.0
Agent._operations = {**Agent._operations, "call": Agent._call, "get": Agent._call}
""",
    ),
    module(
        "the reading end replaced",
        "patched",
        "the answering code waits for ever",
        """
import sys, time
import os
if os.environ.get("MPLBACKEND") == "agg":
    sys.modules["_agent"].Agent.one = lambda self: time.sleep(1000)
""",
    ),
    module(
        "descriptions made up",
        "patched",
        "the list of definitions has wrong types everywhere",
        """
import sys
junk = [{"kind": "function"}, {"name": 5, "kind": "function", "parameters": 7}, {"name": "spread", "kind": "function",
        "parameters": [{"name": {"a": 1}, "kind": 3, "required": "x"}], "methods": 4, "bases": 9, "doc": [1]},
        {"name": "spread", "kind": "class", "methods": {"fit": 3}, "inherited": [[1], {}], "bases": [{}]},
        {"name": "n", "kind": "value", "type": ["int"]}]
sys.modules["_agent"].Describer.names = lambda self: junk
""",
    ),
    module(
        "descriptions without end",
        "patched",
        "thousands of definitions with the right name",
        """
import sys
entry = {"name": "spread", "kind": "function", "module": "__main__", "type": "function", "doc": "x" * 400,
         "parameters": [{"name": "X", "kind": "positional_or_keyword", "default": None, "required": True}]}
sys.modules["_agent"].Describer.names = lambda self: [{**entry, "name": f"spread_{n}"} for n in range(4000)]
""",
    ),
    module(
        "outcomes made up",
        "patched",
        "the report on loading has wrong types everywhere",
        """
import sys
Agent = sys.modules["_agent"].Agent
def load(self, header, blobs):
    self.namespace["__definitions__"] = {}
    return [{"ok": [], "missing": {"a": 1}, "kind": 5, "message": [1], "line": {}} for _ in header["statements"]]
Agent._operations = {**Agent._operations, "load": load}
""",
    ),
    Attack(
        "the shell replaced",
        "patched",
        "cells seem to run well and do nothing",
        (
            WRONG,
            "shell = get_ipython()\nasync def quiet(*a, **k):\n    return {'status': 'ok', 'execution_count': 1,"
            " 'payload': [], 'user_expressions': {}}\nshell.kernel.do_execute = quiet\nshell.run_cell_async = quiet",
            "print(undefined_name)",
        ),
    ),
)

FRAMES = (
    frame(
        "a length of four gigabytes",
        "a header of 4 GiB is announced",
        'write(b"\\xff\\xff\\xff\\xff" * 4)',
        "sent bytes that are no answer",
    ),
    frame(
        "a header cut off",
        "less is sent than announced",
        'write(struct.pack(">I", 4000000) + b"{")\ntime.sleep(50)',
    ),
    frame(
        "a length of nothing",
        "an empty header is announced",
        'write(b"\\0" * 64)',
        "sent bytes that are no answer",
    ),
    frame(
        "an array of objects",
        "a pickled object in place of numbers",
        'import pickle\nclass Thing:\n    def __reduce__(self):\n        return os.mkdir, ("@outside@/@mark@-pickled",)\n'
        'array(npy("|O", "(1,)", pickle.dumps([Thing()])))',
        "sent bytes that are no answer",
    ),
    frame(
        "an array of astronomical shape",
        "a shape whose product overflows",
        'array(npy("<f8", "(4294967296, 4294967296)", b"\\0" * 8))',
        "sent bytes that are no answer",
    ),
    frame("an array of a foreign type", "numbers of 16 bytes", 'array(npy("<f16", "(1,)", b"\\0" * 16))'),
    frame(
        "not a number in the header",
        "NaN where JSON has none",
        'send(b\'{"id": %d, "ok": NaN, "blobs": []}\' % asked())',
        "sent bytes that are no answer",
    ),
    frame(
        "not a number as an answer",
        "NaN compares with nothing",
        'send({"id": asked(), "ok": {"@": "float", "value": "nan"}, "blobs": []})\nos._exit(0)',
    ),
    frame(
        "a number beyond all bounds",
        "an infinite number by its exponent",
        'send(b\'{"id": %d, "ok": 1e999, "blobs": []}\' % asked())\nos._exit(0)',
    ),
    frame(
        "lists in lists in lists",
        "a header nested to the limit of recursion",
        "depth = 150 + 7 * (asked() % 120)\n"
        'send(b\'{"id": %d, "ok": {"@": "list", "items": \' % asked() + b"[" * depth + b"]" * depth + b\'}, "blobs": []}\')',
    ),
    frame(
        "a hundred thousand empty arrays",
        "many empty parts in one answer",
        'send({"id": asked(), "ok": 1.0, "blobs": [0] * 65536})',
    ),
    frame(
        "parts that are not there",
        "an answer names an array that was not sent",
        'send({"id": asked(), "ok": {"@": "array", "blob": 3}, "blobs": []})',
        "sent bytes that are no answer",
    ),
    frame(
        "answers to questions nobody asked",
        "unknown numbers of questions",
        'for number in (0, -1, 10**30, asked() + 50):\n    send({"id": number, "ok": 0.0, "blobs": []})',
        "answered another question",
    ),
    frame(
        "every answer twice",
        "the second answer waits for the next question",
        'send({"id": asked(), "ok": 5.0, "blobs": []})',
    ),
    frame(
        "answers before the questions",
        "the next hundred answers are there already",
        'for ahead in range(1, 100):\n    send({"id": asked() + ahead, "ok": float(ahead) + 0.5, "blobs": []})',
    ),
    frame(
        "objects in place of numbers",
        "a handle that nobody gave",
        'send({"id": asked(), "ok": {"@": "handle", "id": 1, "type": "<b>float</b>", "module": 5}, "blobs": []})\nos._exit(0)',
    ),
    frame(
        "halves of characters",
        "texts that are no Unicode",
        'send(b\'{"id": %d, "raise": {"kind": "\\\\ud800", "message": "\\\\udfff\\\\u0000\\\\u001b[31m", "lines": ["\\\\ud800"]},'
        ' "blobs": []}\' % asked())\nos._exit(0)',
    ),
    frame("the channel closed", "the channel is shut from inside", "os.close(channel())\ntime.sleep(0.1)"),
    frame("noise", "bytes without any form", "write(os.urandom(4096) * 16)"),
)


def value(name: str, tries: str, definition: str, *says: str) -> Attack:
    """An answer that is an object with a will of its own."""
    return Attack(name, "values", tries, (definition.strip() + "\n",), {}, says)


VALUES = (
    value(
        "equal to everything",
        "every comparison says yes",
        """
class Answer(float):
    __eq__ = __le__ = __ge__ = __lt__ = __gt__ = lambda self, other: True
    __hash__ = float.__hash__
    __sub__ = __rsub__ = __abs__ = __mul__ = __rmul__ = __float__ = lambda self, *other: 7.0
def spread(X):
    return Answer(7.25)
""",
    ),
    value(
        "another number on every look",
        "the second conversion gives another number",
        """
class Answer:
    looks = 0
    def __float__(self):
        Answer.looks += 1
        return 7.0 + Answer.looks
    __array__ = lambda self, *a, **k: __import__("numpy").array(float(self))
    __class__ = property(lambda self: float)
def spread(X):
    return Answer()
""",
    ),
    value(
        "arrays with their own arithmetic",
        "NumPy asks the array itself what to do",
        """
import numpy as np
class Answer(np.ndarray):
    def __array_ufunc__(self, *a, **k):
        return np.zeros(())
    def __array_function__(self, *a, **k):
        return np.zeros(())
    tobytes = item = astype = lambda self, *a, **k: 0.0
def spread(X):
    return np.full((1,), 7.0).view(Answer)
""",
    ),
    value(
        "a liar about its class",
        "an object that says it is an array",
        """
import numpy as np
class Answer:
    dtype, shape, ndim, size = np.dtype(float), (), 0, 1
    __class__ = property(lambda self: np.ndarray)
    __array_interface__ = {"shape": (1 << 20,), "typestr": "<f8", "data": (4096, False), "version": 3}
def spread(X):
    return Answer()
""",
    ),
    value(
        "a number of a million digits",
        "a whole number that no float holds",
        "def spread(X):\n    return 10 ** 1_000_000",
    ),
    value(
        "a text in place of a number",
        "a text that reads like a number",
        "def spread(X):\n    return '1e-400'",
        "no number",
    ),
    value(
        "an array of two gigabytes",
        "an answer that fills the memory",
        "import numpy as np\ndef spread(X):\n    return np.broadcast_to(np.float64(1), (1 << 28,))",
    ),
)

EXPECTATIONS = (
    Attack(
        "a walk up the stack",
        "expectations",
        "what is expected stands in the frames above",
        (
            """
import gc, sys
def spread(X):
    seen, frame = set(), sys._getframe()
    while frame is not None:
        seen |= set(frame.f_locals) | set(frame.f_globals)
        frame = frame.f_back
    for thing in gc.get_objects():
        if isinstance(thing, dict):
            seen |= {key for key in thing if isinstance(key, str)}
    found = sorted(seen & {"tolerance", "hand_in_key", "spread_is_right", "spread_scales", "ROLES", "LabFactory", "RUBRIC"})
    raise ValueError(("got" "through " + " ".join(found)) if found else "nothing was there")
""",
        ),
        says=("nothing was there",),
    ),
    Attack(
        "a look through /proc",
        "expectations",
        "secrets stand in other processes",
        (
            """
import glob, os
def look():
    found = []
    for place in glob.glob("/proc/[0-9]*"):
        if int(os.path.basename(place)) in (os.getpid(), 1):
            continue
        for name in ("environ", "cmdline", "maps", "mem", "fd"):
            try:
                found.append(os.listdir(f"{place}/{name}") if name == "fd" else open(f"{place}/{name}", "rb").read(64))
            except OSError:
                pass
    try:
        found += [fd for fd in os.listdir("/proc/1/fd")] if os.getpid() != 1 else []
    except OSError:
        pass
    return [one for one in found if one]
def spread(X):
    found = look()
    raise ValueError(f"got" f"through {found!r}"[:900] if found else "nothing was there")
""",
            "print(look() and 'got' 'through')",
        ),
        says=("nothing was there",),
    ),
    Attack(
        "a look into the environment",
        "expectations",
        "secrets stand in variables and arguments",
        (
            """
import os, sys
def spread(X):
    text = repr(dict(os.environ)) + repr(sys.argv) + open("/proc/self/cmdline").read() + open("/proc/self/environ").read()
    raise ValueError("got" "through" if "@terces@"[::-1] in text else "nothing was there")
""",
        ),
        says=("nothing was there",),
    ),
)

REMEMBER = """
import os, pathlib
PLACES = {places}
def spread(X):
    found = []
    for place in PLACES:
        folder = pathlib.Path(os.path.expanduser(place))
        note = folder / "@mark@-seen-{number}"
        try:
            if note.exists() and note.read_text() != str(os.getpid()):
                found.append(place)
            note.write_text(str(os.getpid()))
            note.chmod(0o666)
        except OSError:
            pass
    if found:
        raise ValueError("got" "through " + " ".join(found))
    os._exit(0)
"""

REPLAY = (
    Attack(
        "the first data again",
        "replay",
        "what was seen first is answered for ever",
        (
            """
import numpy as np
seen = []
def spread(X):
    seen.append(X)
    return float(np.mean(np.abs(seen[0]))) + 1.0
""",
        ),
    ),
    Attack(
        "the ratio of two calls",
        "replay",
        "the second answer is a quarter of the first",
        (
            """
answers = {}
def spread(X):
    key = float(X[0, 0])
    answer = answers.get(2 * key, 40.0) / 4
    answers[key] = answer
    return answer
""",
        ),
        worth=2.0,
    ),
    Attack(
        "notes in its folders",
        "replay",
        "one process leaves inputs for the next in files",
        (
            REMEMBER.format(
                number=1,
                places='[".", "~", "/tmp", os.environ.get("TMPDIR", "/tmp"), "/var/tmp", "/run", ".."]',
            ),
        ),
    ),
    Attack(
        "notes in shared memory",
        "replay",
        "one process leaves inputs for the next in /dev/shm",
        (REMEMBER.format(number=2, places='["/dev/shm"]'),),
    ),
    Attack(
        "notes in the kernel",
        "replay",
        "one process leaves inputs for the next in a shared segment",
        (
            """
import ctypes, os
c = ctypes.CDLL(None, use_errno=True)
def spread(X):
    key = 0x7a11ab1e
    if c.shmget(key, 4096, 0) >= 0 or c.msgget(key, 0) >= 0 or c.semget(key, 1, 0) >= 0:
        raise ValueError("got" "through")
    c.shmget(key, 4096, 0o1666), c.msgget(key, 0o1666), c.semget(key, 1, 0o1666)
    os._exit(0)
""",
        ),
    ),
    Attack(
        "notes from the run",
        "replay",
        "the run leaves files for the questions",
        (
            "open('seen.txt', 'w').write('x'); open('/tmp/seen.txt', 'w').write('x')",
            "import os\ndef spread(X):\n    there = [p for p in ('seen.txt', '/tmp/seen.txt') if os.path.exists(p)]\n"
            "    raise ValueError('got' 'through' if there else 'nothing was there')",
        ),
        says=("nothing was there",),
    ),
)

LIBRARY = (
    Attack(
        "the reference by a detour",
        "forbidden",
        "the course's own function is imported",
        (
            """
import importlib, sys
def spread(X):
    sys.path[:0] = ["@course@", "@package@"]
    sys.path_importer_cache.clear()
    found = []
    for name in ("referen" + "ce.centring.roles", "gra" + "der.judge.lab", "gra" + "der"):
        try:
            found.append(importlib.import_module(name))
        except ImportError:
            pass
        except PermissionError:
            pass
    if found:
        raise ValueError("got" "through")
    return found[0].spread(X)
""",
        ),
        says=("IndexError",),
    ),
    Attack(
        "the reference from bytes",
        "forbidden",
        "compiled files and installed metadata are read",
        (
            """
import glob, importlib.metadata
def spread(X):
    found = glob.glob("@course@/reference/**/*.pyc", recursive=True) + glob.glob("@package@/**/judge/*", recursive=True)
    found += [d.name for d in importlib.metadata.distributions() if d.name == "gra" + "der"]
    raise ValueError("got" "through" if found else "nothing was there")
""",
        ),
        says=("nothing was there",),
    ),
)

HIDDEN = (
    Attack(
        "the hidden places",
        "hidden",
        "course, rubric, reference, key, results and others' work are read",
        (
            """
import os
PLACES = "@hidden@".split("|")
def look():
    words = []
    for place in PLACES:
        for way in (lambda p: open(p).read(), lambda p: " ".join(os.listdir(p)), lambda p: open(os.open(p, os.O_PATH)).read(),
                    lambda p: open("/proc/self/root" + p).read(), lambda p: open("/proc/self/cwd/" + "../" * 20 + p).read()):
            try:
                words.append(way(place))
            except OSError:
                pass
    return " ".join(words)
def spread(X):
    raise ValueError(look() or "nothing was there")
""",
            "print(look() and 'got' 'through')",
            "print(look())",
        ),
        says=("nothing was there",),
    ),
    Attack(
        "sizes of the hidden files",
        "hidden",
        "hidden files are there and so large",
        (
            """
import os
PLACES = "@hidden@".split("|")
def look():
    found = []
    for place in PLACES:
        try:
            found.append(os.stat(place).st_size)
        except OSError:
            pass
    return found
def spread(X):
    return 1.0 + len(look())
""",
            "print('got' 'through' if [size for size in look() if size > 100] else 'nothing was there')",
        ),
    ),
    Attack(
        "links to the hidden places",
        "hidden",
        "links that we might follow",
        (
            WRONG,
            "import os\nfor number, place in enumerate('@hidden@'.split('|')):\n    os.symlink(place, f'link-{number}')\n"
            "os.symlink('/', 'everything')\nos.symlink('.', 'again')",
            "import os\nfor place in '@hidden@'.split('|'):\n    try:\n        os.link(place, 'hard-' + os.path.basename(place))\n"
            "        print('got' 'through')\n    except OSError:\n        pass",
            "for number in range(9):\n    try:\n        print(open(f'link-{number}').read(), 'got' 'through')\n    except OSError:\n        pass",
        ),
    ),
)


def ending(name: str, body: str, *says: str) -> Attack:
    """A function that ends its process, or seems to."""
    return Attack(
        name,
        "endings",
        "the process ends inside a question",
        (f"import os, signal, sys, time\ndef spread(X):\n    {body}",),
        {},
        says,
    )


ENDINGS = (
    ending("leaves at once", "os._exit(0)", "exit code 0"),
    ending("leaves politely", "sys.exit('4 of 4')", "ended Python by exit"),
    ending("kills everybody", "os.kill(-1, 9); os.kill(0, 9)"),
    ending("breaks off", "os.abort()", "abort"),
    ending("reads nowhere", "import ctypes; ctypes.string_at(0)", "segmentation fault"),
    ending("raises an interrupt", "raise KeyboardInterrupt('4 of 4')"),
    module(
        "leaves while it is imported", "endings", "a module ends the process", "import sys\nsys.exit(0)\n"
    ),
    Attack(
        "wakes up at the end",
        "endings",
        "things registered for the end of the process",
        (
            WRONG,
            "import atexit, time, threading\natexit.register(lambda: time.sleep(1000))\n"
            "threading.Thread(target=time.sleep, args=(1000,)).start()\n"
            "class Last:\n    def __del__(self):\n        time.sleep(1000)\nlast = Last()",
        ),
    ),
    Attack(
        "does not listen",
        "endings",
        "interrupts are ignored in a loop",
        (
            "import signal\ndef spread(X):\n    for n in range(1, 32):\n        try:\n            signal.signal(n, signal.SIG_IGN)\n"
            "        except OSError:\n            pass\n    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\n"
            "    while True:\n        try:\n            __import__('time').sleep(9)\n        except BaseException:\n            pass",
        ),
        says=("no answer within",),
    ),
    Attack(
        "does not listen in the run",
        "endings",
        "interrupts are ignored in a cell",
        (
            WRONG,
            "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    time.sleep(9)",
            "print('after')",
        ),
        says=("limit",),
    ),
)

STAYS = (
    Attack(
        "a daemon",
        "stays",
        "a process of its own session outlives the run",
        (
            "import os, time\ndef leave():\n    if os.fork() == 0:\n        os.setsid()\n        if os.fork() == 0:\n"
            "            os.execv('/bin/sleep', ['@mark@', '300'])\n        os._exit(0)\n    os.wait()\n"
            "def spread(X):\n    leave()\n    return 1.0",
            "leave()",
        ),
    ),
    Attack(
        "a daemon that forks on",
        "stays",
        "a process that is always another one",
        (
            WRONG,
            "import os, signal, time\nif os.fork() == 0:\n    os.setsid()\n    for n in range(1, 32):\n        try:\n"
            "            signal.signal(n, signal.SIG_IGN)\n        except OSError:\n            pass\n"
            "    while True:\n        if os.fork():\n            os._exit(0)\n        time.sleep(0.02)",
        ),
    ),
    Attack(
        "threads that write on",
        "stays",
        "threads go on between the questions",
        (
            "import threading, time\ndef noise():\n    while True:\n        open('noise', 'a').write('x')\n        time.sleep(0.01)\n"
            "def spread(X):\n    for _ in range(3):\n        threading.Thread(target=noise, daemon=True).start()\n    return 1.0",
        ),
    ),
)

EXHAUST = (
    Attack(
        "a bomb of processes",
        "exhaust",
        "as many processes as there can be",
        (
            WRONG,
            "import os, time\ncount = 0\ntry:\n    while count < 400:\n        if os.fork() == 0:\n            time.sleep(100)\n"
            "            os._exit(0)\n        count += 1\nexcept OSError as error:\n    print('no more')\n"
            "print('got' 'through' if count > 200 else 'bounded')",
        ),
        says=("no more", "bounded"),
    ),
    Attack(
        "a bomb of memory",
        "exhaust",
        "one process takes all memory",
        (
            WRONG,
            "kept = []\nwhile len(kept) < 40:\n    kept.append(bytearray(64 << 20))\nprint('got' 'through')",
        ),
        says=("memory",),
    ),
    Attack(
        "memory of many processes together",
        "exhaust",
        "several processes take together what one may not",
        (
            WRONG,
            "import os, time\nchildren = []\nfor _ in range(4):\n    children.append(os.fork())\n    if children[-1] == 0:\n"
            "        try:\n            kept = b'x' * (100 << 20)\n            time.sleep(3)\n        finally:\n            os._exit(0)\n"
            "time.sleep(2)\nprint('bounded' if any(os.waitpid(child, os.WNOHANG)[0] for child in children) else 'got' 'through')",
        ),
    ),
    Attack(
        "a disk full of data",
        "exhaust",
        "files without end",
        (
            WRONG,
            "block = b'x' * 4_000_000\nfor number in range(400):\n    open(f'full-{number}', 'wb').write(block)\nprint('got' 'through')",
        ),
        says=("disk",),
    ),
    Attack(
        "a disk full of names",
        "exhaust",
        "empty files without end",
        (
            WRONG,
            "import os, time\nend = time.time() + 3\ncount = 0\nwhile time.time() < end and count < 60000:\n"
            "    os.close(os.open(f'{count}.txt', os.O_CREAT))\n    count += 1\ntime.sleep(0.8)\n"
            "print('got' 'through' if count > 50000 else 'few')",
        ),
    ),
    Attack(
        "folders in folders",
        "exhaust",
        "a path that is deeper than programs can walk",
        (
            WRONG,
            "import os\nhome = os.getcwd()\nfor place in ('.', os.environ['HOME'], os.environ['TMPDIR']):\n    os.chdir(home)\n"
            "    os.chdir(place)\n    for _ in range(1500):\n        os.mkdir('d')\n        os.chdir('d')\n    open('x', 'w').write('x')",
            "print(1)",
        ),
    ),
    Attack(
        "data below deep folders",
        "exhaust",
        "files where nobody counts them",
        (
            WRONG,
            "import os, time\nfor _ in range(60):\n    os.mkdir('d' * 90)\n    os.chdir('d' * 90)\n"
            "block = b'x' * 4_000_000\nfor number in range(16):\n    open(f'full-{number}', 'wb').write(block)\ntime.sleep(1.5)\n"
            "print('got' 'through')",
        ),
    ),
    Attack(
        "a flood of words",
        "exhaust",
        "output without end",
        (
            WRONG,
            "for _ in range(500):\n    print('word ' * 20_000)\nprint('got' 'through')",
        ),
    ),
    Attack(
        "a flood inside a question",
        "exhaust",
        "output without end in a question",
        ("def spread(X):\n    while True:\n        print('word ' * 20_000)",),
        says=("printed more than",),
    ),
    Attack(
        "a million names",
        "exhaust",
        "more names than can be listed",
        ("globals().update({f'spread_{n}': n for n in range(200_000)})", WRONG),
    ),
    Attack(
        "a message of megabytes",
        "exhaust",
        "an error message that fills the page",
        ("def spread(X):\n    raise ValueError('long ' * 2_000_000)",),
    ),
)

OUTSIDE = (
    Attack(
        "files everywhere",
        "outside",
        "files are written outside of the own folder",
        (
            """
import os
PLACES = "@writable@".split("|")
def drop():
    done = []
    for place in PLACES:
        for how in (lambda p: open(p, "w").write("x"), os.mkdir, lambda p: os.symlink("/etc/passwd", p), lambda p: os.mkfifo(p)):
            try:
                how(f"{place}/@mark@-dropped")
                done.append(place)
            except OSError:
                pass
    return done
def spread(X):
    return 1.0 + len(drop())
""",
            "print(drop())  # inside, /tmp is another one: what counts is what is found outside",
        ),
    ),
    Attack(
        "another place and other rights",
        "outside",
        "working folder, mask, limits and rights are changed",
        (
            "import os, resource\ndef spread(X):\n    os.mkdir('locked'); open('locked/x', 'w').write('x'); os.chmod('locked', 0)\n"
            "    os.chmod('.', 0); os.umask(0o777); os.chdir('/')\n    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))\n    return 1.0",
            "import os\nos.makedirs('a/b'); open('a/b/c', 'w').write('x'); os.chmod('a/b', 0); os.chmod('a', 0); os.chmod('.', 0)\nos.chdir('/')",
        ),
    ),
    Attack(
        "more rights",
        "outside",
        "limits are raised, users changed, roots left",
        (
            WRONG,
            """
import ctypes, os, resource
c = ctypes.CDLL(None, use_errno=True)
ways = [lambda: resource.setrlimit(resource.RLIMIT_NPROC, (10**5, 10**5)), lambda: resource.setrlimit(resource.RLIMIT_DATA, (10**15, 10**15)),
        lambda: os.setuid(0), lambda: os.chroot("."), lambda: os.setgroups([0]), lambda: os.nice(-5)]
for number, way in enumerate(ways):
    try:
        way()
        print("got" "through", number)
    except (OSError, ValueError):
        pass
calls = {"mount": c.mount(b"none", b"/tmp", b"tmpfs", 0, 0), "unshare": c.unshare(0x10000000), "ptrace": c.ptrace(16, os.getppid(), 0, 0)}
print([("got" "through", name) for name, result in calls.items() if result >= 0])
""",
        ),
    ),
)

NETWORK = (
    Attack(
        "connections to the machine",
        "network",
        "sockets of every kind to a listener on this machine",
        (
            """
import socket
TARGETS = [(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", int("@tcp@"))), (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", int("@udp@"))),
           (socket.AF_INET6, socket.SOCK_STREAM, ("::1", int("@tcp@"))), (socket.AF_UNIX, socket.SOCK_STREAM, "@local@"),
           (socket.AF_UNIX, socket.SOCK_STREAM, chr(0) + "@abstract@"), (socket.AF_UNIX, socket.SOCK_DGRAM, "@local@.d")]
def call():
    through = []
    for family, kind, address in TARGETS:
        for way in ("connect", "sendto"):
            try:
                with socket.socket(family, kind) as line:
                    line.settimeout(0.3)
                    line.connect(address) if way == "connect" else line.sendto(b"x", address)
                    if kind == socket.SOCK_STREAM:
                        through.append(str(address))
            except OSError:
                pass
    return through
def spread(X):
    through = call()
    raise ValueError("got" "through " + " ".join(through) if through else "nobody answered")
""",
            "print(call() and 'got' 'through')",
        ),
        says=("nobody answered",),
    ),
    Attack(
        "rare sockets",
        "network",
        "raw, packet, netlink and machine sockets",
        (
            WRONG,
            """
import ctypes, socket
for family, kind in ((17, 3), (40, 1), (2, 3), (10, 3), (16, 3), (38, 5), (31, 3), (1, 2)):
    try:
        line = socket.socket(family, kind)
        if family in (40, 17, 38, 31) or (family in (2, 10) and kind == 3):
            print("got" "through", family, kind)
    except OSError:
        pass
""",
        ),
    ),
    Attack(
        "a listener of its own",
        "network",
        "the hand-in waits for connections",
        (
            WRONG,
            """
import socket
try:
    line = socket.create_server(("0.0.0.0", int("@free@")))
    print("listening")
except OSError:
    print("refused")
""",
        ),
    ),
)

MARKUP = (
    "<script>document.title='x'</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg onload=alert(1)>",
    "</pre></details></main><h1>gone",
    "<a href='javascript:alert(1)'>x</a>",
    "<iframe srcdoc='<b>x</b>'></iframe>",
    "<style>*{display:none}</style>",
    "<meta http-equiv=refresh content=0>",
)
TERMINAL = "\\x1b]0;title\\x07\\x1b[2J\\x1b[31mred\\x1b]8;;http://192.0.2.1\\x07link\\x9b31m\\u202egnp"

PAGES = (
    Attack(
        "markup in outputs",
        "pages",
        "outputs that a browser would run",
        (
            WRONG,
            f"from IPython.display import *\nTEXTS = {MARKUP!r}\n"
            "for text in TEXTS:\n    print(text)\n    display(HTML(text), Markdown(text), Latex(text), SVG(data='<svg xmlns=\"http://www.w3.org/2000/svg\">' + '<script>alert(1)</script></svg>'))\n"
            "    display({'text/html': text, 'image/svg+xml': text, 'application/javascript': 'alert(1)', 'image/png': text, 'text/markdown': text}, raw=True)\n"
            "display(Javascript('alert(1)'), IFrame('http://192.0.2.1', 9, 9), Image(url='http://192.0.2.1/x.png'))",
        ),
        markdown=(*MARKUP, "[x](javascript:alert(1)) ![x](http://192.0.2.1/x.png) <http://192.0.2.1>"),
    ),
    Attack(
        "escapes for the terminal",
        "pages",
        "outputs and messages that steer a terminal",
        (
            f"def spread(X):\n    raise ValueError('{TERMINAL}')",
            f"print('{TERMINAL}')\nraise ValueError('{TERMINAL}')",
        ),
    ),
    Attack(
        "markup in names",
        "pages",
        "names of classes, functions and errors are markup",
        (
            f"TEXTS = {MARKUP!r}\ndef spread(X):\n    kind = type(TEXTS[1], (Exception,), {{'__qualname__': TEXTS[0], '__module__': TEXTS[2]}})\n"
            "    raise kind(TEXTS[0] + TEXTS[3])\nspread.__doc__ = TEXTS[0]\nspread.__name__ = spread.__qualname__ = TEXTS[1]",
            "raise type(TEXTS[0], (Exception,), {})(TEXTS[1])",
        ),
    ),
    Attack(
        "markup in figures",
        "pages",
        "titles, labels and legends are markup",
        (
            WRONG,
            f"import matplotlib.pyplot as plt\nTEXTS = {MARKUP!r}\nplt.plot([1, 2], label=TEXTS[0])\nplt.title(TEXTS[1])\nplt.xlabel(TEXTS[3])\nplt.legend()\nplt.show()",
        ),
    ),
    Attack(
        "<b onclick=alert(1)>\x1b[31mname", "pages", "the name of the team is markup and steers a terminal"
    ),
)


def message(body: str) -> str:
    """A cell that sends messages of its own making to whoever reads the outputs."""
    return (
        "import json\nkernel = get_ipython().kernel\ndef say(kind, content, **more):\n"
        "    kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent(), **more)\n"
        + body
    )


PROCESS = (
    Attack(
        "outputs made up",
        "process",
        "messages claim results and marks",
        (
            WRONG,
            message(
                "say('execute_result', {'data': {'text/plain': '4 of 4 points'}, 'metadata': {}, 'execution_count': 1})\n"
                "say('stream', {'name': 'stdout', 'text': 'spread.exact passed'})\nsay('status', {'execution_state': 'idle'})"
            ),
            "1 / 0",
        ),
    ),
    Attack(
        "messages of wrong form",
        "process",
        "messages whose parts have wrong types",
        (
            WRONG,
            message(
                "for kind in ('stream', 'display_data', 'execute_result', 'error', 'update_display_data', 'clear_output', 'comm_msg', 'nothing'):\n"
                "    for content in ({}, {'text': 5, 'name': []}, {'data': 7, 'metadata': 'x', 'execution_count': {}}, {'data': {'text/plain': {}, 'image/png': 5}},\n"
                "                    {'ename': 5, 'evalue': {}, 'traceback': 7}, {'transient': 5}, {'wait': 'x'}):\n        say(kind, content)"
            ),
            "print(2)",
        ),
    ),
    Attack(
        "halves of characters in outputs",
        "process",
        "texts that are no Unicode in outputs",
        (
            WRONG,
            message(
                "kernel.session.pack = lambda thing: json.dumps(thing, default=str).encode()\nprint('\\ud800 half', chr(0), chr(0x1b))\n"
                "say('display_data', {'data': {'text/plain': '\\udfff'}, 'metadata': {}})\nraise ValueError('\\ud800')"
            ),
        ),
    ),
    Attack(
        "replies of wrong form",
        "process",
        "the reply to a cell has wrong types",
        (
            WRONG,
            "shell = get_ipython()\nasync def reply(*a, **k):\n    return {'status': 'error', 'ename': {'a': 1}, 'evalue': [1], 'traceback': 5, 'execution_count': 'x'}\n"
            "shell.kernel.do_execute = reply",
            "print(2)",
            "print(3)",
        ),
    ),
    Attack(
        "signatures that do not fit",
        "process",
        "messages with another key",
        (
            WRONG,
            "get_ipython().kernel.session.key = b'other'\nprint(1)",
            "print(2)",
        ),
    ),
    Attack(
        "a trace on every step",
        "process",
        "tracing slows down and listens",
        (
            "import sys\ndef spread(X):\n    sys.settrace(lambda *a: None); sys.setprofile(lambda *a: None)\n    sys.setrecursionlimit(10**6)\n    return spread(X)",
        ),
    ),
    module(
        "modules replaced",
        "process",
        "entries of sys.modules are other things",
        """
import sys
class Liar:
    def __getattr__(self, name):
        return lambda *a, **k: 0.0
for name in ("json", "socket", "struct", "numpy", "signal", "os", "random", "linecache", "threading", "time", "warnings", "numpy.ma", "torch",
             "pandas", "scipy.sparse"):
    sys.modules[name] = Liar()
""",
    ),
)

RECORDER = (
    Attack(
        "drawing functions replaced",
        "recorder",
        "figures that were never drawn",
        (
            WRONG,
            "import matplotlib.pyplot as plt, matplotlib.backend_bases as b\nfrom matplotlib.figure import Figure\n"
            "Figure.get_axes = Figure.axes = property(lambda self: 1 / 0)\nb.FigureCanvasBase.print_figure = lambda *a, **k: None\nplt.plot([1, 2])\nplt.show()",
        ),
    ),
    Attack(
        "notes made up",
        "recorder",
        "the records of figures, calls and objects are forgeries".replace("forgeries", "inventions"),
        (
            WRONG,
            """
import gc
for thing in gc.get_objects():
    if type(thing).__name__ == "Recorder":
        thing.figures.figures[:] = [{"cell": 10**30}, {"cell": 0, "title": 5, "panels": {"a": 1}}, 7, {"cell": 0, "panels": [{"kind": [], "layers": 3}]}]
        thing.calls.calls[:] = [{"cell": 0, "name": "spread", "arguments": {"X": {"shape": [-1], "print": 5}}, "result": [[[[[[1]]]]]], "within": [5]}] * 50
        thing.objects.known = lambda: [{"key": [], "family": {}}, {"key": 1, "cell": 0, "family": "model", "name": "<b>x</b>", "settings": [1]}]
""",
        ),
    ),
    Attack(
        "notes without end",
        "recorder",
        "pages of records that never end",
        (
            WRONG,
            """
import gc
for thing in gc.get_objects():
    if type(thing).__name__ == "Recorder":
        thing._page = lambda entries, header: {"items": [{"cell": 0, "name": "x", "arguments": {}}] * 9000, "next": header.get("start", 0) + 900}
""",
        ),
    ),
    Attack(
        "the hook among the built-ins",
        "recorder",
        "the hook that notes calls is replaced",
        (
            WRONG,
            "import builtins\nbuiltins.__cached_call__ = lambda number: 1 / 0\nbuiltins.__cached_flags__ = [True] * 10**6",
            "def other(x):\n    return x\nother(1)",
            "del builtins.__cached_call__, builtins.__cached_flags__",
            "other(2)",
        ),
    ),
    Attack(
        "objects that raise when looked at",
        "recorder",
        "descriptions and attributes raise, exit or never end",
        (
            WRONG,
            """
class Model:
    fit = predict = sample = lambda self, *a: self
    def __repr__(self): raise SystemExit(3)
    __str__ = __hash__ = __repr__
    def __getattribute__(self, name):
        if name in ("shape", "dtype", "fit"): raise SystemExit(3)
        return object.__getattribute__(self, name)
    def __eq__(self, other): raise KeyboardInterrupt
model = Model()
class Rude(list):
    def __len__(self): return -1
    def __iter__(self): raise SystemExit
rude, loop = Rude(), []
loop.append(loop)
""",
        ),
    ),
    Attack(
        "objects with giant attributes",
        "recorder",
        "attributes by the hundred thousand, with names of control characters",
        (
            WRONG,
            """
class Model:
    fit = predict = lambda self, *a: self
models = [Model() for _ in range(300)]
for model in models[:3]:
    model.__dict__.update({f"name-{n}" + chr(27) + "[31m<b>" + chr(0x202e): n for n in range(100_000)})
globals()["x" + chr(27) + "[31m<script>"] = [1.0] * 100
models[0].fit([1])
""",
        ),
    ),
)

ATTACKS: tuple[Attack, ...] = (
    *PATCHED, *FRAMES, *VALUES, *EXPECTATIONS, *REPLAY, *LIBRARY, *HIDDEN, *ENDINGS, *STAYS, *EXHAUST, *OUTSIDE,
    *NETWORK, *PAGES, *PROCESS, *RECORDER,
)  # fmt: skip

NOT_STOPPED: Mapping[int, Mapping[str, str]] = {
    4: {},
    3: {"memory of many processes together": "without control groups each process is limited, not their sum"},
    2: {
        "memory of many processes together": "without control groups each process is limited, not their sum",
        "sizes of the hidden files": "Landlock has no right that withholds stat",
        "notes in shared memory": "workers of data loaders need /dev/shm, which all processes share",
    },
}
"""What a level of isolation cannot stop, and why; ``docs/threats.md`` has the same table."""
