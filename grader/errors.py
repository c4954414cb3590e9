"""The tree of faults, by whose fault they are.

Fault
├── HandInFault          the team's files or code: reported on the page, the batch goes on
│   ├── Unreadable       nothing to judge could be read (broken zip, no notebook, ...)
│   └── TeamFault        a question to the team's code was not answered
│       ├── Raised       their code raised an exception
│       ├── Exited       their code called exit
│       ├── Overtime     no answer before the deadline (interrupted or killed)
│       ├── Died         the process is gone (signal, os._exit, memory)
│       ├── Flooded      more output than the budget allows
│       └── Malformed    the answer is not what was asked: shape, kind, not finite, forged frame
├── RubricFault          the course's rubric, reference or twins: exit code 2
├── UsageFault           the command line: exit code 2
└── GraderFault          our own fault or the machine's: never costs points
    └── LimitReached     one of our own budgets ended the work: reported as our limit
"""

from __future__ import annotations

import re

_LACKS = re.compile(
    r"'(?:numpy\.)?(?:ndarray|int\d*|float\d*|bool_?|tuple|list|Generator|RandomState)' object has no attribute '(?!__)"
)
"""Of values such as the judge hands over: arrays, numbers, tuples, lists and generators of random numbers."""


class Fault(Exception):  # noqa: N818 - the tree is named by faults
    """Something went wrong and we know whose fault it is.

    ``what`` is one sentence, ``where`` a file, cell or symbol, ``expected`` and ``got`` the two sides where
    there are two, ``next_step`` what the reader can do about it.
    """

    def __init__(
        self, what: str, *, where: str = "", expected: str = "", got: str = "", next_step: str = ""
    ) -> None:
        self.what, self.where, self.expected, self.got, self.next_step = what, where, expected, got, next_step
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """The message as the reader sees it: where, what, expected, got, next step."""
        text = f"{self.where}: {self.what}" if self.where else self.what
        if self.expected or self.got:
            text = (
                text.rstrip(".")
                + f": expected {self.expected or '(see the sheet)'}, got {self.got or 'nothing'}."
            )
        return f"{text} {self.next_step}".strip()


class HandInFault(Fault):
    """The team's files or code cannot be used as they are."""


class Unreadable(HandInFault):
    """Nothing to judge could be read from the hand-in."""


class TeamFault(HandInFault):
    """A question to the team's code was not answered."""


class Raised(TeamFault):
    """The team's code raised an exception; ``kind`` is its class name, ``lines`` the traceback's last lines."""

    def __init__(self, what: str, *, kind: str = "", lines: tuple[str, ...] = (), **details: str) -> None:
        self.kind, self.lines = kind, lines
        super().__init__(what, **details)

    @property
    def of_plain_value(self) -> bool:
        """Whether a plain value, such as was handed over, was used as if it were an object of the team's own."""
        return self.kind == "AttributeError" and _LACKS.search(self.what) is not None


class Exited(TeamFault):
    """The team's code called ``exit`` or raised ``SystemExit``."""


class Overtime(TeamFault):
    """No answer came before the deadline."""


class Died(TeamFault):
    """The process that held the team's code is gone."""


class Flooded(TeamFault):
    """The team's code wrote more output than the budget allows."""


class Malformed(TeamFault):
    """The answer is not of the kind that was asked for."""


class RubricFault(Fault):
    """The course's rubric, reference or twins contradict themselves."""


class UsageFault(Fault):
    """The command line asks for something that is not there."""


class GraderFault(Fault):
    """Our own fault, or the machine's; it never costs a team points."""


class LimitReached(GraderFault):
    """One of our own budgets ended the work."""
