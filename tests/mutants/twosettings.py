"""Bugs in comparisons of two settings, and in what profiles cannot say."""

from tests.mutants.fault import Fault

_SETTINGS = "verifier/encoding/settings.py"
_PAIR = "verifier/encoding/pair.py"
_PAIRING = "verifier/engine/problem/pairing.py"
_PREPARE = "verifier/engine/precheck/prepare.py"
_COMPARISON = "verifier/engine/diff/comparison.py"
_CAUSES = "verifier/engine/diff/settings.py"
_DEVIATIONS = "verifier/manifests/kubernetes/deviations.py"
_CLI = "verifier/cli/inputs/settings.py"
TWO_SETTINGS = (
    Fault(
        "two settings: the old side has the switches of the new one",
        _SETTINGS,
        "if name in apart or old[name] != new[name]:",
        "if name in apart and old[name] == new[name]:",
    ),
    Fault(
        "two settings: where only a setting differs, nothing does",
        _PAIRING,
        "and not pods_changed and not apart:\n        return None",
        "and not pods_changed:\n        return None",
    ),
    Fault(
        "two settings: only what the policies changed is looked at",
        _PAIRING,
        "affected = None if None in touched.values() or apart else",
        "affected = None if None in touched.values() else",
    ),
    Fault(
        "two settings: what two plugins leave open is one and the same",
        _PAIRING,
        "switch.of_plugin and len(plugins) > 1",
        "switch.of_plugin and len(plugins) > 2",
    ),
    Fault(
        "two settings: what is open on both sides of one plugin are two unknowns",
        _PAIRING,
        "switch.of_plugin and len(plugins) > 1",
        "switch.of_plugin",
    ),
    Fault(
        "two settings: an outside address of the old side has port names",
        _SETTINGS,
        "script.require(implies(literal, old.destination.podlike))",
        "script.require(implies(literal, new.source.podlike))",
    ),
    Fault(
        "two settings: a pod calls its ports on either side whatever it likes",
        _SETTINGS,
        "if given == FALSE or possible >= set(truths):",
        "if given == FALSE or possible:",
    ),
    Fault(
        "two settings: a pod declares no name twice",
        _SETTINGS,
        "    yield from product(one, one)\n",
        "",
    ),
    Fault(
        "two settings: what one side says of SCTP is compared with what the other does not say",
        _PREPARE,
        "own[name] = nothing if nothing in said else OPEN if OPEN in said else own[name]",
        "own[name] = OPEN if OPEN in said else own[name]",
    ),
    Fault(
        "two settings: clients come otherwise on either side",
        _PREPARE,
        'if len({own["external_source"] for own in found}) > 1:',
        'if len({own["external_source"] for own in found}) > 2:',
    ),
    Fault(
        "two settings: a witness is replayed under the setting of the new side on both",
        _COMPARISON,
        "before = decide(problem.old.all_policies, old.connection, then, old.supposing)",
        "before = decide(problem.old.all_policies, old.connection, setting, old.supposing)",
    ),
    Fault(
        "two settings: a pod that nobody has listed has other port names on either side",
        _COMPARISON,
        "        if problem.names_apart:\n",
        "        if not problem.apart:\n",
    ),
    Fault(
        "two settings: a region names every switch that differs",
        _CAUSES,
        "            if not self._differs(number, rest):\n                kept = rest",
        "            if rest == kept:\n                kept = rest",
    ),
    Fault(
        "two settings: a region that the policies changed names switches",
        _CAUSES,
        "if not kept or self._differs(number, kept):",
        "if not kept:",
    ),
    Fault(
        "two settings: whoever has a name at all falls into a region that hangs on who counts it",
        _CAUSES,
        "    if not wanted:\n        return True\n",
        "    if wanted is not None:\n        return True\n",
    ),
    Fault(
        "two settings: in an inventory port names are read alike",
        _PAIR,
        "(self.names_apart or any(changed(old, new) for old, new in self.pods))",
        "any(changed(old, new) for old, new in self.pods)",
    ),
    Fault(
        "--to-profile: what is set of the old plugin is believed of the new one",
        _CLI,
        "if name in SWITCHES and not is_of_plugin(name)}",
        "if name in SWITCHES}",
    ),
    Fault(
        "--to-profile: the new side is read as the old plugin reads it",
        "verifier/cli/inputs/sides.py",
        "after = attempts.make(partial(ways[1], settings.to_profile))",
        "after = attempts.make(partial(ways[1], settings.profile.value if settings.to_profile else None))",
    ),
    Fault(
        "profiles: rules of a direction that a policy does not govern count",
        _DEVIATIONS,
        "enumerate(spec.get(word) or () if governs else ())",
        "enumerate(spec.get(word) or ())",
    ),
    Fault(
        "profiles: a block of another policy reopens what AWS VPC CNI denies",
        _DEVIATIONS,
        "blocks[str(rule.policy.namespace), rule.outward] += len(rule.blocks)",
        "blocks[str(rule.policy.namespace), rule.outward] = len(rule.blocks)",
    ),
    Fault(
        "profiles: what a plugin reads otherwise is only a warning",
        _DEVIATIONS,
        "severity = Severity.ERROR if deviation.refused else Severity.WARNING",
        "severity = Severity.WARNING",
    ),
    Fault(
        "profiles: how a plugin is set up is nobody's assumption",
        "verifier/ir/cluster.py",
        'ASSUMED.get(self.profile or "", ())',
        'ASSUMED.get("", ())',
    ),
)
