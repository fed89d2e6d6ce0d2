"""Asking the solver: queries, witnesses, limits, scripts, workers."""
