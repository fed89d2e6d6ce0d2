"""What the readings disagree about, made small and saved as a case (tests/casefile.py)."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import yaml

from tests.generators.strategies import Example
from tests.oracle import Answer, claims
from verifier.manifests.kubernetes.load import load_text

Plain = dict[str, Any]
T = TypeVar("T")
PATIENCE = 600


@dataclass(frozen=True)
class Find:
    """A disagreement. `files`: names and texts of what shows it, small."""

    seed: int
    what: str
    files: tuple[tuple[str, str], ...] = ()

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in self.files:
            (folder / name).write_text(text)


def case_of(example: Example, expected: Answer | None, seed: int, found: str) -> str:
    """The example as a case file that expects what the enumeration says."""
    universe = example.universe
    lines = [f"# Soak {seed}: {' '.join(found.split())}."]
    if universe != "open":
        lines.append(f"# universe: {universe if isinstance(universe, str) else flow(universe)}")
    lines += [f"# set: {name}={value}" for name, value in example.switches.items()]
    lines += [f"# accepted: {flow(example.accepted)}"] if example.accepted else []
    claim = example.claim if isinstance(example.claim, str) else flow(_placed(example.claim, example.namespace))
    lines.append(f"# check: {claim}")
    if expected is not None:
        lines.append(f"# expect: {told(expected)}")
    return "\n".join(lines) + "\n" + documents(example.manifests)


def patient(fails: Callable[[T], bool]) -> Callable[[T], bool]:
    """The same, but false after many questions: a find that stays large is better than none."""
    questions = count()
    return lambda given: next(questions) < PATIENCE and fails(given)


def is_whole(manifests: list[Plain]) -> bool:
    """True iff the package passes nothing over: shrinking has not made a patch of a workload, say."""
    return not any(d.code in ("patch", "no-object") for d in load_text(documents(manifests)).diagnostics)


def told(answer: Answer) -> str:
    """The answer as a case says it."""
    return f"depends on {', '.join(answer.depends_on)}" if answer.verdict == "unknown" else answer.verdict


def documents(manifests: list[Plain]) -> str:
    return yaml.safe_dump_all(manifests, sort_keys=False, explicit_start=True)


def flow(value: Any) -> str:
    """YAML on one line."""
    return yaml.safe_dump(value, default_flow_style=True, width=10**6, sort_keys=False).strip()


def _placed(claim: Plain, namespace: str | None) -> Plain:
    """The claim with the file's namespace written into its bare selectors."""
    ((kind, body),) = claim.items()
    sides = [side for side in ("from", "to", "pods") if body.get(side)] if kind != "separate" else []
    there: Plain = {side: _in_namespace(body[side], namespace) for side in sides}
    if kind == "confined":
        there["reach"] = [
            {**flow, "to": _in_namespace(flow["to"], namespace)} if "to" in flow else flow for flow in body["reach"]
        ]
    return {kind: {**body, **there}}


def _in_namespace(peers: list[Plain], namespace: str | None) -> list[Plain]:
    return [{**p, "namespaces": [namespace]} if namespace and claims.is_bare(p) else p for p in peers]
