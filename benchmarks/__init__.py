"""Measurements of the product against its goals: `make bench`.

Every figure is a ratio within one run, or a time beside its goal; nothing here fails a build.
"""
