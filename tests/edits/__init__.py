"""Edits of policies written into manifests, so that what `coverage` says of them can be checked from scratch."""
