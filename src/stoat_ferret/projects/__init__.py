"""The use cases of projects: documents, revisions, edits, undo, comparison, and their folders."""

from stoat_ferret.projects.batches import EditRequest
from stoat_ferret.projects.projects import Projects

__all__ = ["EditRequest", "Projects"]
