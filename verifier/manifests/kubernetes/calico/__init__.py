"""Calico's policies, tiers and sets of networks (docs/semantics.md 5)."""
