"""Lists of the library, and searches in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, column, func, literal_column, select, table

from stoat_ferret.errors import NotFound, Problem, RequestError
from stoat_ferret.library.query import match
from stoat_ferret.library.records import SHOWN, shown
from stoat_ferret.media.facts import MediaFacts
from stoat_ferret.storage.search_index import WEIGHTS
from stoat_ferret.storage.tables import video_tags, videos

__all__ = ["RANKED", "SORTS", "STATUSES", "facts", "get", "ids_by_path", "page", "resolve"]

RANKED = 1000
"""So many hits are put in order of rank; of more, those by their names come first, the newest before."""

SORTS = {
    "created_at": videos.c.created_at,
    "duration": videos.c.duration,
    "file_size": videos.c.file_size,
    "filename": videos.c.filename,
    "name": videos.c.filename,
    "scanned_at": videos.c.scanned_at,
    "size": videos.c.file_size,
}
"""What a list can be sorted by; with a `-` before it, the greatest first."""

STATUSES = ("missing", "ready", "unreadable")
_NOT_READY = ("missing", "unreadable")
MOST = 1000
"""Videos of the longest page."""

_FURTHEST = 2**53
_FEW = 3000
"""Hits that are put in order one by one; of more, the order is gone through until a page is full."""

_fts = table("videos_fts", column("rowid"))
_SCORE = func.bm25(literal_column("videos_fts"), *WEIGHTS)


def page(
    connection: Connection,
    *,
    q: str | None = None,
    sort: str | None = None,
    limit: int = 50,
    offset: int = 0,
    status: str | None = None,
    tags: Sequence[str] = (),
) -> dict[str, Any]:
    """A part of the library: `{items, total, limit, offset}`.

    `q` is a search as `query.match` reads it. `sort` is one of `SORTS`; without it, the newest come first,
    and hits of a search by rank. Raises `RequestError` with everything that cannot be read.
    """
    problems = _problems(sort, limit, offset, status)
    found = None
    if q is not None and q.strip():
        try:
            found = match(q)
        except RequestError as refused:
            problems += refused.problems
    if problems:
        raise RequestError(problems=tuple(problems))
    if found is None:
        conditions = _conditions(status, tags)
        numbers, total = _listed(connection, conditions, sort or "-created_at", limit, offset)
    else:
        hits = _Hits(connection, found, status, tags)
        total = hits.count
        numbers = hits.ranked(limit, offset) if sort is None else hits.sorted(sort, limit, offset)
    return {"items": _rows(connection, numbers), "total": total, "limit": limit, "offset": offset}


def get(connection: Connection, video_id: str) -> dict[str, Any]:
    """One video; raises `RequestError` where there is none."""
    row = connection.execute(select(*SHOWN).where(videos.c.id == video_id)).mappings().one_or_none()
    if row is None:
        raise unknown(video_id)
    return shown(row)


def place(connection: Connection, video_id: str) -> tuple[str, str]:
    """Where a video's file lies, and the name of its content; raises `RequestError` where there is none."""
    row = connection.execute(
        select(videos.c.path, videos.c.content).where(videos.c.id == video_id)
    ).one_or_none()
    if row is None:
        raise unknown(video_id)
    return row.path, row.content


def ids_by_path(connection: Connection, paths: Sequence[str]) -> dict[str, str]:
    """The ids of the files that are known, by path."""
    found: dict[str, str] = {}
    for some in _chunks(paths):
        rows = connection.execute(select(videos.c.path, videos.c.id).where(videos.c.path.in_(some)))
        found.update({row.path: row.id for row in rows})
    return found


def resolve(connection: Connection, ids: Iterable[str]) -> dict[str, Path]:
    """The files that ids stand for, without those that stand for none."""
    found: dict[str, Path] = {}
    for some in _chunks(ids):
        rows = connection.execute(select(videos.c.id, videos.c.path).where(videos.c.id.in_(some)))
        found.update({row.id: Path(row.path) for row in rows})
    return found


def facts(connection: Connection, ids: Iterable[str]) -> dict[str, tuple[MediaFacts, str]]:
    """What was found in files when they were last looked into, and the stamps that they had then.

    Those that could not be used are left out.
    """
    found: dict[str, tuple[MediaFacts, str]] = {}
    for some in _chunks(ids):
        ready = (videos.c.id.in_(some)) & (videos.c.status != "unreadable")
        rows = connection.execute(select(videos.c.id, videos.c.facts, videos.c.stamp).where(ready))
        found.update({row.id: (MediaFacts.from_json(row.facts), row.stamp) for row in rows})
    return found


def _chunks(names: Iterable[str]) -> Iterator[list[str]]:
    # SQLite takes a limited number of values in one statement.
    known = list(dict.fromkeys(names))
    for start in range(0, len(known), 500):
        yield known[start : start + 500]


def unknown(video_id: str) -> NotFound:
    """There is no such video."""
    return NotFound.because(
        "video.unknown",
        f"There is no video {video_id}.",
        hint="GET /api/v1/videos lists all; one that was deleted is found again by a scan.",
        path="/video_id",
    )


def _problems(sort: str | None, limit: int, offset: int, status: str | None) -> list[Problem]:
    found = []
    if sort is not None and sort.removeprefix("-") not in SORTS:
        found.append(
            Problem(
                code="library.unknown_sort",
                path="/sort",
                message=f"Videos cannot be sorted by {sort!r}.",
                hint="A minus before the name turns the order round.",
                allowed=tuple(SORTS),
            )
        )
    if status is not None and status not in STATUSES:
        found.append(
            Problem(
                code="library.unknown_status",
                path="/status",
                message=f"No video can be {status!r}.",
                hint="Leave it out for all.",
                allowed=STATUSES,
            )
        )
    if not 1 <= limit <= MOST or not 0 <= offset <= _FURTHEST:
        found.append(
            Problem(
                code="library.page",
                path="/limit",
                message=f"There is no page of {limit} from {offset}.",
                hint=f"A page has 1 to {MOST} videos, and starts at 0 or later.",
            )
        )
    return found


def _conditions(status: str | None, tags: Sequence[str]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if status is not None:
        found.append(videos.c.status == status)
    for tag in dict.fromkeys(tags):
        tagged = select(video_tags.c.number).where(video_tags.c.tag == tag)
        found.append(videos.c.number.in_(tagged))
    return found


def _listed(
    connection: Connection, conditions: list[ColumnElement[bool]], sort: str, limit: int, offset: int
) -> tuple[list[int], int]:
    counted = select(func.count()).select_from(videos).where(*conditions)
    total = connection.execute(counted).scalar_one()
    query = _sorted(select(videos.c.number), conditions, sort)
    return _numbers(connection, query, limit, offset), total


def _sorted(query: Select[Any], conditions: list[ColumnElement[bool]], sort: str) -> Select[Any]:
    by = SORTS[sort.removeprefix("-")]
    order = [by.desc(), videos.c.number.desc()] if sort.startswith("-") else [by, videos.c.number]
    return query.where(*conditions).order_by(*order)


class _Hits:
    """What a search finds.

    A hit is asked for what else it is (`+rowid`): the other way round, the index would be searched anew for
    every video that is so.
    """

    def __init__(self, connection: Connection, found: str, status: str | None, tags: Sequence[str]) -> None:
        self._connection = connection
        self._found = found
        self._status = status
        self._tags = tuple(dict.fromkeys(tags))
        self.count = self._count(found)

    def ranked(self, limit: int, offset: int) -> list[int]:
        """The best first. Rank takes time for every hit, and says little of words that are everywhere."""
        if self.count <= RANKED:
            best = self._of(select(_fts.c.rowid), self._found).order_by(_SCORE, _fts.c.rowid.desc())
            return _numbers(self._connection, best, limit, offset)
        named = f"{{filename}} : ({self._found})"
        newest = self._of(select(_fts.c.rowid), named).order_by(_fts.c.rowid.desc())
        numbers = _numbers(self._connection, newest, limit, offset)
        if len(numbers) == limit:
            return numbers
        names = self._count(named)
        rest = self._of(select(_fts.c.rowid), f"({self._found}) NOT ({named})")
        rest = rest.order_by(_fts.c.rowid.desc())
        return numbers + _numbers(self._connection, rest, limit - len(numbers), max(0, offset - names))

    def sorted(self, sort: str, limit: int, offset: int) -> list[int]:
        """In an order of the list."""
        number = videos.c.number if self.count <= _FEW else literal_column("+videos.number")
        hits = select(_fts.c.rowid).where(_matches(self._found))
        conditions = [*_conditions(self._status, self._tags), number.in_(hits)]
        return _numbers(self._connection, _sorted(select(videos.c.number), conditions, sort), limit, offset)

    def _count(self, found: str) -> int:
        counted = self._of(select(func.count()).select_from(_fts), found)
        total: int = self._connection.execute(counted).scalar_one()
        return total

    def _of(self, query: Select[Any], found: str) -> Select[Any]:
        hit: ColumnElement[int] = literal_column("+videos_fts.rowid")
        query = query.where(_matches(found))
        if self._status == "ready":
            # Most are.
            query = query.where(hit.not_in(select(videos.c.number).where(videos.c.status.in_(_NOT_READY))))
        elif self._status is not None:
            query = query.where(hit.in_(select(videos.c.number).where(videos.c.status == self._status)))
        for tag in self._tags:
            query = query.where(hit.in_(select(video_tags.c.number).where(video_tags.c.tag == tag)))
        return query


def _matches(found: str) -> ColumnElement[bool]:
    return literal_column("videos_fts").bool_op("MATCH")(found)


def _numbers(connection: Connection, query: Select[Any], limit: int, offset: int) -> list[int]:
    return list(connection.execute(query.limit(limit).offset(offset)).scalars())


def _rows(connection: Connection, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """The videos with these numbers, in this order."""
    found = select(videos.c.number, *SHOWN).where(videos.c.number.in_(numbers))
    rows = {row["number"]: shown(row) for row in connection.execute(found).mappings()}
    return [rows[number] for number in numbers]
