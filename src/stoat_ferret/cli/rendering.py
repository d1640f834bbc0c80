"""`stoat render` and `stoat check`."""

from __future__ import annotations

import contextlib
import json
import math
import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from stoat_ferret import config, explaining, rendering
from stoat_ferret.cli.answer import Answer, printable
from stoat_ferret.cli.app import usage
from stoat_ferret.cli.bar import clock, shown
from stoat_ferret.config import Settings
from stoat_ferret.errors import Problem, RequestError
from stoat_ferret.media.files import unwritable
from stoat_ferret.model.document import Document, read_document
from stoat_ferret.model.plan import Target
from stoat_ferret.model.sizes import parse_size
from stoat_ferret.ordering import tried
from stoat_ferret.placing import place_problems
from stoat_ferret.profiles.profile import Profile, captions_word, delivered, target_for
from stoat_ferret.profiles.shelf import find
from stoat_ferret.series import FOLDERS, output_problems, series_of
from stoat_ferret.signals import run_until_signalled
from stoat_ferret.sourcing import files_of
from stoat_ferret.stems import render_with_stems


def render(
    project: Path,
    *,
    output: Path | None,
    overwrite: bool,
    frames: str | None,
    chosen_format: str | None,
    options: Mapping[str, Any],
    size: str | None,
    profile: str | None = None,
    stems: bool = False,
    explain: bool,
    report: Path | None,
    quiet: bool,
    cache_dir: Path | None = None,
    no_cache: bool = False,
) -> Answer:
    """Render, or explain what rendering would do."""
    settings = _keeping(config.load(), cache_dir, no_cache=no_cache)
    document, output, target = _request(
        project,
        settings,
        output=output,
        overwrite=overwrite,
        chosen_format=chosen_format,
        options=options,
        size=size,
        profile=profile,
        explain=explain,
        report=report,
    )
    if explain and stems:
        raise usage("Stems are not explained.", hint="Leave --stems or --explain out.", path="/stems")
    if explain:
        prepared = run_until_signalled(rendering.prepare(document, target, settings, frames=frames))
        plan = explaining.explain(prepared, output, settings=settings)
        return Answer(data=plan, text=lambda out: _write_plan(plan, out))
    asked: dict[str, Any] = {
        "output": output,
        "target": target,
        "settings": settings,
        "frames": frames,
        "overwrite": overwrite,
    }
    with shown(quiet=quiet) as on_progress:
        if stems:
            mix, parts = run_until_signalled(render_with_stems(document, **asked, on_progress=on_progress))
            made = mix.to_json()
            made["stems"] = [{"track": stem.track, **_part(report)} for stem, report in parts]
        else:
            made = run_until_signalled(rendering.render(document, **asked, on_progress=on_progress)).to_json()
    if report is not None:
        made["report"] = os.path.abspath(report)
        _write_report(report, made)
    return Answer(data=made, text=lambda out: write_made(made, out))


def _part(report: rendering.RenderReport) -> dict[str, Any]:
    """What is told of a stem."""
    whole = report.to_json()
    return {name: whole[name] for name in ("output", "samples", "size", "verified", "checks")}


def _keeping(settings: Settings, cache_dir: Path | None, *, no_cache: bool) -> Settings:
    """The settings with another cache of rendered parts, or none."""
    if cache_dir is not None and no_cache:
        raise usage(
            "--cache-dir and --no-cache exclude one another.", hint="Give one of them.", path="/cache_dir"
        )
    if cache_dir is not None:
        return settings.model_copy(update={"render_cache_dir": Path(os.path.abspath(cache_dir))})
    return settings.model_copy(update={"render_cache_mib": 0}) if no_cache else settings


def _request(
    project: Path,
    settings: Settings,
    *,
    output: Path | None,
    overwrite: bool,
    chosen_format: str | None,
    options: Mapping[str, Any],
    size: str | None,
    profile: str | None,
    explain: bool,
    report: Path | None,
) -> tuple[Document, Path, Target]:
    """What was asked for; raises `RequestError` with everything that is wrong about it at once."""
    problems: list[Problem] = []
    document = tried(problems, lambda: read_document(project))
    wanted = tried(problems, lambda: None if profile is None else find(profile, settings))
    if output is None and explain:
        output = Path(f"out.{chosen_format or (wanted.format if wanted else 'mp4')}")
    target = tried(problems, lambda: _target(output, chosen_format, size, wanted, options))
    if report is not None and explain:
        problems.extend(
            usage(
                "There is nothing to report where nothing is rendered.",
                hint="Leave --report or --explain out.",
                path="/report",
            ).problems
        )
    elif report is not None:
        kept = files_of(document, settings) if document else []
        problems.extend(_report_problems(report, output, kept, overwrite=overwrite))
    if problems or document is None or target is None or output is None:
        if output is not None and not explain:
            problems.extend(
                output_problems(
                    Path(os.path.abspath(output)),
                    overwrite=overwrite,
                    sources=files_of(document, settings) if document else (),
                    series=series_of(output) if chosen_format in (None, *FOLDERS) else None,
                )
            )
        if document is not None:
            problems.extend(run_until_signalled(rendering.document_problems(document, settings)))
        raise RequestError(problems=tuple(problems))
    return document, Path(os.path.abspath(output)), target


def _target(
    output: Path | None,
    chosen_format: str | None,
    size: str | None,
    profile: Profile | None,
    options: Mapping[str, Any],
) -> Target:
    if output is None:
        raise usage("There is no output.", hint="Name the file to make with -o.", path="/output")
    problems: list[Problem] = []
    crf = options.get("crf")
    if crf is not None and not math.isfinite(crf):
        refused = usage(f"{crf} is no quality.", hint="Give a number, such as --crf 23.", path="/target/crf")
        problems += refused.problems
    name = tried(problems, lambda: delivered(output, chosen_format, profile))
    pixels = tried(problems, lambda: parse_size(size))
    tried(problems, lambda: captions_word(options.get("captions")))
    if name is None or problems:
        raise RequestError(problems=tuple(problems))
    return target_for(name, profile, {**options, "size": pixels})


def _report_problems(
    report: Path, output: Path | None, kept: Sequence[Path], *, overwrite: bool
) -> list[Problem]:
    if output is not None and os.path.abspath(report) == os.path.abspath(output):
        return list(usage("The report would replace the output.", hint="Choose another name.").problems)
    found = place_problems(Path(os.path.abspath(report)), overwrite=overwrite, sources=kept)
    return [Problem(code=one.code, path="/report", message=one.message, hint=one.hint) for one in found]


def check(project: Path) -> Answer:
    """Everything that is wrong with a project; nothing is made."""
    settings = config.load()
    document = read_document(project)
    prepared = run_until_signalled(rendering.prepare(document, Target(format="mp4"), settings))
    plan = prepared.plan
    data = {
        "ok": True,
        "problems": [],
        "duration": plan.duration,
        "frames": plan.frames,
        "samples": plan.samples,
        "width": plan.width,
        "height": plan.height,
        "fps": str(plan.rate),
        "notices": [notice.to_json() for notice in plan.notices],
    }

    def text(out: TextIO) -> None:
        print(
            f"{printable(str(project))}: nothing wrong; {clock(plan.duration)} ({plan.frames} frames), "
            f"{plan.width}x{plan.height} at {float(plan.rate):g} fps",
            file=out,
        )
        write_notices(data, out)

    return Answer(data=data, text=text)


def write_made(made: Mapping[str, Any], out: TextIO) -> None:
    """What was made, in words."""
    picture = f"{made['width']}x{made['height']}, {made['frames']} frames, " if made["frames"] else ""
    speed = made["duration"] / made["elapsed_seconds"] if made["elapsed_seconds"] else 0.0
    print(f"made {printable(made['output'])}", file=out)
    print(
        f"  {clock(made['duration'])} ({made['duration']:g} s), {picture}{made['samples']} samples, "
        f"{made['size'] / 1e6:.2f} MB",
        file=out,
    )
    print(
        f"  verified: {len(made['checks'])} checks; took {made['elapsed_seconds']:.1f} s ({speed:.2f}x)",
        file=out,
    )
    if (spans := made["spans"]) and sum(spans.values()):
        print(
            f"  {spans['reused']} of {sum(spans.values())} spans reused, {spans['copied']} copied, "
            f"{spans['rendered']} rendered",
            file=out,
        )
    for stem in made.get("stems", ()):
        print(f"  stem {printable(stem['output'])}: {stem['samples']} samples", file=out)
    for place in made.get("captions", ()):
        print(f"  captions {printable(place)}", file=out)
    write_notices(made, out)


def write_notices(made: Mapping[str, Any], out: TextIO) -> None:
    """What the user should know, each with its place and a hint."""
    for notice in made["notices"]:
        where = f" at {notice['path']}" if notice["path"] else ""
        print(f"  note[{notice['code']}]{where}: {printable(notice['message'])}", file=out)
        if notice["hint"]:
            print(f"    hint: {printable(notice['hint'])}", file=out)


def _write_plan(plan: Mapping[str, Any], out: TextIO) -> None:
    for line in plan["explanation"]:
        print(printable(line), file=out)
    write_notices(plan, out)
    if plan["spans"]:
        counted = plan["summary"]
        print(
            f"Spans: {counted['reuse']} reused, {counted['copy']} copied, {counted['render']} rendered.",
            file=out,
        )
    for span in plan["spans"]:
        print(
            f"  {clock(span['start'])} to {clock(span['end'])}  {span['frames']:4} frames  "
            f"{span['action']:6}  {span['why']}",
            file=out,
        )
    for step in plan["steps"]:
        needs = f" (after {', '.join(step['needs'])})" if step["needs"] else ""
        print(f"\n{step['id']}{needs}: {step['why']}", file=out)
        if step["argv"]:
            print(f"  {printable(shlex.join(step['argv']))}", file=out)
        if step["graph"]:
            for line in step["graph"].splitlines():
                print(f"    {line}", file=out)


def _write_report(path: Path, made: Mapping[str, Any]) -> None:
    temporary = path.with_name(f".stoat-{os.getpid()}.report")
    try:
        temporary.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        os.replace(temporary, path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
