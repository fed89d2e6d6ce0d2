"""Repairs of violated properties: changes of manifests, each proved from the text that it leaves."""
