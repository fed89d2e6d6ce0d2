"""A validating admission webhook: what a cluster stores, what a request would make of it, and whether it may."""
