"""The ready-made properties are broken by what they are there to find, and by nothing else."""

import pytest

from tests.engine.asking import DENY_ALL, namespace, pod, policy
from verifier.engine.check.check import check
from verifier.engine.results.check import Verdict
from verifier.manifests.kubernetes.load import load_text
from verifier.manifests.specs.properties import load_properties


def verdicts(name: str, manifests: str, **switches: str) -> list[Verdict]:
    properties = load_properties([f"builtin:{name}"])
    return [result.verdict for result in check(load_text(manifests).cluster, properties, switches=switches)]


def out(cidr: str, hole: str = "", ports: str = "") -> str:
    """A policy of shop that lets out to a block."""
    but = f", except: ['{hole}']" if hole else ""
    listed = f", ports: [{ports}]" if ports else ""
    rule = f"{{to: [{{ipBlock: {{cidr: '{cidr}'{but}}}}}]{listed}}}"
    return policy("shop", "out", f"{{podSelector: {{}}, policyTypes: [Egress], egress: [{rule}]}}")


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("no-cloud-metadata", "169.254.169.254/32"),
        ("no-cloud-metadata", "fd00:ec2::254/128"),
        ("no-cloud-metadata-aws", "169.254.169.254/32"),
        ("no-cloud-metadata-aws", "fd00:ec2::254/128"),
        ("no-cloud-metadata-aws", "169.254.170.2/32"),
        ("no-cloud-metadata-aws", "169.254.170.23/32"),
        ("no-cloud-metadata-aws", "fd00:ec2::23/128"),
        ("no-cloud-metadata-gcp", "169.254.169.254/32"),
        ("no-cloud-metadata-gcp", "169.254.169.252/32"),
        ("no-cloud-metadata-gcp", "fd20:ce::254/128"),
        ("no-cloud-metadata-alibaba", "100.100.100.200/32"),
        ("no-cloud-metadata-oracle", "169.254.169.254/32"),
        ("no-cloud-metadata-oracle", "fd00:c1::a9fe:a9fe/128"),
    ],
)
def test_an_address_of_the_metadata_breaks_it(name: str, address: str) -> None:
    assert verdicts(name, out(address)) == [Verdict.VIOLATED]


@pytest.mark.parametrize("cloud", ["", "-aws", "-gcp", "-alibaba", "-oracle"])
def test_other_addresses_break_none(cloud: str) -> None:
    assert verdicts(f"no-cloud-metadata{cloud}", out("203.0.113.0/24")) == [Verdict.PROVED]


def test_the_two_addresses_are_all_that_no_cloud_metadata_asks_for() -> None:
    both = out("169.254.0.0/16", "169.254.169.254/32") + out("fd00::/8", "fd00:ec2::254/128").replace("out", "out6")

    assert verdicts("no-cloud-metadata", both) == [Verdict.PROVED]


def test_the_wire_server_is_two_ports_of_an_address_that_answers_dns() -> None:
    def asked(port: str) -> list[Verdict]:
        return verdicts("no-cloud-metadata-azure", out("168.63.129.16/32", ports=port))

    assert asked("{port: 53, protocol: UDP}") == [Verdict.PROVED, Verdict.PROVED]
    assert asked("{port: 80}") == asked("{port: 32526}") == [Verdict.PROVED, Verdict.VIOLATED]
    assert verdicts("no-cloud-metadata-azure", out("169.254.169.254/32")) == [Verdict.VIOLATED, Verdict.PROVED]


SETTLED = {"host_network": "as_node", "ipblock_nodes": "match", "local_node_egress": "policy"}


def test_what_a_cluster_needs_is_broken_by_a_default_deny_and_mended_by_the_addresses_of_nodes() -> None:
    anywhere = "[{ipBlock: {cidr: 0.0.0.0/0}}, {ipBlock: {cidr: '::/0'}}]"
    opened = {
        "webhooks-reachable": f"ingress: [{{from: {anywhere}, ports: [{{port: 10250}}]}}]",
        "kubelet-probes-work": f"ingress: [{{from: {anywhere}}}]",
        "api-server-reachable": f"egress: [{{to: {anywhere}, ports: [{{port: 6443}}]}}]",
    }
    homes = {"webhooks-reachable": "cert-manager", "kubelet-probes-work": "shop", "api-server-reachable": "kube-system"}
    for name, rules in opened.items():
        home = homes[name]
        closed = pod(home, "a", "{app: a}") + policy(home, "deny", DENY_ALL)
        more = policy(home, "more", f"{{podSelector: {{}}, policyTypes: [Ingress, Egress], {rules}}}")
        assert verdicts(name, closed, **SETTLED) == [Verdict.VIOLATED], name
        assert verdicts(name, closed + more, **SETTLED) == [Verdict.PROVED], name


def test_a_sandbox_is_known_by_the_label_of_its_namespace() -> None:
    dns = (
        "{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 53, protocol: UDP}, {port: 53}], to: ["
        "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}},"
        " podSelector: {matchLabels: {k8s-app: kube-dns}}}]}]}"
    )
    box = namespace("box", "{sandbox: 'true'}")

    assert verdicts("confined-sandbox", box) == [Verdict.VIOLATED]
    assert verdicts("confined-sandbox", box + policy("box", "out", dns)) == [Verdict.PROVED]
    assert verdicts("confined-sandbox", namespace("box", "{sandbox: 'no'}")) == [Verdict.VACUOUS]
