"""An nbclient client whose outputs are counted and trimmed, and which no message can break."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete
from nbformat.v4 import new_output

MESSAGES_PER_CELL = 5_000
FLOOD_FACTOR = 5
"""A cell that sends more than so many times what is kept is stopped."""
TRACEBACK_CHARACTERS = 20_000
_KEPT = {"stream", "display_data", "execute_result", "error"}


class CappedClient(NotebookClient):  # type: ignore[misc]
    """Runs cells, keeps at most ``output_bytes`` of output over all cells, and says where it trimmed."""

    def __init__(self, notebook: Any, *, manager: Any, output_bytes: int) -> None:
        super().__init__(
            notebook,
            km=manager,
            timeout=None,
            allow_errors=True,
            record_timing=False,
            store_widget_state=False,
            coalesce_streams=False,
            on_cell_executed=self._note_reply,
        )
        self.reply: dict[str, Any] = {}
        """Content of the last execute reply."""
        self.trimmed: set[int] = set()
        """Indices of cells whose output was trimmed."""
        self.flooded = False
        """The running cell sent far more than is kept."""
        self._limit, self._left = output_bytes, output_bytes
        self._bytes = self._messages = 0

    def begin_cell(self) -> None:
        """Start the counts of a new cell."""
        self.reply, self.flooded, self._bytes, self._messages = {}, False, 0, 0

    def finish_cell(self, cell: Any, index: int) -> None:
        """Join the printed pieces, apply carriage returns, and say in the cell if something was trimmed."""
        cell.outputs = list(_joined(cell.outputs))
        if index in self.trimmed:
            text = "\n[output trimmed: this run keeps a limited amount of output]\n"
            cell.outputs.append(new_output("stream", name="stderr", text=text))

    def _note_reply(self, execute_reply: dict[str, Any], **_: Any) -> None:
        self.reply = execute_reply.get("content", {})

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        """Count and trim a message, then treat it as usual; a malformed one is dropped."""
        try:
            kind = msg["msg_type"]
            if kind in _KEPT or kind == "update_display_data":
                size = _size(msg["content"])
                self._messages += 1
                self._bytes += size
                too_many = self._messages > FLOOD_FACTOR * MESSAGES_PER_CELL
                self.flooded = self.flooded or too_many or self._bytes > FLOOD_FACTOR * self._limit
                if not self._fit(kind, msg["content"], size, cell_index):
                    return None
            return super().process_message(msg, cell, cell_index)
        except CellExecutionComplete:
            raise
        except Exception:
            self.trimmed.add(cell_index)
            return None

    def handle_comm_msg(self, outs: Any, msg: Any, cell_index: int) -> None:
        """Ignore widgets: nobody is there to move a slider."""

    def _fit(self, kind: str, content: dict[str, Any], size: int, index: int) -> bool:
        """Shorten a message to what is left of the limit; False when nothing of it is kept."""
        if kind == "error":
            content["evalue"] = str(content["evalue"])[:TRACEBACK_CHARACTERS]
            content["traceback"] = _shortened(content["traceback"])
            return True
        if size <= self._left and self._messages <= MESSAGES_PER_CELL:
            self._left -= size
            return True
        self.trimmed.add(index)
        if kind != "stream" or self._left <= 0 or self._messages > MESSAGES_PER_CELL:
            return False
        content["text"] = content["text"][: self._left]
        self._left = 0
        return True


def _shortened(lines: Iterable[str]) -> list[str]:
    kept, left = [], TRACEBACK_CHARACTERS
    for line in lines:
        kept.append(str(line)[:left])
        left -= len(kept[-1])
        if left <= 0:
            break
    return kept


def _size(content: Any) -> int:
    """Characters of all texts in a message."""
    if isinstance(content, str):
        return len(content)
    if isinstance(content, dict):
        return sum(_size(value) for value in content.values())
    return sum(map(_size, content)) if isinstance(content, list | tuple) else 8


def _joined(outputs: Iterable[Any]) -> Iterable[Any]:
    """Outputs with the pieces of each stream joined where the first of them stood."""
    parts: dict[str, list[str]] = {}
    order: list[Any] = []
    for output in outputs:
        if output.get("output_type") == "stream":
            name = str(output["name"])
            if name not in parts:
                parts[name] = []
                order.append(name)
            parts[name].append(str(output["text"]))
        else:
            order.append(output)
    for entry in order:
        if isinstance(entry, str):
            yield new_output("stream", name=entry, text=_overwritten("".join(parts[entry])))
        else:
            yield entry


def _overwritten(text: str) -> str:
    """What a terminal shows after carriage returns: the last version of each line (progress bars)."""
    text = text.replace("\r\n", "\n")
    if "\r" not in text:
        return text
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
