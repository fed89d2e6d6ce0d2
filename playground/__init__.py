"""The verifier in a page: what `make playground` builds (docs/playground.md)."""
