"""stoat-and-ferret: a video editor that programs, AI agents and people drive together."""
