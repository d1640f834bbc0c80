"""Delivery profiles: the settings of a render that suit a platform, kept as data, a TOML file for each.

`profile` is the value, `shelf` finds those that come with the package, which lie beside it, and a user's own.
"""
