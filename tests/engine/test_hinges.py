"""Which open switches a witness hangs on."""

import ipaddress

from verifier.engine.solve.witness import hinges
from verifier.ir.endpoint import Connection, Endpoint, Kind, Namespace
from verifier.ir.network import Protocol
from verifier.ir.switches import SWITCHES, concrete
from verifier.manifests.kubernetes.load import load_text

TWO_WAYS = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: out, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
  - to:
    - podSelector: {}
    - ipBlock: {cidr: 0.0.0.0/0}
"""
SHOP = Namespace("shop", {})
TO_A_HOSTPOD = Connection(
    Endpoint(Kind.POD, ipaddress.ip_address("10.0.0.1"), SHOP),
    Endpoint(Kind.HOSTPOD, ipaddress.ip_address("192.168.0.1"), SHOP),
    Protocol.TCP,
    80,
)


def hang(**chosen: str) -> set[str]:
    setting = concrete({}, {"local_node_egress": "policy", **chosen})
    policies = load_text(TWO_WAYS).cluster.policies
    return set(hinges(policies, TO_A_HOSTPOD, setting, [n for n in SWITCHES if not SWITCHES[n].at_reading]))


def test_switches_that_matter_only_together_are_not_both_left_out() -> None:
    """As a pod it is reached through the selector, as a node through the block: either alone is enough."""
    assert len(hang(host_network="as_pod", ipblock_nodes="match") & {"host_network", "ipblock_nodes"}) == 1


def test_each_switch_that_alone_changes_a_leg_is_a_hinge() -> None:
    assert hang(host_network="as_node", ipblock_nodes="never") == {"host_network", "ipblock_nodes"}


def test_switches_that_nothing_asks_for_are_none() -> None:
    assert not {"sctp", "named_port_source"} & hang()
