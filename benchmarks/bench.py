"""`make bench`: measures every profile and writes benchmarks/RESULTS.md.

    python -m benchmarks.bench [--profiles SMTRLXPQC] [--turns N] [--quick] [--out FILE]
                               [--nca PROGRAM] [--nca-pods N...]

Each command is a cold process. Figures are ratios to the floor (benchmarks/floor.py) on the same files, measured in
turns with it: the best wall time over the floor's best, and the same of processor time.
"""

import argparse
import compileall
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks import versus
from benchmarks.growth import growth
from benchmarks.measure import ROOT, Run, best_in_turns
from benchmarks.profiles import PROFILES, Profile

NETPOL = (sys.executable, "-m", "verifier")
FLOOR = (sys.executable, "-m", "benchmarks.floor")
WRITE = (sys.executable, "-m", "benchmarks.write")
MANY = "1000000000"
SLOW = "RLXQ"
"""Profiles of which `--quick` measures one property only."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure, and write benchmarks/RESULTS.md.")
    parser.add_argument("--profiles", default="SMTRLXPQC")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="of the large profiles, measure one property only")
    parser.add_argument("--nca", type=Path, help="network-config-analyzer's program, in an environment of its own")
    parser.add_argument("--nca-pods", type=int, nargs="*", default=[50, 200])
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("RESULTS.md"))
    arguments = parser.parse_args()
    sections: list[str] = []
    for package in ("verifier", "benchmarks"):
        compileall.compile_dir(ROOT / package, quiet=1)
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.profiles:
            sections += profile_sections(PROFILES[name], Path(folder), arguments.turns, arguments.quick)
            print("\n".join(sections[-1:]), flush=True)
        sections.append(in_a_process("benchmarks.session", arguments.profiles, folder))
        print(sections[-1], flush=True)
        sections.append(growth(Path(folder)))
        print(sections[-1], flush=True)
        if arguments.nca:
            sections.append(versus.table(arguments.nca, arguments.nca_pods, Path(folder)))
            print(sections[-1], flush=True)
    arguments.out.write_text("\n\n".join((head(sys.argv[1:]), *sections)) + "\n", encoding="utf-8")


def in_a_process(module: str, *arguments: str) -> str:
    """What a module prints that measures within its own process."""
    done = subprocess.run(
        (sys.executable, "-m", module, *arguments), capture_output=True, text=True, check=False, cwd=ROOT
    )
    return done.stdout.strip() if done.returncode == 0 else f"{module} ended with {done.returncode}."


def head(arguments: Sequence[str]) -> str:
    with_arguments = f" ARGUMENTS='{' '.join(arguments)}'" if arguments else ""
    return f"""# Measurements

Repeat them with `make bench{with_arguments}`; they were made on a machine with {os.cpu_count()} processors
({platform.machine()}, {platform.system()}), shared with other work, with Python {platform.python_version()} and
z3-solver {version("z3-solver")}. So trust ratios, and those of processor time more than those of wall time: every
figure is the best of several runs, in turns with the floor, a process that imports z3, yaml and click and composes the
same files with PyYAML's C parser (`benchmarks/floor.py`). Peak: of resident memory."""


def profile_sections(profile: Profile, folder: Path, turns: int, quick: bool) -> Iterator[str]:
    """The tables of a profile."""
    now, one, ten, other, as_json = (
        folder / profile.name / side for side in ("now", "one", "ten", "rewritten", "json")
    )
    for out, how in (
        (now, ()),
        (as_json, ("json",)),
        (one, ("one-port-more", "1")),
        (ten, ("one-port-more", "10")),
        (other, ("rewritten", MANY)),
    ):
        subprocess.run((*WRITE, profile.name, str(out), *how), check=True, cwd=ROOT)
    claims = [f"never 8.8.8.8 -> */app={app} : TCP/{8000 + n}" for n, app in enumerate(profile.apps[:10])]
    single = {"floor": (*FLOOR, str(now)), "one property": check(now, [profile.claim])}
    single |= {"the same of JSON": check(as_json, [profile.claim]), "ten": check(now, claims)}
    single |= {"starter set": check(now, []), "lint": (*NETPOL, "lint", str(now)), "map": (*NETPOL, "map", str(now))}
    quick = quick and profile.name in SLOW
    if quick:
        single = {name: single[name] for name in ("floor", "one property", "the same of JSON")}
    double = {
        "floor": (*FLOOR, str(now), str(one)),
        "diff, 1 changed": (*NETPOL, "diff", str(now), str(one)),
        "diff, 10 changed": (*NETPOL, "diff", str(now), str(ten)),
        "equivalence of a rewritten set": (*NETPOL, "diff", str(now), str(other)),
    }
    turns = turns if profile.name not in "SM" else 2 * turns + 1
    rows = list(table_rows(best_in_turns(single, turns)))
    if not quick:
        rows += table_rows(best_in_turns(double, turns))
    size = sum(path.stat().st_size for path in now.iterdir()) / 1e6
    title = f"### {profile.name}: {profile.what} ({size:.1f} MB of YAML)"
    yield "\n".join((title, "", *HEADER, *rows, "", phases(now, profile.claim)))


HEADER = ("| | wall | x floor | processor | x floor | peak |", "|---|---|---|---|---|---|")


def check(folder: Path, claims: Sequence[str]) -> tuple[str, ...]:
    asked = [part for claim in claims for part in ("-e", claim)]
    return (*NETPOL, "check", "-q", str(folder), *asked)


def table_rows(runs: Mapping[str, Run]) -> Iterator[str]:
    floor = runs["floor"]
    for name, run in runs.items():
        if run.code is None:
            ratio = f"stopped after {run.wall:.0f} s | > {run.wall / floor.wall:.0f}"
            yield f"| {name} | {ratio} | | | {run.memory:.0f} MiB |"
        elif run.code in (0, 1, 2, 3) and not (name in ("lint", "map") and run.code == 2):
            ratios = f"{run.wall:.3f} s | {run.wall / floor.wall:.2f} | {run.cpu:.3f} s | {run.cpu / floor.cpu:.2f}"
            yield f"| {name} | {ratios} | {run.memory:.0f} MiB |"
        else:
            yield f"| {name} | did not run | | | | |"


def phases(folder: Path, claim: str) -> str:
    command = (sys.executable, "-m", "benchmarks.phases", str(folder), claim)
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=100)
    except subprocess.TimeoutExpired:
        return "Phases: stopped after 100 s."
    seconds = json.loads(done.stdout)
    whole = sum(seconds.values())
    told = ", ".join(f"{name} {100 * part / whole:.0f} %" for name, part in seconds.items())
    return f"`{claim}`, imports apart: {told}."


if __name__ == "__main__":
    main()
