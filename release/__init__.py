"""What makes a release of this repository. `python -m release --help`; docs/releasing.md says when to run what."""
