"""How an edit is refused: one problem with its place in the edit, and what would be right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stoat_ferret import compile as core
from stoat_ferret.errors import Fix, RequestError


def refuse(
    path: str,
    code: str,
    message: str,
    hint: str,
    *,
    allowed: Iterable[Any] | None = None,
    fixes: Sequence[Fix] = (),
) -> RequestError:
    """The refusal of an edit; `path` starts at the edit."""
    told = None if allowed is None else tuple(allowed)
    return RequestError.because(code, message, hint=hint, path=path, allowed=told, fixes=tuple(fixes))


def fix(title: str, *edits: Mapping[str, Any]) -> Fix:
    """Edits that do what was wanted; they take the place of the refused one."""
    return Fix(title=title, edits=edits)


def likely(name: str, known: Sequence[str]) -> tuple[str, ...]:
    """The known names, the one that was likely meant first."""
    meant = core.nearest(name, known)
    return tuple(known) if meant is None else (meant, *(other for other in known if other != meant))


def meant(name: str, known: Sequence[str]) -> str:
    """The advice that goes with an unknown name."""
    guess = core.nearest(name, known)
    return f"Did you mean {guess!r}?" if guess else "Use one of the allowed names."


def token(name: str) -> str:
    """A member's name as a part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")
