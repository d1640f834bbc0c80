"""Errors carry their message, their data and their advice."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

import pytest

from stoat_ferret import errors
from stoat_ferret.errors import MediaRefused, Problem, RequestError, StoatError

SAMPLES: dict[str, object] = {
    "path": "/a/b",
    "version": "4.4",
    "oldest": "5.1",
    "detail": "a {brace} in it",
    "returncode": 234,
    "reason": "No such filter: {x}",
    "log": "first {x}\nlast line\n",
    "limit": "memory",
    "setting": "STOAT_FFMPEG_MEMORY_MIB",
    "signal": 9,
    "seconds": 60.0,
    "host": "hooks.example",
    "status": 502,
    "retry_after": 5.0,
    "job_id": "job_1",
    "problems": (Problem(code="a.b", path="/x", message="wrong {0}", hint="mend it"),),
}


def every_error() -> Iterator[type[StoatError]]:
    waiting = [StoatError]
    while waiting:
        kind = waiting.pop()
        yield kind
        waiting.extend(kind.__subclasses__())


KINDS = sorted(every_error(), key=lambda kind: str(kind.__name__))


def sample(kind: type[StoatError]) -> StoatError:
    fields: dict[str, object] = getattr(kind, "__dataclass_fields__")  # noqa: B009
    return kind(**{name: SAMPLES[name] for name in fields if name in SAMPLES})


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_says_what_happened(kind: type[StoatError]) -> None:
    """The docstring's template takes exactly the attributes that the error has."""
    assert sample(kind).message
    assert "{" not in sample(kind).message.replace("{brace}", "").replace("{0}", "").replace("{x}", "")


@pytest.mark.parametrize("kind", KINDS)
def test_every_leaf_gives_advice(kind: type[StoatError]) -> None:
    """An error that a person can meet ends with a hint."""
    if kind.__subclasses__() and kind not in (RequestError, errors.FFmpegFailed):
        return
    assert sample(kind).hint


@pytest.mark.parametrize("kind", KINDS)
def test_errors_cross_processes(kind: type[StoatError]) -> None:
    """Pickling keeps the type, the data and the message."""
    error = sample(kind)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(error), vars(error), str(error)) == (type(copy), vars(copy), str(copy))


def test_codes_are_unique_and_listed() -> None:
    """One code names one class, and the public list is sorted and whole."""
    assert len({kind.code for kind in KINDS}) == len(KINDS)
    assert sorted(errors.__all__) == errors.__all__
    assert {kind.__name__ for kind in KINDS} | {"Fix", "Problem"} == set(errors.__all__)
    for kind in KINDS:
        assert kind.__name__ in (errors.__doc__ or "")


def test_exit_codes() -> None:
    """2 for a wrong request, 1 for failed work."""
    for kind in KINDS:
        assert kind.exit_code == (2 if issubclass(kind, RequestError) else 1)


def test_problem_survives_json() -> None:
    """What the compiler reports is what the doors show."""
    problem = Problem(
        code="effect.unknown",
        path="/tracks/0",
        message="no such effect",
        hint="did you mean blur?",
        allowed=("blur", "crop"),
        fixes=(errors.Fix(title="blur", edits=({"op": "update_effect"},)),),
    )
    assert problem == Problem.from_json(problem.to_json())
    assert set(Problem(code="a", path="", message="m").to_json()) == {"code", "path", "message"}


def test_refused_media_is_what_the_compiler_takes() -> None:
    """The compiler gets an error in the place of the file's facts."""
    refused = MediaRefused.because("media.empty", "It is empty.", hint="Copy it again.")
    assert refused.to_json() == {
        "error": {"code": "media.empty", "message": "It is empty.", "hint": "Copy it again."}
    }
    assert refused.hint == "Copy it again."
