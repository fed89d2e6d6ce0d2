"""Bugs about what a live cluster does not list, and who may have one asked."""

from tests.mutants.fault import Fault

KUBERNETES = "verifier/manifests/kubernetes/"
KUBECTL = "verifier/manifests/documents/kubectl.py"
LIVE = (
    Fault(
        "live cluster: policies that one may not list are passed over with a warning",
        KUBERNETES + "unlisted.py",
        "        if each.decides and not skip_unknown:\n",
        "        if False:\n",
    ),
    Fault(
        "live cluster: what was not listed is told once, and then forgotten",
        KUBERNETES + "unlisted.py",
        "    if not unlisted:\n",
        "    if unlisted is not None:\n",
    ),
    Fault(
        "live cluster: what neither side of a comparison listed is the same on both",
        "verifier/engine/diff/partial.py",
        "    keys |= {(each.group, str(each)) for each in (*old, *new) if each.unlisted_by is not None}\n",
        "",
    ),
    Fault(
        "live cluster: a server behind the API that is silently down is none",
        KUBERNETES + "live.py",
        "zip(silent, heard, strict=True) if not answered]",
        "zip(silent, heard, strict=True) if answered is None]",
    ),
    Fault(
        "live cluster: of Calico's objects those are read that the user is shown",
        KUBERNETES + "live.py",
        "    if group == _SERVED:\n        return any(kinds.group_of(api) == _STORED for api in others)\n",
        "    if group == _STORED:\n        return any(kinds.group_of(api) == _SERVED for api in others)\n",
    ),
    Fault(
        "live cluster: kinds that decide and are not understood are not looked for",
        KUBERNETES + "live.py",
        "    return kinds.is_read(each.api, each.kind) or kinds.bearing(each.api, each.kind) not in nothing\n",
        "    return kinds.is_read(each.api, each.kind)\n",
    ),
    Fault(
        "live cluster: objects of one namespace are read for those of all",
        KUBECTL,
        '("--all-namespaces",) if namespace is None',
        "() if namespace is None",
    ),
    Fault(
        "live cluster: what the user wants by default of `get` is believed",
        KUBECTL,
        "trusted_path(environ)} | _SETTINGS",
        "trusted_path(environ)}",
    ),
    Fault(
        "live cluster: whoever may change netpol.yaml may have one asked",
        "verifier/cli/inputs/inputs.py",
        "    if asked is not None and config is not None and manifests.origin == config:\n",
        "    if asked is not None and config is None and manifests.origin == config:\n",
    ),
    Fault(
        "live cluster: a fleet asks one cluster for each of its tasks",
        "verifier/fleet/plan.py",
        "is_live = any(context_of(name) is not None for name in cluster.manifests)",
        "is_live = False",
    ),
)
