"""The laws of edits, held over random edits of small projects."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import orjson
from editing import MEDIA, Json, counting
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from random_edits import Maker, small

from stoat_ferret import compile as core
from stoat_ferret import edit
from stoat_ferret.errors import RequestError

STEPS = 50
"""Of one run; with the number of runs 20,000 in all."""


def applied(document: Json, prefix: str, *edits: Json) -> edit.Applied | None:
    """What edits make of a document, with ids of their own; nothing when they are refused."""
    count = counting()
    try:
        return edit.apply(
            document, edit.parse_edits(list(edits)), media=MEDIA, new_id=lambda kind: prefix + count(kind)
        )
    except RequestError:
        return None


def unordered(document: Json) -> Any:
    """A document without the order in which things were added."""
    plain = json.loads(orjson.dumps(document))
    for name in ("markers", "tracks", "global_effects"):
        plain[name] = sorted(plain.get(name, []), key=lambda one: str(one["id"]))
    for track in plain["tracks"]:
        track["transitions"] = sorted(track.get("transitions", []), key=lambda one: str(one["id"]))
    return plain


class Projects(RuleBasedStateMachine):
    """A project, and edits that come to it."""

    def __init__(self) -> None:
        super().__init__()
        self.document: Json = {}
        self.number = 0

    @initialize(rate=st.sampled_from([30, 25, 29.97, "24000/1001"]))
    def begin(self, rate: float | str) -> None:
        """Settle a project that leaves much to be settled."""
        self.document = edit.settle(small(rate), MEDIA)

    def made(self, seed: int) -> tuple[str, Json]:
        """A random edit, and what its ids begin with."""
        self.number += 1
        prefix = f"{self.number}-"
        return prefix, Maker(self.document, Random(seed), prefix).edit()

    @rule(seed=st.integers(0, 2**32))
    def edit(self, seed: int) -> None:
        """Applying is pure, and undo restores the former document byte for byte."""
        prefix, change = self.made(seed)
        before = orjson.dumps(self.document)
        done = applied(self.document, prefix, change)
        assert before == orjson.dumps(self.document)
        if done is None:
            return
        again = applied(self.document, prefix, change)
        assert again is not None
        assert orjson.dumps(done.document) == orjson.dumps(again.document)
        assert done.results == again.results
        undone = edit.revert(done.document, self.document, done.document)
        assert before == orjson.dumps(undone)
        self.document = done.document

    @rule(seeds=st.tuples(st.integers(0, 2**32), st.integers(0, 2**32)))
    def edit_apart(self, seeds: tuple[int, int]) -> None:
        """Edits that do not conflict come to the same in both orders, and each can be taken back alone."""
        (first, one), (second, other) = self.made(seeds[0]), self.made(seeds[1])
        mine, theirs = applied(self.document, first, one), applied(self.document, second, other)
        if mine is None or theirs is None:
            return
        if edit.conflicts(mine, theirs.changes) or edit.conflicts(theirs, mine.changes):
            return
        if mine.appended or theirs.appended or not (mine.changes and theirs.changes):
            return
        both, turned = applied(mine.document, second, other), applied(theirs.document, first, one)
        assert both is not None, (one, other)
        assert turned is not None, (one, other)
        assert unordered(both.document) == unordered(turned.document), (one, other)
        alone = self.taken_back(both.document, mine.document)
        assert alone is None or unordered(theirs.document) == unordered(alone), (one, other)

    def taken_back(self, head: Json, after: Json) -> Json | None:
        """The head without what made `after` of the document; nothing where that is refused."""
        try:
            return edit.revert(head, self.document, after)
        except RequestError as error:
            codes = {problem.code for problem in error.problems}
        assert {"undo.overlap"} == codes
        return None

    @invariant()
    def is_sound(self) -> None:
        """Every document that is reached passes `check`, and is settled."""
        if not self.document:
            return
        text = orjson.dumps(self.document)
        assert [] == core.check(text.decode())
        assert text == orjson.dumps(edit.settle(self.document, {}))

    @invariant()
    def lasts_what_the_core_says(self) -> None:
        """The written places are those of the core's arrangement."""
        if not self.document:
            return
        arranged = core.arrangement(orjson.dumps(self.document).decode())
        rate = core.rate_of(self.document["output"]["fps"])
        for track, lane in zip(self.document["tracks"], arranged["tracks"], strict=True):
            written = [
                (one["id"], *core.frames_at([one["timeline_start"], one["timeline_end"]], rate))
                for one in track.get("clips", [])
                if one.get("enabled", True)
            ]
            assert [(one["id"], one["start"], one["end"]) for one in lane["clips"]] == written


TestProjects = Projects.TestCase
TestProjects.settings = settings(
    max_examples=400,
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
