"""The command line: reads, asks, renders, returns its code."""

from verifier.cli.main import main

__all__ = ["main"]
