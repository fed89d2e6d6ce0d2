"""Kubernetes objects to the IR, a reader a dialect."""
