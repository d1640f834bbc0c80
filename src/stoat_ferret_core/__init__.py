"""The Rust core of stoat-and-ferret, as a Python library.

Builders make `Filter` values, `str()` prints them for FFmpeg with every value escaped,
and what cannot be is refused with a `BuildError`, a `ValueError` that says how to mend it.

    >>> from stoat_ferret_core import AfadeBuilder
    >>> str(AfadeBuilder("in", 2.0).curve("tri").build())
    'afade=t=in:d=2:curve=tri'
"""

from ._core import (
    AcrossfadeBuilder,
    AfadeBuilder,
    AmixBuilder,
    BuildError,
    DrawtextBuilder,
    DuckingPattern,
    Expr,
    FadeBuilder,
    FFmpegCommand,
    Filter,
    FilterChain,
    FilterGraph,
    SpeedControl,
    TransitionType,
    VolumeBuilder,
    XfadeBuilder,
    __version__,
)

__all__ = [
    "AcrossfadeBuilder",
    "AfadeBuilder",
    "AmixBuilder",
    "BuildError",
    "DrawtextBuilder",
    "DuckingPattern",
    "Expr",
    "FFmpegCommand",
    "FadeBuilder",
    "Filter",
    "FilterChain",
    "FilterGraph",
    "SpeedControl",
    "TransitionType",
    "VolumeBuilder",
    "XfadeBuilder",
    "__version__",
]
