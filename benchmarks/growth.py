"""How cost grows: with policies, with pods of an open universe, with replicas of an inventory."""

import random
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from benchmarks.measure import best_in_turns
from benchmarks.profiles import PROFILES, Namespace, deployment, large, pod
from benchmarks.write import write, write_all

NETPOL = (sys.executable, "-m", "verifier", "check", "-q")
FLOOR = (sys.executable, "-m", "benchmarks.floor")
CLAIM = "never 8.8.8.8 -> ns-003/*"


def growth(folder: Path) -> str:
    return "\n".join(("### Growth", "", *_policies(folder), *_pods(folder), *_replicas(folder)))


def _policies(folder: Path) -> Iterator[str]:
    """A line fitted through five sizes of L."""
    sizes, commands = (30, 60, 120, 180, 240), {}
    policies = []
    for size in sizes:
        namespaces = list(islice(large(random.Random(0)), size))
        policies.append(sum(o["kind"] == "NetworkPolicy" for _, objects in namespaces for o in objects))
        write_all(namespaces, folder / f"growth-{size}")
        commands[str(size)] = (*NETPOL, str(folder / f"growth-{size}"), "-e", CLAIM)
    seconds = [run.cpu for run in best_in_turns(commands, 3).values()]
    slope, start, fit = _line([float(p) for p in policies], seconds)
    points = ", ".join(f"{p}: {s:.2f} s" for p, s in zip(policies, seconds, strict=True))
    yield f"Policies (parts of L, processor time): {points}."
    yield f"Line: {start:.2f} s + {1000 * slope:.3f} ms for each policy, r2 = {fit:.4f}."


def _line(xs: list[float], ys: list[float]) -> tuple[float, float, float]:
    """Least squares: slope, intercept, and the share of the variance that the line explains."""
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / sum((x - mean_x) ** 2 for x in xs)
    start = mean_y - slope * mean_x
    rest = sum((y - start - slope * x) ** 2 for x, y in zip(xs, ys, strict=True))
    return slope, start, 1 - rest / sum((y - mean_y) ** 2 for y in ys)


def _pods(folder: Path) -> Iterator[str]:
    """M with ten times the pods, in an open universe: beyond the floor of either."""
    write("M", folder / "pods-1")
    write_all(_more_pods(), folder / "pods-10")
    names = ("pods-1", "pods-10")
    runs = best_in_turns(
        {
            **{f"floor {n}": (*FLOOR, str(folder / n)) for n in names},
            **{n: (*NETPOL, str(folder / n), "-e", PROFILES["M"].claim) for n in names},
        },
        7,
    )
    beyond = [runs[n].cpu - runs[f"floor {n}"].cpu for n in names]
    yield f"Pods (M, and M with ten times the pods, open universe): {beyond[1] / beyond[0]:.2f}x beyond the floor."


def _more_pods() -> Iterator[Namespace]:
    for name, objects in PROFILES["M"].make(random.Random(0)):
        pods = [pod(name, f"more-{n}", {"app": f"more-{n}", "part": name}) for n in range(36)]
        yield name, [*objects, *pods]


def _replicas(folder: Path) -> Iterator[str]:
    """S with a thousand replicas of everything, in an inventory."""
    write("S", folder / "replicas-1")
    [(name, objects)] = PROFILES["S"].make(random.Random(0))
    many = [
        deployment(name, o["metadata"]["name"], {"app": o["metadata"]["name"]}, 1000)
        if o["kind"] == "Deployment"
        else o
        for o in objects
    ]
    write_all([(name, many)], folder / "replicas-1000")
    commands = {
        n: (*NETPOL, "-u", "inventory", str(folder / n), "-e", PROFILES["S"].claim)
        for n in ("replicas-1", "replicas-1000")
    }
    runs = best_in_turns(commands, 7)
    ratio = runs["replicas-1000"].cpu / runs["replicas-1"].cpu
    yield f"Replicas (S, and S with 1,000 replicas of everything, inventory): {ratio:.2f}x."
