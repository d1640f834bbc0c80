"""Presets: effects that belong together, under one name, kept as data, a TOML file for each.

`preset` is the value, `shelf` finds those that come with the package, which lie beside it, and a user's own.
"""
