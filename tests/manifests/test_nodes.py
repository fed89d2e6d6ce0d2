"""Node objects: what the cluster knows of them, read at once and held on to."""

from verifier.ir.cluster import Cluster
from verifier.ir.network import AddressSet
from verifier.manifests.kubernetes.incremental import Incremental
from verifier.manifests.kubernetes.load import load_text
from verifier.manifests.notation.cidr import parse_address

NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec: {podSelector: {}}
"""


def node(name: str, address: str = "10.9.9.9") -> str:
    status = f"{{addresses: [{{type: InternalIP, address: {address}}}, {{type: Hostname, address: {name}}}]}}"
    metadata = f"{{name: {name}, labels: {{zone: {name}}}}}"
    return f"apiVersion: v1\nkind: Node\nmetadata: {metadata}\nstatus: {status}\n---\n"


def names(cluster: Cluster) -> list[str]:
    return [each.name for each in cluster.nodes]


def test_the_cluster_holds_its_nodes_in_the_order_of_their_names() -> None:
    first, second = load_text(node("b") + node("a", "10.9.9.8")).cluster.nodes
    assert (first.name, dict(first.labels)) == ("a", {"zone": "a"})
    assert first.addresses == AddressSet.block(parse_address("10.9.9.8"))
    assert second.name == "b"


def test_without_node_objects_there_are_none() -> None:
    assert load_text(POLICY).cluster.nodes == ()


def test_held_manifests_know_the_nodes_that_came_and_went() -> None:
    held = Incremental({"policy": POLICY, "nodes": node("a")})
    assert names(held.cluster) == ["a"]
    assert held.update({"nodes": node("b") + node("a")}) is None
    assert names(held.cluster) == ["a", "b"]
    held.update({"nodes": None})
    assert names(held.cluster) == []


def test_a_change_of_policies_keeps_the_nodes_and_knows_where_they_stand_now() -> None:
    held = Incremental({"all": POLICY + "---\n" + node("a"), "home": NAMESPACE})
    longer = POLICY.replace("{podSelector: {}}", "\n  podSelector: {}")
    assert held.update({"all": longer + "---\n" + node("a")}) is not None  # nothing was read afresh
    (found,) = held.cluster.nodes
    assert str(found.origin.position) == "all:7:1"
