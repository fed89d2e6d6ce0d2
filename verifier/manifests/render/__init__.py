"""Directories that have to be rendered: kustomizations and Helm charts, as the programs of the user make them."""
