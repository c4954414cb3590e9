"""The terms of finding: a symbol that a hand-in defines, and the parameters in its signature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.syntax import unversioned

__all__ = ["Argument", "Symbol"]


@dataclass(frozen=True)
class Argument:
    """One parameter in a signature of the hand-in."""

    name: str
    kind: str = "positional_or_keyword"
    required: bool = True
    value: Any = None
    """Default value if it is a number, a text, a truth value, or a list or tuple of such."""
    annotation: str = ""
    default: str = ""
    """The default as it is written; empty where there is none."""
    holds: Mapping[Any, Argument] = field(default_factory=dict)
    """For several settings in one: key or place -> what stands there; see ``grader.team.settings``."""
    shape: str = ""
    """Of these settings: ``dict``, ``tuple``, or ``made`` where they are fields of a class of the team's."""
    maker: str = ""
    """The symbol of that class."""
    given: frozenset[str] = frozenset()
    """Functions (or their parts, ``fit#0``) whose results the team passes to it."""
    passed: frozenset[str] = frozenset()
    """Functions that the team passes to it."""
    texts: tuple[str, ...] = ()
    """Texts that the team passes to it, or that the code compares it with."""
    numbers: tuple[float, ...] = ()
    """Numbers that the team passes to it."""
    branches: tuple[tuple[Any, frozenset[str]], ...] = ()
    """Values with which the code compares it, each with the words of what it does then; None where nothing fits."""
    uses: frozenset[str] = frozenset()
    """Attributes that the code reads of it, such as the methods of a generator of random numbers."""

    @property
    def starred(self) -> bool:
        """Whether it collects further positional arguments."""
        return self.kind == "var_positional"

    @property
    def ordinary(self) -> bool:
        """Whether one value is passed to it."""
        return not self.kind.startswith("var_")


@dataclass(frozen=True)
class Symbol:
    """A class, function or instance that the hand-in defines."""

    name: str
    kind: str
    """``class``, ``function`` or ``instance``."""
    parameters: tuple[Argument, ...] = ()
    """Of the function, or of the constructor (without ``self``)."""
    methods: dict[str, tuple[Argument, ...]] = field(default_factory=dict)
    inherited: frozenset[str] = frozenset()
    """Methods that come from a library's base class; their signatures are unknown here."""
    bases: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()
    """Lower-case words of the identifiers in its code."""
    free: frozenset[str] = frozenset()
    """Names that its code reads from outside of it."""
    written: frozenset[str] = frozenset()
    """Global names that its code binds or changes."""
    texts: tuple[str, ...] = ()
    """Short texts in its code, in order."""
    parts: tuple[str, ...] = ()
    """Names of what a function returns: of a tuple's entries or a dict's keys."""
    labels: tuple[str, ...] = ()
    """What the entries of a returned tuple may be called, where the code gives them no names."""
    listed: tuple[str, ...] = ()
    """Keys under which it stands in a dict: ``("tree", "fit")`` for ``MODELS["tree"]["fit"]``."""
    beside: tuple[str, ...] = ()
    """All first keys of that dict."""
    doc: str = ""
    origin: str = ""
    order: int = 0
    type: str = ""
    """Class name of an instance."""
    shadowed: bool = False
    unbound: bool = False
    """Whether it lies in a module of the hand-in and no name of the notebook leads to it."""
    times: int = 0
    """How often the hand-in's top-level code calls it, in loops twice."""
    sites: tuple[Mapping[str, tuple[Any, ...]], ...] = ()
    """For each of the team's calls the literals that it passes."""
    settings: tuple[Argument, ...] = ()
    """Attributes of a class that hold a number from the start, and that nothing reads before the object is made."""
    statics: frozenset[str] = frozenset()
    """Methods of a class that need no object."""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Arguments that are always passed: what makes a function for several models one for this."""

    @property
    def plain(self) -> str:
        """The name under which it stands in the code: ``predict`` for the first of several, ``predict#0``."""
        return unversioned(self.name)

    @property
    def short(self) -> str:
        """The same without its module."""
        return self.plain.rpartition(".")[2]

    @property
    def made_by(self) -> str:
        """The short name; for an instance that of its class."""
        return self.type if self.kind == "instance" else self.short

    @property
    def member(self) -> bool:
        """Whether it is a member of an enumeration: ``Kernel.SE``."""
        return self.kind == "instance" and self.plain.rpartition(".")[0].rpartition(".")[2] == self.type

    def offers(self) -> dict[str, tuple[Argument, ...] | None]:
        """Public methods with their parameters; None where the signature is a library's, or a decorator hides it."""
        foreign: dict[str, tuple[Argument, ...] | None] = dict.fromkeys(sorted(self.inherited))
        own: dict[str, tuple[Argument, ...] | None] = {
            name: None if _hidden(parameters) else parameters
            for name, parameters in self.methods.items()
            if name == "__call__" or name[:2] != "__"
        }
        return {**foreign, **own}


def _hidden(parameters: tuple[Argument, ...]) -> bool:
    """Whether a signature is that of a wrapper, ``(*args, **kwargs)``, and says nothing."""
    return len(parameters) == 2 and not any(parameter.ordinary for parameter in parameters)
