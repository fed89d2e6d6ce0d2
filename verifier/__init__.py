"""netpol: proves properties of Kubernetes network policies, or shows the connection that breaks them.

    import verifier

    loaded = verifier.load(["k8s/"])
    claim = verifier.parse_expression("only shop/role=monitoring -> shop/app=api : TCP/5000")
    [result] = verifier.check(loaded.cluster, [claim])
    print(result.verdict, result.witness)

Every name of `__all__` is imported when it is first used, so that `import verifier` costs nothing.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from verifier.engine.check.check import check
    from verifier.engine.diff.compare import compare, equivalent, implies
    from verifier.engine.diff.gate import gate
    from verifier.engine.problem.switches import settle
    from verifier.engine.results.check import CheckReport, Result, Suggestion, Verdict
    from verifier.engine.results.diff import Difference, GateReport, Relation
    from verifier.engine.results.region import Region
    from verifier.engine.results.witness import Witness
    from verifier.errors import (
        Diagnostic,
        Disagreement,
        InputError,
        InternalError,
        NetpolError,
        ReplayError,
        Undecided,
        UsageError,
    )
    from verifier.ir.cluster import Cluster
    from verifier.ir.property import Always, Confined, Exactly, Isolated, Never, Only, Property, Reach, Separate
    from verifier.ir.universe import INVENTORY, OPEN, Universe
    from verifier.manifests.kubernetes.load import Loaded, Options, load, load_text
    from verifier.manifests.notation.expression import parse_expression, parse_peer, parse_ports
    from verifier.manifests.specs.properties import load_properties
    from verifier.manifests.specs.universe import load_universe
    from verifier.session import Session
    from verifier.smt.solver import Limits

_HOMES = {
    "verifier.engine.check.check": ("check",),
    "verifier.engine.diff.compare": ("compare", "equivalent", "implies"),
    "verifier.engine.results.diff": ("Difference", "GateReport", "Region", "Relation"),
    "verifier.engine.diff.gate": ("gate",),
    "verifier.engine.results.check": ("CheckReport", "Result", "Suggestion", "Verdict", "Witness"),
    "verifier.engine.problem.switches": ("settle",),
    "verifier.errors": (
        "Diagnostic",
        "Disagreement",
        "InputError",
        "InternalError",
        "NetpolError",
        "ReplayError",
        "Undecided",
        "UsageError",
    ),
    "verifier.ir.cluster": ("Cluster",),
    "verifier.ir.property": (
        "Always",
        "Confined",
        "Exactly",
        "Isolated",
        "Never",
        "Only",
        "Property",
        "Reach",
        "Separate",
    ),
    "verifier.ir.universe": ("INVENTORY", "OPEN", "Universe"),
    "verifier.manifests.kubernetes.load": ("Loaded", "Options", "load", "load_text"),
    "verifier.manifests.notation.expression": ("parse_expression", "parse_peer", "parse_ports"),
    "verifier.manifests.specs.properties": ("load_properties",),
    "verifier.manifests.specs.universe": ("load_universe",),
    "verifier.session": ("Session",),
    "verifier.smt.solver": ("Limits",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "INVENTORY",
    "OPEN",
    "Always",
    "CheckReport",
    "Cluster",
    "Confined",
    "Diagnostic",
    "Difference",
    "Disagreement",
    "Exactly",
    "GateReport",
    "InputError",
    "InternalError",
    "Isolated",
    "Limits",
    "Loaded",
    "NetpolError",
    "Never",
    "Only",
    "Options",
    "Property",
    "Reach",
    "Region",
    "Relation",
    "ReplayError",
    "Result",
    "Separate",
    "Session",
    "Suggestion",
    "Undecided",
    "Universe",
    "UsageError",
    "Verdict",
    "Witness",
    "check",
    "compare",
    "equivalent",
    "gate",
    "implies",
    "load",
    "load_properties",
    "load_text",
    "load_universe",
    "parse_expression",
    "parse_peer",
    "parse_ports",
    "settle",
]


def __getattr__(name: str) -> object:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module `verifier` has no attribute `{name}`")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
