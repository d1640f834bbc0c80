"""The use cases of projects: documents, revisions, edits, undo, comparison, and their folders."""

from stoat_ferret.projects.projects import EditRequest, Projects

__all__ = ["EditRequest", "Projects"]
