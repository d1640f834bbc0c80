"""Every editor that the typical edit is tried with."""

from __future__ import annotations

from benchmarks.peers import ges, melt, moviepy, openshot
from benchmarks.peers.peer import Peer

__all__ = ["PEERS"]

PEERS: tuple[Peer, ...] = (moviepy.PEER, melt.PEER, ges.PEER, openshot.PEER)
