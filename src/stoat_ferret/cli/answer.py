"""From arguments to exit code: one place that prints, in words or as one JSON object."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TextIO

from stoat_ferret.errors import Cancelled, Problem, RequestError, StoatError

_MOST_NAMES = 40

DONE, FAILED, WRONG = 0, 1, 2
"""Exit codes: done; the work failed; the request was wrong."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a command has to say."""

    data: dict[str, Any]
    """The JSON object of `--json`."""
    text: Callable[[TextIO], None]
    """Writes the same for people."""
    exit_code: int = DONE


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run `stoat` and leave the process with its exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    code = run(sys.argv[1:] if arguments is None else list(arguments))
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Who read the answer has gone; the interpreter would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = code or FAILED
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run `stoat` with these arguments and return the exit code."""
    remaining, as_json = _without_json(arguments)
    try:
        answer = _answer(remaining, as_json=as_json)
    except Exception as error:  # Every error is answered in the same form, the unforeseen ones too.
        return _tell_error(error, as_json=as_json)
    except KeyboardInterrupt:  # Before a command could see to it itself.
        return _tell_error(Cancelled(), as_json=as_json)
    try:
        if as_json:
            _print_json(answer.data)
        else:
            answer.text(sys.stdout)
        sys.stdout.flush()
    except BrokenPipeError:
        return FAILED
    except OSError as error:
        return _unheard(error)
    return answer.exit_code


def _unheard(error: OSError) -> int:
    """What was asked for is done, but its answer could not be written."""
    message = f"The answer could not be written: {error.strerror}."
    _print_problem(Problem(code="output.unheard", path="", message=message, hint="Write it elsewhere."))
    # The interpreter would try once more at its end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED


def _without_json(arguments: Sequence[str]) -> tuple[list[str], bool]:
    """`--json` counts wherever it stands before a `--`: a wrong command line is answered in JSON too."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    head = [argument for argument in arguments[:end] if argument != "--json"]
    return [*head, *arguments[end:]], len(head) < end


def _answer(arguments: Sequence[str], *, as_json: bool) -> Answer:
    from stoat_ferret.cli.about import Said
    from stoat_ferret.cli.app import app, quiet

    quiet.set(as_json)
    shown = io.StringIO()
    # Only help is printed by Typer itself.
    with contextlib.redirect_stdout(shown) if as_json else contextlib.nullcontext():
        try:
            result = app(args=list(arguments), prog_name="stoat", standalone_mode=False)
        except Said as said:
            return said.answer
    if isinstance(result, Answer):
        return result
    if result not in (None, 0):
        # Typer answers an interrupt with a code of its own.
        raise Cancelled
    return Answer(data={"help": shown.getvalue()}, text=lambda _: None)


def _tell_error(error: Exception, *, as_json: bool) -> int:
    problems, code = _problems(error)
    with contextlib.suppress(BrokenPipeError):
        if as_json:
            data: dict[str, Any] = {"problems": [problem.to_json() for problem in problems]}
            log = getattr(error, "log", "")
            if log:
                data["log"] = log
            _print_json(data)
        else:
            for problem in problems:
                _print_problem(problem)
    if problems[0].code == "internal" and os.environ.get("STOAT_LOG_LEVEL", "").upper() == "DEBUG":
        raise error
    return code


def _problems(error: Exception) -> tuple[tuple[Problem, ...], int]:
    if isinstance(error, RequestError) and error.problems:
        return error.problems, error.exit_code
    if isinstance(error, StoatError):
        return (error.problem(),), error.exit_code
    if hasattr(error, "format_message"):
        # Typer's own refusals of a command line.
        message = _sentence(" ".join(error.format_message().split()))
        return (
            Problem(code="usage", path="", message=message, hint="stoat --help shows what there is."),
        ), WRONG
    message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    hint = "This is a fault of stoat; STOAT_LOG_LEVEL=DEBUG shows where. Please report it."
    return (Problem(code="internal", path="", message=message, hint=hint),), FAILED


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _print_json(data: dict[str, Any]) -> None:
    print(json.dumps(data, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace").decode())


def _print_problem(problem: Problem) -> None:
    where = f" at {problem.path}" if problem.path else ""
    lines = [f"error[{problem.code}]{where}", f"  {printable(problem.message)}"]
    if problem.hint:
        lines.append(f"  hint: {printable(problem.hint)}")
    unsaid = [str(name) for name in problem.allowed or () if str(name) not in (problem.hint or "")]
    if unsaid:
        more = f", and {len(unsaid) - _MOST_NAMES} more (--json)" if len(unsaid) > _MOST_NAMES else ""
        lines.append(f"  allowed: {printable(', '.join(unsaid[:_MOST_NAMES]))}{more}")
    for fix in problem.fixes:
        lines.append(f"  fix: {printable(fix.title)}")
    print("\n".join(lines), file=sys.stderr)


def printable(text: str) -> str:
    """The text, harmless: names of files may hold what a terminal would obey."""
    return "".join(
        letter if letter.isprintable() or letter == "\n" else repr(letter)[1:-1] for letter in text
    )
