"""Projects as everybody drives them: every change is a batch of edits, every state a revision."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import Connection, delete, func, select

from stoat_ferret import edit as engine
from stoat_ferret.apart import apart
from stoat_ferret.config import Settings
from stoat_ferret.discretion import Discretion
from stoat_ferret.errors import Conflict, NotFound, Problem, RequestError
from stoat_ferret.model.document import Document, canonical
from stoat_ferret.model.edit import AddEffect, AddTransition, Edit
from stoat_ferret.model.event import Context, new_id, now
from stoat_ferret.model.project import Output
from stoat_ferret.projects import checking, history, revisions
from stoat_ferret.projects.batches import Batches, EditRequest, Meant, require_head
from stoat_ferret.projects.materials import Materials
from stoat_ferret.projects.memory import Memory
from stoat_ferret.projects.revisions import Revision
from stoat_ferret.sourcing import Library
from stoat_ferret.storage import idempotency, tables
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.database import Database, plain
from stoat_ferret.storage.folders import slug_of
from stoat_ferret.storage.idempotency import Answer
from stoat_ferret.telemetry import meters

__all__ = ["EditRequest", "Projects"]

Shape = Callable[[Answer, Revision], Answer]
"""Words the answer to an edit, given the usual one and the new revision."""

Also = Callable[[Change], None]
"""Writes more together with a change, or raises, and then nothing is written."""

_EMPTY: Mapping[str, Any] = {"tracks": [], "global_effects": [], "markers": [], "metadata": {}}
"""What a new document says of what it does not have, so that a reader need not guess."""
_OUTPUT: Mapping[str, Any] = {name: field.default for name, field in Output.model_fields.items()}
"""The same, of what it is made for."""

_MOST_IN_MEMORY = 64
"""Revisions that are kept at hand: stale batches mean one that was the newest a moment ago."""


class Projects:
    """The one way to projects, for every door."""

    def __init__(self, database: Database, settings: Settings, library: Library) -> None:
        """`library` tells where the videos are that documents name by id."""
        self._database = database
        self._settings = settings
        self._memory = Memory()
        self._materials = Materials(settings, library)
        self._batches = Batches(settings, self._memory, self._materials)
        self._discretion = Discretion(settings)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def root(self) -> Path:
        """Where the project folders lie."""
        return self._settings.projects_dir

    # Reading

    async def page(self, *, limit: int, offset: int) -> dict[str, Any]:
        """The projects, the one that was changed last first."""

        def work(connection: Connection) -> dict[str, Any]:
            table = tables.projects
            rows = connection.execute(
                select(table).order_by(table.c.modified_at.desc(), table.c.id).limit(limit).offset(offset)
            )
            items = [
                {
                    "id": row.id,
                    "name": row.name,
                    "slug": row.slug,
                    "revision": row.head,
                    "created_at": row.created_at,
                    "modified_at": row.modified_at,
                }
                for row in rows
            ]
            total = connection.execute(select(func.count()).select_from(table)).scalar_one()
            return {"items": items, "total": total, "limit": limit, "offset": offset}

        return await self._database.read(work)

    async def get(self, project_id: str, revision: int | None = None) -> Revision:
        """A project at a revision, the newest by default; raises `NotFound`."""
        if revision is not None:
            return await self._database.read(
                lambda connection: revisions.load(connection, project_id, revision)
            )
        return await self._head(project_id)

    async def document(self, project_id: str, revision: int | None = None) -> Document:
        """The same as a document that can be rendered."""
        return await self._materials.document(await self.get(project_id, revision))

    async def stamps(self, found: Revision) -> tuple[tuple[object, ...], ...]:
        """What is another as soon as somebody touches a source of a revision."""
        return await self._materials.stamps(found)

    def require(self, connection: Connection, project_id: str) -> None:
        """Raise `NotFound` where there is no such project, for who reads the database already."""
        revisions.find(connection, project_id)

    async def of_clip(self, clip_id: str) -> str:
        """The project that has a clip; raises `NotFound`, or `Conflict` when several have one of this id."""
        table = tables.clips

        def work(connection: Connection) -> list[str]:
            rows = connection.execute(select(table.c.project_id).where(table.c.id == clip_id).limit(20))
            return [row.project_id for row in rows]

        found = await self._database.read(work)
        if not found:
            raise NotFound.named("clip", clip_id, path="/clip_id", hint="Name the project, too: project_id.")
        if len(found) > 1:
            raise Conflict.because(
                "clip.ambiguous",
                f"Several projects have a clip {clip_id!r}.",
                hint="Say which project is meant.",
                path="/project_id",
                allowed=tuple(found),
            )
        return found[0]

    async def history(self, project_id: str, *, limit: int, offset: int) -> dict[str, Any]:
        """The revisions, newest first, without their documents."""

        def work(connection: Connection) -> dict[str, Any]:
            table = tables.revisions
            total = revisions.find(connection, project_id).head
            rows = connection.execute(
                select(*[column for column in table.c if column.name not in ("document", "project_id")])
                .where(table.c.project_id == project_id)
                .order_by(table.c.revision.desc())
                .limit(limit)
                .offset(offset)
            )
            items = [plain(row) for row in rows]
            return {"items": items, "total": total, "limit": limit, "offset": offset}

        return await self._database.read(work)

    async def revision(self, project_id: str, number: int) -> dict[str, Any]:
        """One revision with its document."""

        def work(connection: Connection) -> dict[str, Any]:
            entry = revisions.entry(connection, project_id, number)
            entry["document"] = revisions.load(connection, project_id, number).document
            return entry

        return await self._database.read(work)

    async def diff(self, project_id: str, from_: int, to: int | None) -> dict[str, Any]:
        """What differs between two revisions: by element, and as ranges of the timeline."""
        old, new = await self.get(project_id, from_), await self.get(project_id, to)
        found = await apart(lambda: engine.changes(old.document, new.document))
        return {"project_id": project_id, "from": old.revision, "to": new.revision, **found.to_json()}

    async def validate(self, project_id: str, revision: int | None = None) -> dict[str, Any]:
        """Everything that is wrong with a project, or would be when it is rendered, with its fixes."""
        found = await self.get(project_id, revision)
        problems = await self._problems(found, found.document)
        return {
            "project_id": project_id,
            "revision": found.revision,
            "valid": not problems,
            "problems": [problem.to_json() for problem in problems],
        }

    # Changing

    async def create(
        self,
        by: Context,
        *,
        name: str | None,
        output: Mapping[str, Any] | None = None,
        document: Mapping[str, Any] | None = None,
    ) -> Answer:
        """A new project: empty, or a whole document."""
        time = now()
        given = dict(document or {})
        project_id = given.get("id") or new_id("prj")
        fields: dict[str, Any] = {"schema": "stoat.project/1", **given, "id": project_id}
        fields["name"] = name or given.get("name") or "Untitled"
        fields["created_at"] = given.get("created_at") or time
        fields["modified_at"] = time
        fields = {**fields, **{key: value for key, value in _EMPTY.items() if key not in fields}}
        if output:
            own = given.get("output")
            # Anything but an object stays, to be refused by its name.
            fields["output"] = {**(own or {}), **output} if own is None or isinstance(own, dict) else own
        # Its own folder, which relative sources count from first, is made later.
        media = await self._materials.facts(self.root, checking.sources(fields))
        settled = await self._settled(fields, media, "/document" if document else "")
        settled = {**settled, "output": {**_OUTPUT, **settled.get("output", {})}}
        found = await self._obstacles(settled, media)
        problems = [problem for problem in found if problem.code not in checking.UNFINISHED]
        empty = {**settled, "tracks": [], "global_effects": []}
        data = canonical(settled)
        title = str(settled["name"])

        def work(change: Change) -> Answer:
            _require_new(change.connection, str(project_id))
            revision = Revision(
                project_id=str(project_id),
                slug=_free_slug(change.connection, slug_of(title)),
                revision=1,
                document=settled,
                data=data,
                created_at=str(settled["created_at"]),
            )
            revisions.add(
                change,
                None,
                revision,
                kind="create",
                edits=[],
                spans=list(engine.changes(empty, settled).spans),
            )
            details = {"name": revision.name, "slug": revision.slug}
            change.tell("PROJECT_CREATED", project_id=revision.project_id, revision=1, data=details)
            change.note("project.created", "project", revision.project_id, details)
            return Answer(
                status=201,
                body={
                    "id": revision.project_id,
                    "name": revision.name,
                    "slug": revision.slug,
                    "revision": 1,
                    "document": settled,
                    "problems": [problem.to_json() for problem in problems],
                },
                headers={"Location": f"/api/v1/projects/{revision.project_id}", "ETag": '"1"'},
            )

        return await self._database.once(work, by=by)

    async def edit(
        self,
        by: Context,
        project_id: str,
        request: EditRequest,
        *,
        expected: int | None = None,
        shape: Shape | None = None,
    ) -> Answer:
        """Apply a batch of edits; `expected` must be the newest revision, `shape` words the answer.

        Raises `NotFound`; `Conflict` when others changed the same elements since `base_revision`, with the
        batch as it can be sent anew; `RequestError` with everything that is wrong with the edits.
        """
        async with self._lock(project_id):
            made = await self._database.read(
                lambda connection: self._batches.trial(connection, by, project_id, request, expected)
            )
            if isinstance(made, Answer):
                return made
            if isinstance(made, Meant):
                made = await self._batches.made(made, request)
            head, applied, judge = made.head, made.applied, made.judge
            try:
                problems = await self._judge(head, judge.obstacles, engine.sources_of(request.edits))
            except RequestError as refused:
                raise RequestError(problems=tuple(map(applied.placed, refused.problems))) from None
            if request.dry_run:
                body = _delta(head.project_id, head.revision, applied, problems, made.rebased)
                return Answer(body={**body, "dry_run": True}, headers={"ETag": f'"{head.revision}"'})
            after = revisions.make(head, applied.document, applied.data, applied.changes)

            def work(change: Change) -> Answer:
                edits = [edit.to_json() for edit in request.edits]
                spans = list(applied.spans)
                revisions.add(
                    change,
                    head,
                    after,
                    kind="edit",
                    edits=edits,
                    spans=spans,
                    intent=request.intent,
                    difference=applied.changes,
                )
                _tell(change, after, "edit", spans, request.intent, sorted({str(e["op"]) for e in edits}))
                body = _delta(head.project_id, after.revision, applied, problems, made.rebased)
                headers = {"ETag": f'"{after.revision}"'}
                answer = Answer(body=body, headers=headers)
                return answer if shape is None else shape(answer, after)

            answer = await self._commit(work, after, by)
            if not answer.replayed:
                self._memory.keep_sound(head.project_id, judge.sound(after.revision))
                _count(request.edits)
            return answer

    async def patch(
        self, by: Context, project_id: str, changes: Mapping[str, Any], base: int | None
    ) -> Answer:
        """Change the project as a whole; `base` must be the newest revision, none is any.

        Raises `PreconditionFailed`.
        """
        fields = dict(changes)
        document = fields.pop("document", None)
        if document is not None:
            return await self.write(by, project_id, {**document, **fields}, base)
        try:
            edits = engine.parse_edits([{"op": "update_project", **fields}])
            return await self.edit(by, project_id, EditRequest(edits=edits), expected=base)
        except RequestError as refused:
            raise refused.placed(lambda path: path.removeprefix("/edits/0")) from None

    async def write(
        self, by: Context, project_id: str, document: Mapping[str, Any], base: int | None
    ) -> Answer:
        """Replace the whole document; `base` must be the newest revision, none is any.

        Raises `PreconditionFailed`.
        """
        if (known := await self.known(by)) is not None:
            return known
        async with self._lock(project_id):
            head = await self._head(project_id)
            kept = {
                "id": head.project_id,
                "created_at": head.document.get("created_at"),
                "modified_at": now(),
            }
            fields = {"schema": "stoat.project/1", "name": head.name, **document, **kept}
            media = await self._materials.facts(self._materials.folder(head), checking.sources(fields))
            # What is wrong whatever the revision is told first.
            settled = await self._settled(fields, media, "/document", known=head.sources)
            if base is not None:
                require_head(head.revision, base)
            return await self._replace(by, head, settled, kind="write")

    async def undo(
        self, by: Context, project_id: str, *, anyone: bool = False, base: int | None = None
    ) -> Answer:
        """Take back the newest batch of the actor, or of anyone; raises `Conflict` where others overlap."""
        return await self._take_back(by, project_id, "undo", history.undoable, anyone, base)

    async def redo(
        self, by: Context, project_id: str, *, anyone: bool = False, base: int | None = None
    ) -> Answer:
        """Take back the newest undo of the actor, or of anyone."""
        return await self._take_back(by, project_id, "redo", history.redoable, anyone, base)

    async def restore(self, by: Context, project_id: str, number: int) -> Answer:
        """Make an earlier revision the newest again, as a new one."""
        if (known := await self.known(by)) is not None:
            return known
        async with self._lock(project_id):
            head = await self._head(project_id)
            old = await self.get(project_id, number)
            return await self._replace(by, head, old.document, kind="restore", of_revision=number)

    async def name_revision(self, by: Context, project_id: str, number: int, label: str | None) -> Answer:
        """Give a revision a name, or take it away."""

        def work(change: Change) -> Answer:
            revisions.entry(change.connection, project_id, number)
            table = tables.revisions
            change.connection.execute(
                table.update()
                .where(table.c.project_id == project_id, table.c.revision == number)
                .values(label=label)
            )
            data = {"kind": "label", "revision": number, "label": label}
            change.tell("PROJECT_CHANGED", project_id=project_id, revision=number, data=data)
            change.note("project.revision_named", "project", project_id, data)
            return Answer(body={"project_id": project_id, "revision": number, "label": label})

        return await self._database.once(work, by=by)

    async def delete(
        self, by: Context, project_id: str, *, base: int | None = None, also: Also = lambda change: None
    ) -> Answer:
        """Remove a project, and `also` what belongs to it; its folder is kept among the deleted ones."""

        def work(change: Change) -> Answer:
            row = revisions.find(change.connection, project_id)
            if base is not None:
                require_head(row.head, base)
            change.connection.execute(delete(tables.projects).where(tables.projects.c.id == project_id))
            data = {"slug": row.slug, "name": row.name}
            change.tell("PROJECT_DELETED", project_id=project_id, data=data)
            change.note("project.deleted", "project", project_id, data)
            also(change)
            return Answer(status=204, body=None)

        async with self._lock(project_id):
            answer = await self._database.once(work, by=by)
            self._memory.forget(project_id)
            return answer

    # How

    def _lock(self, project_id: str) -> asyncio.Lock:
        """Changes of one project wait for one another; the lock is gone with the last that waits."""
        return self._locks.setdefault(project_id, asyncio.Lock())

    async def known(self, by: Context) -> Answer | None:
        """The answer that this request was given before."""
        if by.claim is None:
            return None
        return await self._database.read(lambda connection: idempotency.recall(connection, by))

    async def _head(self, project_id: str) -> Revision:
        return await self._database.read(lambda connection: self._memory.newest(connection, project_id))

    def recent(self, project_id: str, number: int) -> Revision | None:
        """A revision, where it is at hand; also for other threads."""
        return self._memory.revision(project_id, number)

    async def _commit(self, work: Callable[[Change], Answer], after: Revision, by: Context) -> Answer:
        def kept(change: Change) -> Answer:
            answer = work(change)
            # At hand as soon as others hear of it. Nothing else can become this revision: `work` has moved
            # the head, and where that is not committed, the next to do so comes here, too.
            self._memory.keep(after)
            return answer

        return await self._database.once(kept, by=by)

    async def _settled(
        self,
        fields: Mapping[str, Any],
        media: Mapping[str, Any],
        place: str,
        known: frozenset[str] = frozenset(),
    ) -> Mapping[str, Any]:
        """A whole document in its settled form; problems point below `place` of the request.

        Sources that are not `known` can be used, or are missing.
        """
        try:
            settled = await apart(lambda: engine.settle(fields, media))
            checking.require_usable(settled, media, known)
            return settled
        except RequestError as refused:
            raise refused.placed(lambda path: place + path) from None

    async def _problems(self, of: Revision, document: Mapping[str, Any]) -> Sequence[Problem]:
        """What stands between a document and its render."""
        media = await self._materials.facts(self._materials.folder(of), checking.sources(document))
        return await self._obstacles(document, media)

    async def _obstacles(self, document: Mapping[str, Any], media: Mapping[str, Any]) -> Sequence[Problem]:
        found = await apart(lambda: checking.problems(canonical(document).decode(), media, self._settings))
        return [self._discretion.problem(problem) for problem in found]

    async def _judge(
        self, before: Revision, problems: Sequence[Problem], named: set[str]
    ) -> Sequence[Problem]:
        """Those problems of a new document that were there before, or are no fault of the edit.

        Raises `RequestError` with what the edit brought.
        """
        if not problems:
            return ()
        problems = [self._discretion.problem(problem) for problem in problems]
        known = {(problem.code, problem.message) for problem in await self._problems(before, before.document)}
        brought = [
            problem
            for problem in problems
            if (problem.code, problem.message) not in known and not checking.may_stand(problem, named)
        ]
        if brought:
            raise RequestError(problems=tuple(brought))
        return problems

    async def _take_back(
        self,
        by: Context,
        project_id: str,
        kind: str,
        choose: Callable[[Any], int],
        anyone: bool,
        base: int | None,
    ) -> Answer:
        if (known := await self.known(by)) is not None:
            return known
        async with self._lock(project_id):
            head = await self._head(project_id)
            if base is not None:
                require_head(head.revision, base)
            actor = None if anyone else by.actor
            number = await self._database.read(
                lambda connection: choose(revisions.of_actor(connection, project_id, actor))
            )
            before, after = await self.get(project_id, number - 1), await self.get(project_id, number)
            document = await apart(lambda: engine.revert(head.document, before.document, after.document))
            return await self._replace(by, head, document, kind=kind, of_revision=number)

    async def _replace(
        self,
        by: Context,
        head: Revision,
        document: Mapping[str, Any],
        *,
        kind: str,
        of_revision: int | None = None,
    ) -> Answer:
        """A new revision with a whole document."""
        problems = await self._problems(head, document)
        found = await apart(lambda: engine.changes(head.document, document))
        spans = list(found.spans)
        after = revisions.make(head, {**document, "modified_at": now()})

        def work(change: Change) -> Answer:
            revisions.add(
                change,
                head,
                after,
                kind=kind,
                edits=[],
                spans=spans,
                of_revision=of_revision,
                difference=found,
            )
            _tell(change, after, kind, spans, None, [], of_revision)
            body = {
                "project_id": head.project_id,
                "revision": after.revision,
                "results": [],
                "spans": spans,
                "problems": [problem.to_json() for problem in problems],
            }
            if of_revision is not None:
                body["of_revision"] = of_revision
            return Answer(body=body, headers={"ETag": f'"{after.revision}"'})

        return await self._commit(work, after, by)


def _tell(
    change: Change,
    after: Revision,
    kind: str,
    spans: Sequence[Mapping[str, Any]],
    intent: str | None,
    ops: Sequence[str],
    of_revision: int | None = None,
) -> None:
    data: dict[str, Any] = {"kind": kind, "spans": list(spans), "ops": list(ops)}
    if intent is not None:
        data["intent"] = intent
    if of_revision is not None:
        data["of_revision"] = of_revision
    change.tell("PROJECT_CHANGED", project_id=after.project_id, revision=after.revision, data=data)
    if spans:
        old = {"spans": data["spans"]}
        change.tell("PREVIEW_INVALIDATED", project_id=after.project_id, revision=after.revision, data=old)
    change.note(f"project.{kind}", "project", after.project_id, {**data, "revision": after.revision})


def _count(edits: Sequence[Edit]) -> None:
    for edit in edits:
        if isinstance(edit, AddEffect):
            meters().effect_applied(edit.type)
        elif isinstance(edit, AddTransition):
            meters().transition_applied(edit.type)


def _delta(
    project_id: str,
    revision: int,
    applied: engine.Applied,
    problems: Sequence[Problem],
    rebased: Sequence[int],
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "project_id": project_id,
        "revision": revision,
        "results": list(applied.results),
        "spans": list(applied.spans),
        "problems": [problem.to_json() for problem in problems],
    }
    if applied.notices:
        body["notices"] = [notice.to_json() for notice in applied.notices]
    if rebased:
        body["rebased_over"] = list(rebased)
    return body


def _require_new(connection: Connection, project_id: str) -> None:
    taken = connection.execute(
        select(tables.projects.c.id).where(tables.projects.c.id == project_id)
    ).scalar()
    if taken is not None:
        raise Conflict.because(
            "project.exists",
            f"There is a project {project_id!r} already.",
            hint="Leave the id out to make a copy under a new one.",
            path="/document/id",
        )


def _free_slug(connection: Connection, wanted: str) -> str:
    taken = set(
        connection.execute(
            select(tables.projects.c.slug).where(tables.projects.c.slug.startswith(wanted, autoescape=True))
        ).scalars()
    )
    number, slug = 1, wanted
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug
