"""The Rust core of stoat-and-ferret, as a Python library."""

from ._core import __version__ as __version__
