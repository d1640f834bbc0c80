"""Whether the files of orders can be written: names, folders and disks, looked at before there is a job."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from stoat_ferret import outputs, placing
from stoat_ferret.errors import Conflict, NotFound, Problem, RequestError
from stoat_ferret.media.files import unwritable
from stoat_ferret.model.document import Document
from stoat_ferret.ordering import Judged, RenderOrder
from stoat_ferret.series import series_within, standing_problems

__all__ = [
    "Taken",
    "busy",
    "exists",
    "of_item",
    "place_for",
    "places_for",
    "require_room",
    "standing",
    "together",
]


@dataclass(frozen=True, kw_only=True)
class Taken:
    """An order that can be carried out, and what it is about."""

    order: RenderOrder
    revision: int
    """The one that is rendered, whatever is edited meanwhile."""
    document: Document
    judged: Judged
    usual: Path
    """Where the file goes that the order does not name, as long as that is free."""
    sources: Collection[Path] = ()
    """Files of the project, which are never replaced."""


def place_for(connection: Connection, taken: Taken) -> Path:
    """Where the file of an order goes; blocks.

    Raises `Conflict` where the name is another's, `RequestError` where there is what cannot be replaced.
    """
    order = taken.order
    if order.output is None:
        known = outputs.names_like(connection, taken.usual, overwrite=order.overwrite)
        return outputs.free_place(taken.usual, known, overwrite=order.overwrite)
    place = taken.usual.parent / order.output.split("/")[0]
    if outputs.is_wanted(connection, place):
        raise busy(place.name, "/output")
    for problem in standing(place, taken.judged.files, overwrite=order.overwrite, sources=taken.sources):
        kind = Conflict if problem.code == "output.exists" else RequestError
        raise kind(problems=(problem,))
    return place


def places_for(
    connection: Connection, orders: Mapping[int, Taken]
) -> tuple[dict[int, Path], Sequence[RequestError]]:
    """Where the files of a batch go, by the numbers of its items, and why some cannot go there; blocks."""
    places: dict[int, Path] = {}
    numbers: dict[Path, int] = {}
    refused: list[RequestError] = []
    for number, taken in orders.items():
        if taken.order.output is None:
            continue
        try:
            place = place_for(connection, taken)
            if place in numbers:
                raise _twice(place.name, numbers[place])
        except RequestError as error:
            refused.append(error.placed(of_item(number)))
        else:
            places[number], numbers[place] = place, number
    # What has no name gives way to what has one. Who else takes names is asked once for all of them.
    asked: dict[tuple[Path, bool], set[str]] = {}
    for number, taken in orders.items():
        if taken.order.output is None:
            wanted, overwrite = taken.usual, taken.order.overwrite
            if (wanted, overwrite) not in asked:
                asked[wanted, overwrite] = outputs.names_like(connection, wanted, overwrite=overwrite)
            known = asked[wanted, overwrite].union(map(str, places.values()))
            places[number] = outputs.free_place(wanted, known, overwrite=overwrite)
    return places, refused


def require_room(orders: Iterable[Taken]) -> None:
    """Look at the folders and disks that the files of orders go to, for all of them together; blocks.

    Raises `OutputUnwritable`, or `DiskFull` where what is free cannot hold even the least that they need.
    """
    needed: defaultdict[int, int] = defaultdict(int)
    folders: dict[int, Path] = {}
    for taken in orders:
        folder = placing.require_folder(taken.usual.parent)
        try:
            disk = folder.stat().st_dev
        except OSError as error:
            # It went between the two looks, as with a project that is deleted meanwhile.
            raise unwritable(folder, error) from error
        folders[disk] = folder
        needed[disk] += taken.judged.least_size
    for disk, folder in folders.items():
        placing.require_room(folder / "output", needed[disk])


def standing(
    place: Path, series: str | None = None, *, overwrite: bool, sources: Iterable[Path] = ()
) -> tuple[Problem, ...]:
    """Why what has the name by now cannot be replaced, in the words of an order; blocks.

    `series` names the files of a folder; none: `place` is to be a file.
    """
    found = (
        placing.existing_problems(place, overwrite=overwrite, sources=sources)
        if series is None
        else standing_problems(series_within(place, series), overwrite=overwrite, sources=sources)
    )
    return tuple(
        exists(place.name, "/output")
        if problem.code == "output.exists"
        else replace(
            problem,
            message=problem.message.replace(str(place), place.name),
            hint="Order it under another name.",
        )
        for problem in found
    )


def of_item(number: int) -> Callable[[str], str]:
    """Places of an order as places of the batch in which it has this number."""
    return lambda path: f"/items/{number}{path}"


def together(errors: Sequence[RequestError], more: Sequence[Problem] = ()) -> RequestError:
    """All that is wrong as one error; of one kind where all are of that kind.

    What is wrong with the orders themselves goes before what only contradicts what is there.
    """
    kinds = {type(error) for error in errors}
    if not more and len(kinds) == 1 and kinds <= {Conflict, NotFound}:
        return kinds.pop()(problems=tuple(problem for error in errors for problem in error.problems))
    last = (Conflict, NotFound)
    ordered = sorted(errors, key=lambda error: isinstance(error, last))
    return RequestError(problems=(*more, *(problem for error in ordered for problem in error.problems)))


def exists(name: str, path: str) -> Problem:
    """That there is a file of this name which is not the render's."""
    return Problem(
        code="output.exists",
        path=path,
        message=f"There is another {name} already.",
        hint="Order it under another name, or with overwrite: true.",
    )


def busy(name: str, path: str) -> Conflict:
    """That a render which waits or runs will write the file."""
    return Conflict.because(
        "output.busy",
        f"{name} is being made by another render.",
        hint="Wait until that one is done, cancel it, or order it under another name.",
        path=path,
    )


def _twice(name: str, other: int) -> Conflict:
    return Conflict.because(
        "output.ordered_twice",
        f"{name} is what item {other} of the batch makes, too.",
        hint="Give each item a name of its own, or none.",
        path="/output",
    )
