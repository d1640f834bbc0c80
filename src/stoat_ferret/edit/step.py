"""One edit of a batch while it is applied: the draft that it changes, and what it has to say."""

from __future__ import annotations

from typing import Any

from stoat_ferret.edit.draft import Draft
from stoat_ferret.edit.refusal import refuse


class Step:
    """The draft, and the result of the edit at hand."""

    def __init__(self, draft: Draft, op: str) -> None:
        self.draft = draft
        self.grid = draft.grid
        self.op = op
        self.id: str | None = None
        """Id of what the edit made."""
        self.ids: list[str] = []
        """Ids of further things that it made."""
        self.snapped: dict[str, float] = {}
        """Times that were put on the grid, by field, in seconds."""
        self._split_before = len(draft.split)

    def time(self, field: str, value: float | str) -> float:
        """Seconds of a time of the edit."""
        return self.grid.time(value, f"/{field}")

    def frame(self, field: str, value: float | str) -> int:
        """The frame nearest to a time of the edit, which says so where it is another one."""
        seconds = self.time(field, value)
        frame = self.grid.frame(seconds)
        if self.grid.is_off(seconds, frame):
            self.snapped[field] = self.grid.seconds(frame)
        return frame

    def length(self, field: str, value: float | str, path: str = "") -> int:
        """Frames of a duration, at least one; `path` is where the edit says it, by default in the field."""
        frames = self.frame(field, value)
        if frames < 1:
            raise refuse(
                path or f"/{field}",
                "edit.too_short",
                "This is shorter than one frame.",
                f"A frame lasts {self.grid.seconds(1):g} s.",
            )
        return frames

    def close(self) -> None:
        """The edit is done: what it cut off in passing is told, too."""
        self.ids += [name for name in self.draft.split[self._split_before :] if name != self.id]

    def result(self) -> dict[str, Any]:
        """What the answer says of this edit."""
        told: dict[str, Any] = {"op": self.op}
        if self.id is not None:
            told["id"] = self.id
        if self.ids:
            told["ids"] = self.ids
        if self.snapped:
            told["snapped"] = self.snapped
        return told
