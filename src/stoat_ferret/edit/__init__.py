"""Typed edits, applied to settled documents: pure functions from values to values."""

from stoat_ferret.edit.apply import Applied, apply, captions_of, sources_of
from stoat_ferret.edit.carry import carry
from stoat_ferret.edit.changes import Change, Changes, changes
from stoat_ferret.edit.draft import NewId
from stoat_ferret.edit.parse import parse_edits, read_edits
from stoat_ferret.edit.rebase import Conflict, conflicts, revert
from stoat_ferret.edit.settle import settle

__all__ = [
    "Applied",
    "Change",
    "Changes",
    "Conflict",
    "NewId",
    "apply",
    "captions_of",
    "carry",
    "changes",
    "conflicts",
    "parse_edits",
    "read_edits",
    "revert",
    "settle",
    "sources_of",
]
