"""The living hand-in as the checks see it: questions to its definitions, replaced when its process dies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from grader.errors import Died, Malformed, Overtime, TeamFault
from grader.records import Blame, Remark, Slice, Statement
from grader.team.conversation import Conversation, Process
from grader.team.wire import Handle, Name

MAX_RESTARTS = 60
MAX_NAMES = 1000
"""Most definitions that are looked at; the agent names fewer."""
LOAD_MARGIN_SECONDS = 3.0


class Restarted(TeamFault):
    """The process was replaced: objects made before it are gone and must be made again."""


class Child(Process, Protocol):
    """A running confined process with the channel on which its agent answers."""

    channel: Any


class Limits(Protocol):
    """The part of a budget that questions need; seconds of wall time."""

    @property
    def call_seconds(self) -> float:
        """Of one question."""

    @property
    def training_call_seconds(self) -> float:
        """Of one question that trains."""

    @property
    def slice_seconds(self) -> float:
        """Of loading the definitions."""


class Session:
    """Questions to one hand-in; opened on the first one, reopened after a death, closed by its owner."""

    def __init__(
        self,
        open_child: Callable[[], Child],
        slice: Slice,
        seed: int = 0,
        *,
        budget: Limits | None = None,
        folder: str = "",
    ) -> None:
        """Remember what to load; ``folder`` is where the main file lies, relative to the child's own folder."""
        self._open_child, self._slice, self._seed, self._folder = open_child, slice, seed, folder
        self.call_seconds = budget.call_seconds if budget else 5.0
        self.training_call_seconds = budget.training_call_seconds if budget else 30.0
        self._load_seconds = budget.slice_seconds if budget else 10.0
        self._conversation: Conversation | None = None
        self._deadly: set[int] = set()
        self.generation = 0
        """Number of processes so far; a handle belongs to one of them."""
        self.outcomes: tuple[dict[str, Any], ...] = ()
        """What became of each statement of the slice, in order: ``ok``, else ``kind``, ``message``, ``line``."""
        self.remarks: tuple[Remark, ...] = ()

    @property
    def statements(self) -> tuple[Statement, ...]:
        """What is loaded: the source of the hand-in's definitions."""
        return self._slice.statements

    @property
    def restarts(self) -> int:
        """How many processes had to be replaced."""
        return max(self.generation - 1, 0)

    # ---- questions ----------------------------------------------------------------------------------

    def names(self) -> list[dict[str, Any]]:
        """Describe the hand-in's classes, functions, instances, modules and values as plain data."""
        described = self.ask("names")
        if not isinstance(described, list):
            raise Malformed("the description of the hand-in's definitions is not a list")
        return [entry for entry in described[:MAX_NAMES] if _is_description(entry)]

    def construct(
        self,
        target: str | Name | Handle,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        seconds: float | None = None,
    ) -> Handle:
        """Make an object of a class (or call a factory) and give its handle."""
        handle = self.call(target, None, args, kwargs, keep=True, seconds=seconds)
        if not isinstance(handle, Handle):
            raise Malformed("the construction of an object gave no object")
        return handle

    def call(
        self,
        target: str | Name | Handle,
        attribute: str | None = None,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        keep: bool = False,
        evaluate: bool | None = None,
        seconds: float | None = None,
    ) -> Any:
        """Call a function, an object or one of its methods and give the answer as data.

        ``keep`` gives a handle whatever comes back; ``evaluate`` runs a torch module in evaluation mode
        without gradients (None: only where the module itself is called). Raises the ``TeamFault`` that fits,
        ``Restarted`` when an argument belongs to a process that is gone.
        """
        header: dict[str, Any] = {"target": _target(target), "args": list(args), "kwargs": dict(kwargs or {})}
        if attribute is not None:
            header["attribute"] = attribute
        if evaluate is not None:
            header["evaluate"] = evaluate
        return self.ask("call", seconds=seconds, keep=keep, **header)

    def get(self, target: str | Name | Handle, attribute: str = "", *, keep: bool = False) -> Any:
        """Give an object's attribute (dots allowed), or the object itself as far as it is data."""
        return self.ask("get", target=_target(target), attribute=attribute, keep=keep)

    def drop(self, handles: Iterable[Handle]) -> None:
        """Let the process forget objects; handles of earlier processes are ignored."""
        numbers = [handle.id for handle in handles if handle.generation == self.generation]
        if numbers and self.alive:
            self.ask("drop", handles=numbers)

    def seed(self, seed: int) -> None:
        """Seed the global generators of random, NumPy and torch with distinct streams."""
        self.ask("seed", seed=seed)

    def ask(self, op: str, *, seconds: float | None = None, **header: Any) -> Any:
        """Ask anything of the agent; opens or reopens the process first if need be."""
        conversation = self._ready()
        for value in (header.get("target"), *header.get("args", ()), *header.get("kwargs", {}).values()):
            self._check_generation(value)
        try:
            return conversation.ask(op, seconds=seconds, **header)
        except Overtime:
            self._mistrust()
            raise

    # ---- life ---------------------------------------------------------------------------------------

    @property
    def alive(self) -> bool:
        """Whether a process is there and can be asked."""
        return self._conversation is not None and not self._conversation.dead

    def _mistrust(self) -> None:
        """An interrupted process may hold half-made state (a module imported by half): go on in a fresh one."""
        if self._conversation is not None and not self._conversation.dead:
            self._conversation.end()

    def reset(self) -> None:
        """Go on in a fresh process: nothing that earlier questions changed remains."""
        self.close()
        self._ready()

    def close(self) -> None:
        """End the process; a later question opens a new one."""
        if self._conversation is not None and not self._conversation.dead:
            self._conversation.end()
        self._conversation = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check_generation(self, value: Any) -> None:
        if isinstance(value, list | tuple):
            for item in value:
                self._check_generation(item)
        if isinstance(value, Handle) and value.generation != self.generation:
            raise Restarted(
                "The process with the team's code was replaced after an earlier call ended it, "
                f"and the {value.type} object went with it."
            )

    def _ready(self) -> Conversation:
        if self._conversation is None or self._conversation.dead:
            if self.restarts >= MAX_RESTARTS:
                raise Died(f"The team's code ended its process {self.restarts} times; we stopped asking.")
            self._conversation = self._load()
        return self._conversation

    def _fresh(self) -> Conversation:
        child = self._open_child()
        self.generation += 1
        conversation = Conversation(child.channel, child, self.call_seconds, self.generation)
        conversation.ask("seed", seed=self._seed)
        return conversation

    def _load(self) -> Conversation:
        """Open a process with the slice in it; a statement that ends the process is found and left out."""
        conversation = self._fresh()
        try:
            told = self._send(conversation, self._loadable())
        except (Died, Overtime, Malformed):
            if not conversation.dead:
                conversation.end()
            conversation, told = self._load_singly()
        statements = self._slice.statements
        self.outcomes = tuple(told.get(index, _DEADLY) for index in range(len(statements)))
        self.remarks = tuple(_remarks(statements, self.outcomes))
        return conversation

    def _loadable(self) -> list[int]:
        return [index for index in range(len(self._slice.statements)) if index not in self._deadly]

    def _load_singly(self) -> tuple[Conversation, dict[int, dict[str, Any]]]:
        """Load one statement at a time, starting anew without each one that ends the process."""
        while self.restarts < MAX_RESTARTS:
            conversation = self._fresh()
            told: dict[int, dict[str, Any]] = {}
            for index in self._loadable():
                try:
                    told |= self._send(conversation, [index])
                except (Died, Overtime, Malformed):
                    self._deadly.add(index)
                    if not conversation.dead:
                        conversation.end()
                    break
            else:
                return conversation, told
        raise Died("The team's definitions end every process into which they are loaded.")

    def _send(self, conversation: Conversation, indices: Sequence[int]) -> dict[int, dict[str, Any]]:
        chosen = [self._slice.statements[index] for index in indices]
        entries = [_entry(statement) for statement in chosen]
        budget = 3 * self._load_seconds
        told = conversation.ask(
            "load",
            seconds=budget + LOAD_MARGIN_SECONDS,
            statements=entries,
            folder=self._folder,
            budget=budget,
            each=self._load_seconds,
        )
        if (
            not isinstance(told, list)
            or len(told) != len(entries)
            or not all(isinstance(o, dict) for o in told)
        ):
            raise Malformed("loading the definitions gave no list of outcomes")
        return dict(zip(indices, told, strict=True))


_DEADLY: dict[str, Any] = {
    "ok": False,
    "kind": "Died",
    "message": "it ends the whole process",
    "line": None,
}


def _entry(statement: Statement) -> dict[str, Any]:
    """A statement as the process is told it; one of a module with the module's name and file."""
    entry: dict[str, Any] = {
        "source": statement.source,
        "origin": statement.origin,
        "names": list(statement.names),
        "kind": statement.kind,
    }
    if statement.module:
        file = statement.origin.rpartition(", line ")[0]
        entry |= {"module": statement.module, "file": file.rpartition(", cell ")[0] or file}
    return entry


def _is_description(entry: Any) -> bool:
    """Whether what the process says of one name has the types that our agent's words have."""
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        return False
    words = ("kind", "module", "type", "doc")
    methods = entry.get("methods", {})
    return (
        all(isinstance(entry.get(word, ""), str) for word in words)
        and all(_are_words(entry.get(words, [])) for words in ("bases", "inherited"))
        and isinstance(methods, dict)
        and all(map(_is_signature, (entry.get("parameters", []), *methods.values())))
    )


def _are_words(listed: Any) -> bool:
    return isinstance(listed, list) and all(isinstance(word, str) for word in listed)


def _is_signature(listed: Any) -> bool:
    return isinstance(listed, list) and all(
        isinstance(one, dict)
        and isinstance(one.get("name"), str)
        and all(isinstance(one.get(word) or "", str) for word in ("kind", "default", "annotation"))
        and isinstance(one.get("value"), int | float | str | None)
        for one in listed
    )


def _target(target: str | Name | Handle) -> Name | Handle:
    return Name(target) if isinstance(target, str) else target


def _remarks(statements: Sequence[Statement], outcomes: Sequence[Mapping[str, Any]]) -> Iterable[Remark]:
    """Missing packages once by name, then every other definition that could not be had."""
    named: set[str] = set()
    for statement, outcome in zip(statements, outcomes, strict=True):
        missing = outcome.get("missing")
        if outcome.get("ok") or (missing and str(missing) in named):
            continue
        if missing:
            named.add(str(missing))
            yield Remark(
                "missing_package",
                f"'{missing}' is neither installed here nor a file of the hand-in.",
                where=statement.origin,
                next_step="Hand in your own modules beside the notebook, and use only the course's packages.",
            )
        else:
            yield Remark(
                "definition_failed",
                f"{', '.join(statement.names) or 'A statement'} could not be defined: "
                f"{outcome.get('kind')}: {str(outcome.get('message'))[:300]}.",
                where=statement.origin,
                blame=Blame.TEAM,
            )
