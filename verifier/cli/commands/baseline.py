"""Acceptances for all that is broken or opened now, as the text of a file (`netpol gate --write-baseline`).

A flow may be wider than what it is written for, where the one-line notation has no words for that; never narrower.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import partial

from verifier.engine.problem.declared import World
from verifier.engine.region.flows import Values, flows_of
from verifier.engine.results.diff import Change, GateReport, Judged
from verifier.engine.results.region import Region
from verifier.ir.acceptance import Acceptance, Flow
from verifier.ir.cluster import NOTHING, Cluster
from verifier.ir.universe import OPEN, Universe
from verifier.report.words.gate import results_of

_HEAD = ("apiVersion: netpol-verifier/v1", "kind: Acceptances", "spec:", "  acceptances:")
_REASON = "baseline"
_OWNER = "unknown"


def baseline(
    report: GateReport,
    known: Sequence[Acceptance],
    expires: date,
    preserved: bool = True,
    head: Cluster = NOTHING,
    universe: Universe = OPEN,
) -> str:
    """`known` acceptances that are still of use, and new ones for what breaks properties, or was added, besides; empty
    iff there is nothing to accept. A property is accepted by the regions that break it, never as a whole. preserved:
    the addresses that ipBlocks see are the clients' own, of which flows speak (switch `external_source`). head: what
    was judged, which says by which values of a label ends may differ."""
    values = partial(values_of, World(head, universe))
    entries = [_entry(a.property, list(map(_written, a.flows)), a.reason, a.owner, a.expires) for a in known]
    results = results_of(report)
    for judged in _broken(report):
        flows = _texts(results[judged.property.name].regions, preserved, values=values)
        if flows:
            entries.append(_entry(judged.property.name, flows, _REASON, _OWNER, expires))
    grown = _texts(report.difference.added, preserved, report.difference.relabelled)
    if grown:
        entries.append(_entry(None, grown, _REASON, _OWNER, expires))
    return "\n".join((*_HEAD, *entries)) + "\n" if entries else ""


def _entry(name: str | None, flows: Sequence[str], reason: str, owner: str, expires: date) -> str:
    lines = ["- flows:", *(f"  - {flow}" for flow in flows)]
    if name is not None:
        lines = [f"- property: {_quoted(name)}", "  flows:", *lines[1:]]
    lines += [f"  reason: {_quoted(reason)}", f"  owner: {_quoted(owner)}", f"  expires: {expires.isoformat()}"]
    return "\n".join(f"  {line}" for line in lines)


def _written(flow: Flow) -> str:
    return flow.mapping or _quoted(flow.text)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def unaccepted(report: GateReport) -> list[str]:
    """The properties that are violated of which it is not known that these regions are all that breaks them."""
    results = results_of(report)
    return [judged.property.name for judged in _broken(report) if not results[judged.property.name].complete]


def _broken(report: GateReport) -> Iterator[Judged]:
    return (each for each in report.judged if each.change in (Change.NEWLY_VIOLATED, Change.STILL_VIOLATED))


def values_of(world: World, key: str, of_namespace: bool) -> tuple[Sequence[str], bool]:
    """The values that the label has in a world, and whether pods that are reached have none but these: nobody
    knows that of pods, nor where a declared namespace may have any labels."""
    if not of_namespace:
        return sorted({w.labels[key] for w in world.cluster.workloads if key in w.labels}), False
    spaces = [each.labels for each in world.declared.values()]
    found = sorted({labels[key] for labels in spaces if labels is not None and key in labels})
    return found, all(labels is not None for labels in spaces)


def _texts(
    regions: Iterable[Region], preserved: bool, relabelled: Sequence[str] = (), values: Values | None = None
) -> list[str]:
    return list(
        dict.fromkeys(_written(flow) for each in regions for flow in flows_of(each, preserved, relabelled, values))
    )
