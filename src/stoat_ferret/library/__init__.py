"""The media library: what lies in the media roots, what is known of it, and how it is found again."""

from stoat_ferret.library.library import Library
from stoat_ferret.library.scanning import ScanError, ScanProgress, ScanReport

__all__ = ["Library", "ScanError", "ScanProgress", "ScanReport"]
