"""One self-contained page for each command: readable without scripts, asking nothing of anybody."""
