"""Bugs about what decides about traffic and is not read: silence where there must be none."""

from tests.mutants.fault import Fault

KUBERNETES = "verifier/manifests/kubernetes/"
PARTIAL = "verifier/engine/diff/partial.py"
PASSED_OVER = (
    Fault(
        "a kind that decides is known by its name alone",
        KUBERNETES + "kinds.py",
        "    if looks_like_policy(kind) or name in map(str.lower, _DECIDING.get(group, ())):\n",
        "    if looks_like_policy(kind):\n",
    ),
    Fault(
        "a kind that decides has to be written with the right capitals",
        KUBERNETES + "kinds.py",
        "    group, name = group_of(api).lower(), kind.strip().lower()\n",
        "    group, name = group_of(api), kind\n",
    ),
    Fault(
        "whatever is called MultiNetworkPolicy is about other networks",
        KUBERNETES + "kinds.py",
        "    if (group, name) == (_OTHER_NETWORKS[0], _OTHER_NETWORKS[1].lower()):\n",
        "    if name == _OTHER_NETWORKS[1].lower():\n",
    ),
    Fault(
        "what decides is passed over in a list that kubectl may not take apart",
        KUBERNETES + "objects.py",
        "kinds.bearing(each.api, each.kind) is not kinds.Bearing.NONE:",
        "kinds.looks_like_policy(each.kind):",
    ),
    Fault(
        "what decides is passed over among the policies of new namespaces",
        KUBERNETES + "collect.py",
        "if self.skip_unknown and isinstance(self.namespace, str):",
        "if self.skip_unknown:",
    ),
    Fault(
        "generate rules count only where they name an apiVersion",
        KUBERNETES + "generators.py",
        "(is_object or generates)",
        "is_object",
    ),
    Fault(
        "policies in texts are not found",
        KUBERNETES + "generators.py",
        "        yield from ((path, kind) for kind in _in_text(value))\n",
        "        return\n",
    ),
    Fault(
        "a reference to a policy counts as one",
        KUBERNETES + "generators.py",
        'is_object = isinstance(api, str) and ("metadata" in value or "spec" in value)',
        "is_object = isinstance(api, str)",
    ),
    Fault(
        "only the names of what is passed over are compared",
        PARTIAL,
        "if before.get(key) != after.get(key)}",
        "if (key in before) != (key in after)}",
    ),
    Fault(
        "of what is passed over the last of a name stands for all",
        PARTIAL,
        "        names.setdefault((each.group, str(each)), []).append(each)\n",
        "        names[each.group, str(each)] = [each]\n",
    ),
    Fault(
        "a comparison as far as was read is complete",
        PARTIAL,
        "        complete=False,\n",
        "",
    ),
    Fault(
        "two clusters are equivalent, whatever was passed over",
        "verifier/engine/diff/compare.py",
        "    if differs(old.passed_over, new.passed_over):\n",
        "    if not differs(old.passed_over, new.passed_over) and old.passed_over != new.passed_over:\n",
    ),
    Fault(
        "lint: rules about all policies are asked although some were passed over",
        "verifier/engine/lint/lint.py",
        "if not (cluster.passed_over and name in OF_ALL)]",
        "if name in RULES]",
    ),
    Fault(
        "lint: a rule is to be removed although policies were passed over",
        "verifier/engine/lint/tiers.py",
        '"remove it, or move it up" if whole and not stays else',
        '"remove it, or move it up" if not stays else',
    ),
    Fault(
        "lint: in a policy that could go nothing is looked at, although policies were passed over",
        "verifier/engine/lint/redundancy.py",
        "        if policy in self.naming or not self.whole:\n",
        "        if policy in self.naming:\n",
    ),
)
