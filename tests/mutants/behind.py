"""Bugs in what is behind the Services that policies of Cilium and Calico name."""

from tests.mutants.fault import Fault

KUBERNETES = "verifier/manifests/kubernetes/"
FACTS, ENDPOINTS = f"{KUBERNETES}facts/behind.py", f"{KUBERNETES}facts/endpoints.py"
CILIUM, CALICO = f"{KUBERNETES}cilium/meaning.py", f"{KUBERNETES}calico/services.py"
BEHIND = (
    Fault(
        "behind: of Services in the input twice the last counts",
        FACTS,
        "found[service.key] = service if service.key not in found else None",
        "found[service.key] = service",
    ),
    Fault(
        "behind: what a name leads to is nobody",
        FACTS,
        "if found is None or found.external_name is not None:",
        "if found is None:",
    ),
    Fault(
        "behind: a Service of which nothing says what is behind it has nobody",
        FACTS,
        "return found if found.selector or found.key in self.backends else None",
        "return found",
    ),
    Fault(
        "behind: addresses that are not ready count",
        ENDPOINTS,
        '("notReadyAddresses", False)',
        '("notReadyAddresses", True)',
    ),
    Fault(
        "cilium: the pods of a Service are those of every namespace",
        CILIUM,
        "        lines.append(Line(K8S, NAMESPACE_KEY, Operator.IN, frozenset({namespace})))\n",
        "",
    ),
    Fault(
        "cilium: a Service without namespace is none of other namespaces",
        CILIUM,
        "return Or((*found, And((Not(told), *unknown.items))))",
        "return Or(tuple(found))",
    ),
    Fault(
        "cilium: a Service that is not in the input has nobody behind it",
        CILIUM,
        "return unknown if known is None else known",
        "return FALSE if known is None else known",
    ),
    Fault(
        "cilium: no node is behind a Service where CIDRs hold nodes",
        CILIUM,
        "_BEHIND_KINDS = Or((KindIn(Role.PEER, _POD), _BLOCK_KINDS))",
        "_BEHIND_KINDS = KindIn(Role.PEER, frozenset({Kind.POD, Kind.EXTERNAL}))",
    ),
    Fault(
        "cilium: what is listed for a Service without selector are pods, too",
        CILIUM,
        "return _block(ready) if others.is_empty()",
        "return AddressIn(Role.PEER, ready) if others.is_empty()",
    ),
    Fault(
        "calico: what is listed beside the pods of a Service surely is there",
        CALICO,
        "    sure = not service.selector\n",
        "    sure = True\n",
    ),
    Fault(
        "calico: the endpoints of a Service are on every port",
        CALICO,
        "        yield And((*here, _either(numbers)))\n",
        "        yield And(here)\n",
    ),
    Fault(
        "calico: a source that is a Service is asked for its ports",
        f"{KUBERNETES}calico/lowering.py",
        'with_ports=end == "destination")',
        "with_ports=True)",
    ),
    Fault(
        "calico: no node has the address of an endpoint",
        CALICO,
        "        yield And((on_node, _either(numbers), unknown))\n",
        "",
    ),
    Fault(
        "calico: nobody shows the address of a node that is an endpoint",
        CALICO,
        'SwitchIs("external_source", "node"), unknown))',
        'SwitchIs("external_source", "none"), unknown))',
    ),
    Fault(
        "calico: a port that a Service calls by its name leads nowhere",
        CALICO,
        "    if len(numbers) < len(service.ports) or not service.ports:\n",
        "    if not service.ports:\n",
    ),
)
