"""The application's values: frozen, and told apart from what they are made of (files, processes, JSON text).

Nothing is imported here: a render that needs no pydantic does not pay for it.
"""
