"""What a batch of edits makes of a project, in one thread: each change of threads waits for its turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from stoat_ferret import edit as engine
from stoat_ferret.apart import apart
from stoat_ferret.config import Settings
from stoat_ferret.errors import Conflict, PreconditionFailed, Problem, RequestError
from stoat_ferret.model.edit import Edit
from stoat_ferret.model.event import Context, new_id, now
from stoat_ferret.projects import checking
from stoat_ferret.projects.checking import Judge
from stoat_ferret.projects.materials import Materials, Places
from stoat_ferret.projects.memory import Memory
from stoat_ferret.projects.revisions import Revision
from stoat_ferret.storage import idempotency
from stoat_ferret.storage.idempotency import Answer

__all__ = ["Batches", "EditRequest", "Made", "Meant", "require_head"]


@dataclass(frozen=True, kw_only=True)
class EditRequest:
    """A batch of edits, done whole or not at all."""

    edits: tuple[Edit, ...]
    base_revision: int | None = None
    """The revision that whoever sends it has seen; none: whichever is the newest."""
    intent: str | None = None
    """Why, in the words of whoever sends it."""
    dry_run: bool = False
    """Do all of it, and store nothing."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """A batch, applied to the newest revision."""

    head: Revision
    applied: engine.Applied
    judge: Judge
    rebased: tuple[int, ...]
    """The revisions that it was applied over because it was meant for an earlier one."""


@dataclass(frozen=True, kw_only=True)
class Meant:
    """What a batch is to be applied to."""

    head: Revision
    base: Revision
    """The one that whoever sent it had seen; mostly the head."""

    def sources(self, request: EditRequest) -> frozenset[str]:
        """The names of all sources that it takes to apply it."""
        return self.head.sources | self.base.sources | engine.sources_of(request.edits)


class Batches:
    """Applies batches to the newest revisions of projects, and stores nothing."""

    def __init__(self, settings: Settings, memory: Memory, materials: Materials) -> None:
        self._settings = settings
        self._memory = memory
        self._materials = materials

    def trial(
        self, connection: Connection, by: Context, project_id: str, request: EditRequest, expected: int | None
    ) -> Answer | Made | Meant:
        """What the batch makes of the newest revision, or the answer that this request was given before.

        Or what it is meant for, where sources have to be looked at first. `expected` must be the newest
        revision. Raises what `made` raises, `NotFound` and `PreconditionFailed`.
        """
        if (known := idempotency.recall(connection, by)) is not None:
            return known
        head = self._memory.newest(connection, project_id)
        if expected is not None:
            require_head(head.revision, expected)
        meant = Meant(head=head, base=self._base(connection, head, request.base_revision))
        places = self._materials.places_in(connection, meant.sources(request))
        return meant if places is None else self._made(meant, request, places)

    async def made(self, meant: Meant, request: EditRequest) -> Made:
        """What the batch makes, whatever there is to be looked at.

        Raises `RequestError` with all that is wrong with the batch, or `Conflict` where others were at the
        same elements since the revision that it is meant for.
        """
        places = await self._materials.places(meant.sources(request))
        return await apart(lambda: self._made(meant, request, places))

    def _base(self, connection: Connection, head: Revision, number: int | None) -> Revision:
        if number is None or number == head.revision:
            return head
        if not 1 <= number < head.revision:
            raise RequestError.because(
                "edit.base_unknown",
                f"There is no revision {number}; the newest is {head.revision}.",
                hint="Read the project, and send the revision that you read.",
                path="/base_revision",
            )
        return self._memory.load(connection, head.project_id, number)

    def _made(self, meant: Meant, request: EditRequest, places: Places) -> Made:
        head, base = meant.head, meant.base
        if base is not head:
            self._require_apart(meant, request, places)
        judge = self._judge(head, request.edits, places)
        applied = self._applied(head, request.edits, judge.media, judge)
        rebased = tuple(range(base.revision + 1, head.revision + 1))
        return Made(head=head, applied=applied, judge=judge, rebased=rebased)

    def _require_apart(self, meant: Meant, request: EditRequest, places: Places) -> None:
        """Raise `Conflict` where others were at what a stale batch is about."""
        base = meant.base
        media = self._materials.look(
            self._materials.folder(base), base.sources | engine.sources_of(request.edits), places
        )
        # Whether the result is sound is asked of the head alone.
        mine = self._applied(base, request.edits, media, None)
        theirs = engine.changes(base.document, meant.head.document)
        if found := engine.conflicts(mine, theirs):
            raise self._overlap(meant, request, places, theirs, found)

    def _overlap(
        self,
        meant: Meant,
        request: EditRequest,
        places: Places,
        theirs: engine.Changes,
        found: Sequence[engine.Conflict],
    ) -> Conflict:
        """What overlaps, and the batch as it can be sent anew, as far as it still can."""
        head = meant.head
        edits, problems = self._carried(meant, request, places)
        if not problems:
            try:
                judge = self._judge(head, edits, places)
                self._applied(head, edits, judge.media, judge)
            except RequestError as refused:
                problems = refused.problems
        problem = Problem(
            code="edit.conflict",
            path="/base_revision",
            message=f"Since revision {request.base_revision} others changed "
            + ", ".join(repr(one.id) for one in found[:10])
            + ".",
            hint="Look at what changed, and decide anew."
            if problems
            else "Look at what changed; if you still mean it, send the rebased batch.",
        )
        rebased = {
            "base_revision": head.revision,
            "edits": [edit.to_json() for edit in edits],
            "intent": request.intent,
        }
        return Conflict(
            problems=(problem, *problems),
            details={
                "base_revision": request.base_revision,
                "revision": head.revision,
                "overlap": [one.to_json() for one in found],
                "changes": theirs.to_json(),
                "rebased": None if problems else rebased,
            },
        )

    def _carried(
        self, meant: Meant, request: EditRequest, places: Places
    ) -> tuple[tuple[Edit, ...], tuple[Problem, ...]]:
        """The edits as they are meant for the newest revision, and the times of which that cannot be said."""
        folder = self._materials.folder(meant.head)
        return engine.carry(
            request.edits,
            base=meant.base.document,
            head=meant.head.document,
            media=self._materials.look(folder, meant.sources(request), places),
            captions=checking.captions(engine.captions_of(request.edits), folder, self._settings),
            new_id=new_id,
        )

    def _judge(self, head: Revision, edits: Sequence[Edit], places: Places) -> Judge:
        names = head.sources | engine.sources_of(edits)
        media = self._materials.look(self._materials.folder(head), names, places)
        return Judge(media, self._settings, self._memory.sound(head))

    def _applied(
        self, to: Revision, edits: Sequence[Edit], media: Mapping[str, Any], check: Judge | None
    ) -> engine.Applied:
        folder = self._materials.folder(to)
        captions = checking.captions(engine.captions_of(edits), folder, self._settings)
        return engine.apply(
            to.document,
            edits,
            media=media,
            new_id=new_id,
            captions=captions,
            check=check,
            modified_at=now(),
        )


def require_head(head: int, base: int) -> None:
    """Refuse what was meant for another revision than the newest; raises `PreconditionFailed`."""
    if base != head:
        raise PreconditionFailed.because(
            "revision.stale",
            f"The project is at revision {head}, not at {base}.",
            hint="Read it again, and decide anew.",
            path="/header/If-Match",
        )
