"""Beside us: network-config-analyzer (PyPI), on what both can do, at growing numbers of pods."""

import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.measure import SECONDS, Run, best_in_turns, run
from benchmarks.profiles import DENY, TEAMS, Namespace, Object, drawn, namespace, pod, policy
from benchmarks.write import one_port_more, rewritten, write_all

NETPOL = (sys.executable, "-m", "verifier")


def table(program: Path, sizes: Sequence[int], folder: Path) -> str:
    rows = [
        "### Beside network-config-analyzer",
        "",
        f"Ten pods in each namespace, a policy for each pod. Runs of it are stopped after {SECONDS} s.",
        "",
        "| pods | question | network-config-analyzer | netpol | faster |",
        "|---|---|---|---|---|",
    ]
    for size in sizes:
        rows += _rows(program, size, folder / f"versus-{size}")
    return "\n".join(rows)


def _rows(program: Path, pods: int, folder: Path) -> Iterator[str]:
    old, new, same = (folder / side for side in ("old", "new", "same"))
    namespaces = list(_cluster(pods))
    write_all(namespaces, old)
    write_all(_changed(namespaces, 1, one_port_more), new)
    write_all(_changed(namespaces, 10**9, rewritten), same)
    ours = best_in_turns(
        {
            "semantic diff": (*NETPOL, "diff", str(old), str(new)),
            "equivalence": (*NETPOL, "diff", str(old), str(same)),
            "map": (*NETPOL, "map", "-u", "inventory", str(old)),
        },
        3,
    )
    theirs = {
        "semantic diff": _nca(program, "--semantic_diff", new, old),
        "equivalence": _nca(program, "--equiv", same, old),
        "map": _nca(program, "--connectivity", old, None),
    }
    for question, their in theirs.items():
        yield f"| {pods} | {question} | {_told(their)} | {_told(ours[question])} | {_ratio(their, ours[question])} |"


def _nca(program: Path, question: str, folder: Path, base: Path | None) -> Run:
    command = [str(program), question, str(folder), "--ns_list", str(folder), "--pod_list", str(folder), "--return_0"]
    if base is not None:
        command += ["--base_np_list", str(base), "--base_ns_list", str(base), "--base_pod_list", str(base)]
    return run(command)


def _told(measured: Run) -> str:
    if measured.code is None:
        return f"stopped after {measured.wall:.0f} s"
    return f"{measured.wall:.2f} s" if measured.code in (0, 1) else "does not run"


def _ratio(their: Run, our: Run) -> str:
    if our.code not in (0, 1) or their.code not in (0, 1, None):
        return ""
    return f"{'> ' if their.code is None else ''}{their.wall / our.wall:,.0f}x"


def _cluster(pods: int) -> Iterator[Namespace]:
    """Ten pods in each namespace, and for each pod a policy as people write them, both ways."""
    draw = random.Random(0)
    for number in range(pods // 10):
        home = f"ns-{number:03}"
        team = TEAMS[number % 7]
        worn = [{"app": f"app-{n}", "tier": f"tier-{n % 3}", "home": home} for n in range(10)]
        objects = [namespace(home, team=team), policy(home, "deny", DENY)]
        objects += [pod(home, f"pod-{n}", pairs) for n, pairs in enumerate(worn)]
        for n, pairs in enumerate(worn):
            spec = drawn(draw, pairs, draw.choice(worn), draw.choice(TEAMS))
            other = drawn(draw, pairs, draw.choice(worn), draw.choice(TEAMS))["ingress"][0]
            out = {"to": other["from"], **({"ports": other["ports"]} if "ports" in other else {})}
            both = {**spec, "policyTypes": ["Ingress", "Egress"], "egress": [out]}
            objects.append(policy(home, f"policy-{n}", both))
        yield home, objects


def _changed(namespaces: Sequence[Namespace], changes: int, change: object) -> Iterator[Namespace]:
    left = changes
    for name, objects in namespaces:
        found: list[Object] = []
        for each in objects:
            if left and each["kind"] == "NetworkPolicy" and each["metadata"]["name"] != "deny":
                found.append(change(left, each))  # type: ignore[operator]
                left -= 1
            else:
                found.append(each)
        yield name, found
