"""Cilium's own policies (docs/semantics.md 6): read, checked, and lowered to the normal form."""
