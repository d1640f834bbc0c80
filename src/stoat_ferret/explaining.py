"""What a render would do, in words and commands, span by span."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stoat_ferret.caching import RenderCache
from stoat_ferret.config import Settings
from stoat_ferret.model.plan import Plan, Step
from stoat_ferret.rendering import Prepared, render_cache, word_after
from stoat_ferret.running import shown_command

__all__ = ["explain"]


def explain(
    prepared: Prepared, output: Path, *, settings: Settings, folder: Path | None = None
) -> dict[str, Any]:
    """The plan in words and commands, span by span; nothing is run.

    Commands are shown as if they worked in `folder`; by default that is a hidden one beside `output`.
    """
    plan = prepared.plan
    folder = folder or output.parent / f".{output.name}.stoat"
    program = prepared.capabilities.ffmpeg.path
    cache = render_cache(settings)
    spans = []
    made: set[str] = set()
    for step in plan.steps:
        if step.span is None:
            continue
        spans.append(_planned(step, plan, cache, again=cache is not None and step.key in made))
        if step.key is not None:
            made.add(step.key)
    actions = [span["action"] for span in spans]
    return {
        "output": str(output),
        "format": plan.format,
        "duration": plan.duration,
        "frames": plan.frames if plan.video else 0,
        "samples": plan.samples if plan.audio else 0,
        "summary": {name: actions.count(name) for name in ("reuse", "copy", "render")},
        "cost": round(sum(span["cost"] for span in spans), 3),
        "explanation": list(plan.explanation),
        "notices": [notice.to_json() for notice in plan.notices],
        "spans": spans,
        "steps": [
            {
                "id": step.id,
                "kind": step.kind,
                "why": step.why,
                "needs": list(step.needs),
                "key": step.key,
                "kept": _is_kept(step, cache),
                "argv": shown_command(step, plan, program, folder),
                "graph": step.graph,
            }
            for step in plan.steps
        ],
    }


def _is_kept(step: Step, cache: RenderCache | None) -> bool:
    return cache is not None and step.key is not None and cache.has(step.key)


def _planned(step: Step, plan: Plan, cache: RenderCache | None, *, again: bool) -> dict[str, Any]:
    """What is to be done for one part of the picture, and why; `again`: this render makes the same before."""
    assert step.span is not None
    kept = again or _is_kept(step, cache)
    frames = step.span.end - step.span.start
    copied = step.kind == "copy"
    if copied:
        why = "Nothing changes these frames of the source, and they can be decoded without those cut away."
    elif again:
        why = "An earlier span of this render has the same frames."
    elif kept:
        why = "The same frames were made before with the same encoder, and were kept."
    elif cache is None:
        why = "Nothing is kept."
    elif step.key is None:
        why = "It is not known what its sources, its fonts or ffmpeg hold: what was made of them may be old."
    else:
        why = "Nothing was kept that was made of the same content in the same way."
    if step.not_copied is not None and not kept:
        why = f"{why} Some frames are the source's own; they are not copied: {step.not_copied}."
    return {
        "step": step.id,
        "start": float(step.span.start / plan.rate),
        "end": float(step.span.end / plan.rate),
        "first_frame": step.span.start,
        "frames": frames,
        "action": "copy" if copied else "reuse" if kept else "render",
        "why": why,
        "cost": 0.0 if kept or copied else round(frames * plan.width * plan.height / 1e6, 3),
        "encoder": word_after(step.argv, "-c:v"),
        "key": step.key,
    }
