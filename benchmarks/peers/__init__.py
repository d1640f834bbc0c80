"""Other editors, each made to do the typical edit: one module for each, run by whatever Python has it.

None of them is a dependency, and nothing here imports more than the standard library before it is run.
"""
