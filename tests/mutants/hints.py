"""Bugs in what is told besides verdicts: what lint calls undone, what is called almost the same, what explain notes,
and where a field belongs."""

from tests.mutants.fault import Fault

UNDONE, LEFT_OUT, SLIPS = (
    "verifier/engine/lint/undone.py",
    "verifier/ir/leftout.py",
    "verifier/engine/problem/slips.py",
)
HINTS = (
    Fault(
        "check: a narrower claim is looked for where the ports are those of a Service",
        "verifier/engine/check/suggest.py",
        "if isinstance(claim, Isolated | Separate) or not has_plain_ports(claim):",
        "if isinstance(claim, Isolated | Separate):",
    ),
    Fault(
        "lint: an exclusion is undone by the rule of a tier that is not asked any more",
        UNDONE,
        "cover = leg.covered_by(mine) if leg.can_go(mine) else ()",
        "cover = leg.covered_by(mine)",
    ),
    Fault(
        "lint: an exclusion is undone where a tier decides before it would matter",
        UNDONE,
        "cover = leg.covered_by(mine) if leg.can_go(mine) else ()",
        "cover = mine if leg.can_go(mine) else ()",
    ),
    Fault(
        "lint: an exclusion of what nobody can meet is undone",
        UNDONE,
        "        if own and not leg.is_met(own):\n            mine = []\n",
        "",
    ),
    Fault(
        "lint: exclusions of ordered rules are undone by later ones",
        UNDONE,
        "for rung in () if stage.is_tier else (r for",
        "for rung in (r for",
    ),
    Fault(
        "lint: a policy that allows something is a denial",
        UNDONE,
        "if not mine and any(rung.guard == TRUE for rung in rungs):",
        "if any(rung.guard == TRUE for rung in rungs):",
    ),
    Fault(
        "lint: a peer whose exclusion is undone can be removed",
        "verifier/engine/lint/redundancy.py",
        '"shadowed-peer", part.citation.rule)) if is_met else []',
        '"shadowed-peer", part.citation.rule)) if not is_met else []',
    ),
    Fault(
        "what NotIn leaves out is what it lets in",
        LEFT_OUT,
        "other: Requirement = opposite(requirement)",
        "other: Requirement = requirement",
    ),
    Fault(
        "what an exclusion leaves out forgets the other conditions of its peer",
        LEFT_OUT,
        "And((*items[:index], found.guard, *items[index + 1 :]))",
        "And((found.guard,))",
    ),
    Fault(
        "an except takes out all that is not in its block",
        "verifier/ir/network.py",
        "return around.subtract(self)",
        "return ALL_ADDRESSES.subtract(self)",
    ),
    Fault(
        "lint: any label of a namespace that has its name as a value is meant for it",
        SLIPS,
        "and key != NAMESPACE_NAME and not _says_a_name(key):",
        "and key != NAMESPACE_NAME and not key:",
    ),
    Fault(
        "lint: labels of pods are taken for those of namespaces where pods have the key",
        SLIPS,
        "and all(not _is_key_of(r.key, around) for r in theirs)",
        "and all(r.key for r in theirs)",
    ),
    Fault(
        "lint: a workload has to have all labels of a selector itself",
        "verifier/engine/lint/dead.py",
        "if own is not None and matches({**workload.labels, **own}, selector):",
        "if own is not None and matches(own, selector):",
    ),
    Fault(
        "lint: egress rules close ingress whatever else does",
        "verifier/engine/lint/written.py",
        "elif quirk.writing is Writing.EGRESS_ONLY and not _is_closed_besides(look, quirk):",
        "elif quirk.writing is Writing.EGRESS_ONLY:",
    ),
    Fault(
        "lint: a peer of hostNetwork pods is told where others are with them",
        "verifier/engine/lint/hostnetwork.py",
        "return bool(workloads) and all(w.host_network for w in workloads)",
        "return any(w.host_network for w in workloads)",
    ),
    Fault(
        "lint: the tunnel of a mesh is shut though another policy opens it",
        "verifier/engine/lint/tunnel.py",
        "return not any(_reaches(line.shape.ports) and subject_of(line.who).requirements <= mine for line in others)",
        "return not any(_reaches(line.shape.ports) for line in lines)",
    ),
    Fault(
        "lint: namespaces of workloads that name none are counted",
        "verifier/engine/lint/coverage.py",
        "if not w.host_network and str(w) not in unnamed)",
        "if not w.host_network)",
    ),
    Fault(
        "a default deny that is open again is told of whoever opens other pods",
        "verifier/engine/check/reopened.py",
        "if home is not None and is_in(home, peer) is False:",
        "if home is None:",
    ),
    Fault(
        "a claim is doubted though some pod has its labels",
        "verifier/engine/check/doubts.py",
        "if not around or any(w.foreign or matches(w.labels, peer.pods) for w in around):",
        "if not around or any(w.foreign for w in around):",
    ),
    Fault(
        "a claim is doubted where a controller adds labels",
        "verifier/engine/check/doubts.py",
        "if not around or any(w.foreign or matches(w.labels, peer.pods) for w in around):",
        "if not around or any(matches(w.labels, peer.pods) for w in around):",
    ),
    Fault(
        "a namespace of the universe is none that is declared",
        "verifier/engine/check/doubts.py",
        "for namespace in (*cluster.namespaces, *universe.known)}",
        "for namespace in cluster.namespaces}",
    ),
    Fault(
        "explain: replies are noted where nobody wrote a rule",
        "verifier/engine/explain/asides.py",
        "if decision.allowed and any(_is_by_rule(leg) for leg in (decision.egress, decision.ingress)):",
        "if decision.allowed:",
    ),
    Fault(
        "explain: an exclusion on other ports counts",
        "verifier/engine/explain/asides.py",
        "(found.what for found in left_out(rung.guard) if holds(found.guard, view))",
        "(found.what for found in left_out(rung.guard))",
    ),
    Fault(
        "a field is sent to where it could be, not to the one beside it",
        "verifier/manifests/kubernetes/misplaced.py",
        "beside = next((home for home in homes if home in siblings), None)",
        "beside = next((home for home in homes if home in known), None)",
    ),
    Fault(
        "a URL lacks a blank after its colon",
        "verifier/manifests/documents/syntax.py",
        ":(?=[^\\s/:])",
        ":(?=[^\\s])",
    ),
)
