"""Throws broken and hostile input at everything that reads what people wrote: `make fuzz COUNT=... SEED=...`.

Input number N of seed S is always the same. Whatever comes in, a reader gives a value or raises InputError; anything
else, an input that takes too long, and one that needs too much memory is a finding.
"""
