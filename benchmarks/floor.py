"""The floor: what nobody can do without. Imports z3, yaml and click, and composes the YAML files it is given.

Document by document with PyYAML's C parser, Python's cyclic collector paused. This is fixed, so that it can only be
beaten honestly; run as a process of its own.
"""

import gc
import sys
from pathlib import Path

import click as click
import yaml
import z3 as z3


def main() -> None:
    gc.disable()
    for folder in sys.argv[1:]:
        for path in sorted(Path(folder).glob("*.yaml")):
            loader = yaml.CSafeLoader(path.read_text(encoding="utf-8"))
            while loader.check_node():
                loader.get_node()


if __name__ == "__main__":
    main()
