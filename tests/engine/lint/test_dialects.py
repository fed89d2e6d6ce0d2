"""What lint says of rules of Cilium, Calico and meshes that never decide: each is shown by a connection that the
evaluator confirms, or the run ends."""

import pytest

from tests import packaged
from tests.dialectpairs import setting_of
from tests.engine.asking import cluster, universe
from tests.generators.dialectchanges import EXAMPLES
from verifier.engine.lint.survey import survey
from verifier.engine.precheck.prepare import Given, Pods, prepare
from verifier.ir.cluster import Cluster
from verifier.ir.switches import SWITCHES
from verifier.manifests.kubernetes.load import load_text
from verifier.smt.solver import Limits

CILIUM = """\
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: ci, namespace: n1}
spec:
  endpointSelector: {}
"""
DENIED = f"""{CILIUM}\
  ingress: [{{fromEndpoints: [{{matchLabels: {{app: a}}}}]}}]
  ingressDeny: [{{fromEntities: [all]}}]
"""
TWICE = f"""{CILIUM}\
  ingress:
  - fromEndpoints: [{{}}]
    toPorts:
    - ports: [{{port: '81', protocol: TCP}}]
    - ports: [{{port: '81', protocol: TCP}}]
      rules: {{http: [{{}}]}}
"""


def lost(given: Cluster, switches: dict[str, str] | None = None) -> list[str]:
    [context] = prepare((Given(given),), universe("open"), switches, Limits(), Pods.FOUND)
    return [f"{each.rule} of {each.policy}" for each in survey(context, Limits()).lost]


def test_a_rule_behind_a_denial_of_its_own_policy_is_lost_and_the_policy_is_not() -> None:
    assert lost(cluster(DENIED)) == ["ingress[0] of CiliumNetworkPolicy n1/ci"]


def test_a_rule_that_says_one_thing_twice_is_not_lost_to_itself() -> None:
    assert lost(cluster(TWICE)) == []


@pytest.mark.parametrize("kind", EXAMPLES)
def test_what_is_found_is_confirmed(kind: str) -> None:
    found = 0
    for seed in range(30):
        manifests = EXAMPLES[kind](8_000_000 + seed).manifests
        chosen = {name: value for name, value in setting_of(manifests).items() if name in SWITCHES}
        text = packaged.dumped(manifests)
        found += len(lost(load_text(text, "manifests.yaml", packaged.options(chosen)).cluster, chosen))
    assert found
