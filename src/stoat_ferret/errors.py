"""Every error that this package raises on purpose.

    StoatError
    ├── RequestError                   the request was wrong (exit code 2); carries all its problems
    │   ├── SettingsRefused            a setting has a value that cannot be used
    │   ├── MediaRefused               a file cannot be used as a source
    │   ├── Malformed                  the request cannot be read
    │   ├── Unauthorised               it does not say, or prove, who sends it
    │   ├── Forbidden                  who sends it may not
    │   ├── NotFound                   what it names does not exist
    │   ├── Conflict                   it contradicts what is there by now
    │   ├── PreconditionMissing        it does not say which state it builds on
    │   ├── PreconditionFailed         the state that it builds on is not the newest
    │   ├── BodyStalled                its head or body stopped on the way
    │   ├── BodyTooLarge               its body is larger than it may be
    │   ├── HeadTooLarge               its address and headers are more than they may be
    │   ├── ContentTypeRefused         its body is of another kind than it may be
    │   ├── RangeRefused               the byte ranges that it asks for cannot be served
    │   ├── Misdirected                it is meant for another host
    │   ├── TooManyRequests            it comes too soon; carries when to come back
    │   └── OutboundRefused            an address that may not be called
    └── WorkError                      the request was right, the work failed (exit code 1)
        ├── FFmpegError                ffmpeg as a program
        │   ├── FFmpegMissing          there is no ffmpeg
        │   ├── FFmpegTooOld           it is older than the oldest that works
        │   ├── FFmpegBroken           it starts, but does not answer as ffmpeg
        │   ├── FFmpegFailed           a run ended with an error
        │   │   ├── CodecMissing       it lacks an encoder or decoder
        │   │   ├── GraphRefused       it refused the filter graph
        │   │   ├── InputRefused       it could not read an input
        │   │   └── LimitReached       it met a limit on memory, processor time or file size
        │   ├── FFmpegKilled           something else ended it
        │   ├── FFmpegTimeout          it ran longer than it may
        │   └── FFmpegStalled          it made no progress
        ├── ProbeBroken                the process that looks into sources does not start
        ├── OutboundFailed             a call to another server did not succeed
        ├── DiskFull                   no room for the output
        ├── OutputUnwritable           the output cannot be written
        ├── VerificationFailed         the finished file is not what the plan says
        ├── CopyFailed                 frames of a source could not be copied as they are
        ├── DatabaseError              the database could not do its part
        │   ├── DatabaseUnavailable    it is locked, cannot be written, or its disk fails
        │   ├── DatabaseFull           its disk is full
        │   └── DatabaseCorrupt        its file is damaged
        ├── LeaseLost                  another worker holds the job by now
        └── Cancelled                  the caller called the work off

The docstring of a class is its message: the first paragraph is a template over the error's attributes,
and a paragraph that starts with ``hint:`` is the advice that goes with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

__all__ = [
    "BodyStalled",
    "BodyTooLarge",
    "Cancelled",
    "CodecMissing",
    "Conflict",
    "ContentTypeRefused",
    "CopyFailed",
    "DatabaseCorrupt",
    "DatabaseError",
    "DatabaseFull",
    "DatabaseUnavailable",
    "DiskFull",
    "FFmpegBroken",
    "FFmpegError",
    "FFmpegFailed",
    "FFmpegKilled",
    "FFmpegMissing",
    "FFmpegStalled",
    "FFmpegTimeout",
    "FFmpegTooOld",
    "Fix",
    "Forbidden",
    "GraphRefused",
    "HeadTooLarge",
    "InputRefused",
    "LeaseLost",
    "LimitReached",
    "Malformed",
    "MediaRefused",
    "Misdirected",
    "NotFound",
    "OutboundFailed",
    "OutboundRefused",
    "OutputUnwritable",
    "PreconditionFailed",
    "PreconditionMissing",
    "ProbeBroken",
    "Problem",
    "RangeRefused",
    "RequestError",
    "SettingsRefused",
    "StoatError",
    "TooManyRequests",
    "Unauthorised",
    "VerificationFailed",
    "WorkError",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fix:
    """A change that would mend a problem; its edits can be posted as they are."""

    title: str
    """What it does, in words."""
    edits: tuple[Mapping[str, Any], ...]
    """Typed edits, in the order in which they are applied."""

    def to_json(self) -> dict[str, Any]:
        """The form in which every door shows it."""
        return {"title": self.title, "edits": [dict(edit) for edit in self.edits]}


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing that is wrong with a request."""

    code: str
    """Stable name, `area.kind`."""
    path: str
    """JSON pointer into the request's document, or the name of the setting; empty: the whole request."""
    message: str
    """What is wrong, in one sentence."""
    hint: str | None = None
    """What to do about it."""
    allowed: tuple[Any, ...] | None = None
    """The values that would be accepted, nearest first."""
    fixes: tuple[Fix, ...] = ()
    """Ready changes that would mend it."""

    def to_json(self) -> dict[str, Any]:
        """The form in which every door shows it; what is absent is left out."""
        shown: dict[str, Any] = {"code": self.code, "path": self.path, "message": self.message}
        if self.hint is not None:
            shown["hint"] = self.hint
        if self.allowed is not None:
            shown["allowed"] = list(self.allowed)
        if self.fixes:
            shown["fixes"] = [fix.to_json() for fix in self.fixes]
        return shown

    @classmethod
    def from_json(cls, shown: Mapping[str, Any]) -> Problem:
        """Read what `to_json`, or the Rust core, wrote."""
        allowed: Sequence[Any] | None = shown.get("allowed")
        return cls(
            code=shown["code"],
            path=shown["path"],
            message=shown["message"],
            hint=shown.get("hint"),
            allowed=None if allowed is None else tuple(allowed),
            fixes=tuple(
                Fix(title=fix["title"], edits=tuple(fix["edits"])) for fix in shown.get("fixes") or ()
            ),
        )


@dataclass(eq=False, repr=False, kw_only=True)
class StoatError(Exception):
    """The work could not be done."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    @property
    def message(self) -> str:
        """What happened, in words."""
        return self._paragraphs()[0]

    @property
    def hint(self) -> str | None:
        """What to do about it."""
        for paragraph in self._paragraphs()[1:]:
            if paragraph.startswith("hint: "):
                return paragraph.removeprefix("hint: ")
        return None

    def problem(self, path: str = "") -> Problem:
        """The same error as data, for the place `path` of a request."""
        return Problem(code=self.code, path=path, message=self.message, hint=self.hint)

    def __str__(self) -> str:
        return self.message

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({shown})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), dict(vars(self)))

    def _paragraphs(self) -> list[str]:
        template = type(self).__doc__ or f"{type(self).__name__}."
        words = [" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", template)]
        return [paragraph.format(**self._words()) for paragraph in words]

    def _words(self) -> dict[str, Any]:
        """What the template may name: the attributes, and what a class derives from them."""
        return dict(vars(self))


def _rebuild(kind: type[StoatError], data: dict[str, Any]) -> StoatError:
    return kind(**data)


@dataclass(eq=False, repr=False, kw_only=True)
class RequestError(StoatError):
    """{summary}"""

    code = "request"
    exit_code = 2
    problems: tuple[Problem, ...]
    """Everything that is wrong, in the order of the document."""

    @property
    def hint(self) -> str | None:
        """The first problem's advice."""
        return next((problem.hint for problem in self.problems if problem.hint), None)

    def _words(self) -> dict[str, Any]:
        shown = [
            f"{problem.path}: {problem.message}" if problem.path else problem.message
            for problem in self.problems
        ]
        return {"summary": "; ".join(shown) or "The request was refused."}

    @classmethod
    def because(
        cls,
        code: str,
        message: str,
        *,
        hint: str,
        path: str = "",
        allowed: Sequence[Any] | None = None,
        fixes: Sequence[Fix] = (),
        **more: Any,
    ) -> Self:
        """One problem; `more` are the further fields of the class."""
        values = None if allowed is None else tuple(allowed)
        problem = Problem(
            code=code, path=path, message=message, hint=hint, allowed=values, fixes=tuple(fixes)
        )
        return cls(problems=(problem,), **more)

    def placed(self, place: Callable[[str], str]) -> Self:
        """The same with its problems at other places, for who asked with another request."""
        return replace(self, problems=tuple(replace(one, path=place(one.path)) for one in self.problems))


@dataclass(eq=False, repr=False, kw_only=True)
class SettingsRefused(RequestError):
    """{summary}"""

    code = "settings"


@dataclass(eq=False, repr=False, kw_only=True)
class MediaRefused(RequestError):
    """{summary}"""

    code = "media"

    @property
    def reason(self) -> Problem:
        """Why the file was refused."""
        return self.problems[0]

    def naming(self, place: object, name: str) -> MediaRefused:
        """The same with the file at `place` called `name`: not everybody may know where it lies."""
        reason = self.reason
        message = reason.message.replace(str(place), name)
        hint = None if reason.hint is None else reason.hint.replace(str(place), name)
        return MediaRefused(problems=(replace(reason, message=message, hint=hint),))

    def to_json(self) -> dict[str, Any]:
        """The form that the compiler takes in place of the file's facts."""
        shown = self.reason.to_json()
        del shown["path"]
        return {"error": shown}


@dataclass(eq=False, repr=False, kw_only=True)
class Malformed(RequestError):
    """{summary}"""

    code = "malformed"


@dataclass(eq=False, repr=False, kw_only=True)
class Unauthorised(RequestError):
    """{summary}"""

    code = "unauthorised"


@dataclass(eq=False, repr=False, kw_only=True)
class Forbidden(RequestError):
    """{summary}"""

    code = "forbidden"


@dataclass(eq=False, repr=False, kw_only=True)
class NotFound(RequestError):
    """{summary}"""

    code = "not_found"

    @classmethod
    def named(cls, what: str, name: str, *, path: str = "", hint: str, near: Sequence[str] = ()) -> NotFound:
        """There is no `what` of this name; `near` are those that might be meant."""
        code = f"{what.replace(' ', '_')}.not_found"
        message = f"There is no {what} {name[:100]!r}."
        return cls.because(code, message, hint=hint, path=path, allowed=near or None)


@dataclass(eq=False, repr=False, kw_only=True)
class Conflict(RequestError):
    """{summary}"""

    code = "conflict"
    details: Mapping[str, Any] = field(default_factory=dict)
    """What a client needs to resolve it; shown beside the problems."""


@dataclass(eq=False, repr=False, kw_only=True)
class PreconditionMissing(RequestError):
    """{summary}"""

    code = "precondition_missing"


@dataclass(eq=False, repr=False, kw_only=True)
class PreconditionFailed(RequestError):
    """{summary}"""

    code = "precondition_failed"


@dataclass(eq=False, repr=False, kw_only=True)
class BodyStalled(RequestError):
    """{summary}"""

    code = "body_stalled"


@dataclass(eq=False, repr=False, kw_only=True)
class BodyTooLarge(RequestError):
    """{summary}"""

    code = "body_too_large"


@dataclass(eq=False, repr=False, kw_only=True)
class HeadTooLarge(RequestError):
    """{summary}"""

    code = "head_too_large"


@dataclass(eq=False, repr=False, kw_only=True)
class ContentTypeRefused(RequestError):
    """{summary}"""

    code = "content_type"


@dataclass(eq=False, repr=False, kw_only=True)
class RangeRefused(RequestError):
    """{summary}"""

    code = "bytes"


@dataclass(eq=False, repr=False, kw_only=True)
class Misdirected(RequestError):
    """{summary}"""

    code = "misdirected"


@dataclass(eq=False, repr=False, kw_only=True)
class TooManyRequests(RequestError):
    """{summary}"""

    code = "too_many_requests"
    retry_after: float
    """Seconds until it may be tried again."""


@dataclass(eq=False, repr=False, kw_only=True)
class OutboundRefused(RequestError):
    """{summary}"""

    code = "outbound_refused"


@dataclass(eq=False, repr=False, kw_only=True)
class WorkError(StoatError):
    """The work failed."""

    code = "work"


@dataclass(eq=False, repr=False, kw_only=True)
class FFmpegError(WorkError):
    """ffmpeg could not do its part."""

    code = "ffmpeg"


@dataclass(eq=False, repr=False, kw_only=True)
class FFmpegMissing(FFmpegError):
    """There is no ffmpeg at {path}.

    hint: Install the package imageio-ffmpeg, which brings one, or name an ffmpeg of version 5.1 or newer
    in STOAT_FFMPEG.
    """

    code = "ffmpeg.missing"
    path: str


@dataclass(eq=False, repr=False, kw_only=True)
class FFmpegTooOld(FFmpegError):
    """The ffmpeg at {path} is version {version}; the oldest that works is {oldest}.

    hint: Take STOAT_FFMPEG away to use the one that comes with the package, or name a newer one there.
    """

    code = "ffmpeg.too_old"
    path: str
    version: str
    oldest: str


@dataclass(eq=False, repr=False, kw_only=True)
class FFmpegBroken(FFmpegError):
    """The program at {path} does not answer as ffmpeg does: {detail}

    hint: Run it by hand with -version; name another one in STOAT_FFMPEG.
    """

    code = "ffmpeg.broken"
    path: str
    detail: str


@dataclass(eq=False, repr=False, kw_only=True)
class FFmpegFailed(FFmpegError):
    """ffmpeg failed with code {returncode}: {reason}

    hint: The log's last lines say more; `stoat doctor` shows what this ffmpeg can do.
    """

    code = "ffmpeg.failed"
    returncode: int
    """As the process gave it: negative for a signal."""
    log: str
    """The end of what ffmpeg wrote to its error output, noise removed."""
    reason: str = "it gave no reason"
    """The line of the log that says why."""
    argv: tuple[str, ...] = field(default=())
    """The command, as it was run."""


@dataclass(eq=False, repr=False, kw_only=True)
class CodecMissing(FFmpegFailed):
    """This ffmpeg lacks an encoder, decoder or format: {reason}

    hint: Run `stoat doctor` for what this ffmpeg can do, and choose another format or encoder.
    """

    code = "ffmpeg.codec_missing"


@dataclass(eq=False, repr=False, kw_only=True)
class GraphRefused(FFmpegFailed):
    """ffmpeg refused the filter graph: {reason}

    hint: This is a fault of the compiler, or a filter that this ffmpeg lacks; `stoat doctor` lists them.
    """

    code = "ffmpeg.graph_refused"


@dataclass(eq=False, repr=False, kw_only=True)
class InputRefused(FFmpegFailed):
    """ffmpeg could not read a source: {reason}

    hint: Play the source from start to end; copy it again if it is damaged.
    """

    code = "ffmpeg.input_refused"


@dataclass(eq=False, repr=False, kw_only=True)
class LimitReached(FFmpegFailed):
    """ffmpeg met its limit on {limit}: {reason}

    hint: Raise {setting}, or ask for less: a smaller picture, a shorter range.
    """

    code = "ffmpeg.limit_reached"
    limit: str
    """Memory, processor time or file size."""
    setting: str
    """The setting that holds the limit."""


@dataclass(eq=False, repr=False, kw_only=True)
class FFmpegKilled(FFmpegError):
    """ffmpeg was ended by signal {signal}, which did not come from here.

    hint: The machine may have run out of memory; close other programs or render a smaller picture.
    """

    code = "ffmpeg.killed"
    signal: int
    log: str = ""


@dataclass(eq=False, repr=False, kw_only=True)
class FFmpegTimeout(FFmpegError):
    """ffmpeg was stopped after {seconds:g} s, the longest that this run may take.

    hint: Raise STOAT_RENDER_TIMEOUT_SECONDS, or render a shorter range.
    """

    code = "ffmpeg.timeout"
    seconds: float
    log: str = ""


@dataclass(eq=False, repr=False, kw_only=True)
class FFmpegStalled(FFmpegError):
    """ffmpeg was stopped because it made no progress for {seconds:g} s.

    hint: A source on a network disk may hang; raise STOAT_STALL_SECONDS if the machine is only slow.
    """

    code = "ffmpeg.stalled"
    seconds: float
    log: str = ""


@dataclass(eq=False, repr=False, kw_only=True)
class ProbeBroken(WorkError):
    """The process that looks into sources does not start: {detail}

    hint: The package `av` may be missing or damaged; install this program again.
    """

    code = "probe.broken"
    detail: str


@dataclass(eq=False, repr=False, kw_only=True)
class OutboundFailed(WorkError):
    """The call to {host} failed: {detail}

    hint: See whether that server is up and answers with a status of 200 to 299.
    """

    code = "outbound.failed"
    host: str
    """Host name of the server that was called."""
    detail: str
    status: int | None = None
    """What it answered, if it did."""


@dataclass(eq=False, repr=False, kw_only=True)
class DiskFull(WorkError):
    """There is no room left on the disk of {path}.

    hint: Free some room, or write the output to another disk.
    """

    code = "disk.full"
    path: str


@dataclass(eq=False, repr=False, kw_only=True)
class OutputUnwritable(WorkError):
    """{path} cannot be written: {detail}

    hint: Choose a folder that exists and that you may write to.
    """

    code = "output.unwritable"
    path: str
    detail: str


@dataclass(eq=False, repr=False, kw_only=True)
class VerificationFailed(WorkError):
    """The finished file is not what the plan says: {detail}

    hint: Nothing was written under the final name; please report this with the project and `stoat doctor`.
    """

    code = "render.verification_failed"
    detail: str


@dataclass(eq=False, repr=False, kw_only=True)
class CopyFailed(WorkError):
    """Frames of a source could not be copied as they are coded: {detail}.

    hint: Render without copying: `--no-copy`, or `"copy": false`.
    """

    code = "render.copy_failed"
    detail: str


@dataclass(eq=False, repr=False, kw_only=True)
class DatabaseError(WorkError):
    """The database could not do its part."""

    code = "database"


@dataclass(eq=False, repr=False, kw_only=True)
class DatabaseUnavailable(DatabaseError):
    """The database does not answer: {detail}.

    hint: Nothing was changed; try again in a moment. If it stays so, look at the data folder's disk.
    """

    code = "database.unavailable"
    detail: str
    retry_after: float = 1.0
    """Seconds until it may be tried again."""


@dataclass(eq=False, repr=False, kw_only=True)
class DatabaseFull(DatabaseError):
    """There is no room left on the database's disk.

    hint: Nothing was changed; free some room and try again.
    """

    code = "database.full"


@dataclass(eq=False, repr=False, kw_only=True)
class DatabaseCorrupt(DatabaseError):
    """The database is damaged.

    hint: Stop the server and run `stoat recover`: it builds the database anew from the project folders.
    """

    code = "database.corrupt"


@dataclass(eq=False, repr=False, kw_only=True)
class LeaseLost(WorkError):
    """Job {job_id} is not held any more: another worker took it, or it came to rest.

    hint: Its worker was silent for too long; what it did was not kept.
    """

    code = "job.lease_lost"
    job_id: str


@dataclass(eq=False, repr=False, kw_only=True)
class Cancelled(WorkError):
    """The work was cancelled.

    hint: Nothing was left behind; start it again when you like.
    """

    code = "cancelled"
