"""Objects of Calico: what is refused, with the field that is at fault, what is read alike, and what promotion makes of
staged policies (docs/semantics.md 5.1 to 5.3)."""

import json
from typing import Any

import pytest
import yaml

from tests import packaged
from verifier.engine.diff.compare import compare
from verifier.engine.results.diff import Relation
from verifier.errors import Diagnostic, InputError, Severity
from verifier.ir.cluster import Cluster
from verifier.ir.policy import Action
from verifier.manifests.kubernetes.load import Options, load_text

Plain = dict[str, Any]
API = "projectcalico.org/v3"


def thing(kind: str, spec: Any, name: str = "p", api: str = API, **meta: Any) -> Plain:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, **meta}, "spec": spec}


def namespaced(spec: Any, name: str = "p", **more: Any) -> Plain:
    return thing("NetworkPolicy", spec, name, namespace="shop", **more)


def cluster(*manifests: Plain, **options: Any) -> Cluster:
    return load_text("\n---\n".join(map(json.dumps, manifests)), options=Options(**options)).cluster


def refusals(*manifests: Plain) -> list[Diagnostic]:
    with pytest.raises(InputError) as refused:
        cluster(*manifests)
    return [d for d in refused.value.diagnostics if d.severity is Severity.ERROR]


def rule(way: str = "ingress", **fields: Any) -> Plain:
    return {way: [{"action": "Allow", **fields}]}


TCP: Plain = {"protocol": "TCP"}
REFUSED_RULES: list[tuple[str, Plain, str]] = [
    ("action", {"ingress": [{}]}, "has no `action`"),
    ("action", {"ingress": [{"action": "Accept"}]}, "no action `Accept`"),
    ("protocol", rule(protocol="tcp"), "unknown protocol `tcp`"),
    ("protocol", rule(protocol="6"), "unknown protocol `6`"),
    ("protocol", rule(protocol=0), "no protocol has the number 0"),
    ("family", rule(ipVersion=5), "no `ipVersion` 5"),
    ("family", rule(ipVersion=4, protocol="ICMPv6"), "protocol ICMPv6 with `ipVersion: 4`"),
    ("family", rule(source={"nets": ["10.0.0.0/8"]}, destination={"notNets": ["fd00::/8"]}), "CIDRs of both families"),
    ("icmp", rule(icmp={"type": 8}), "without an ICMP protocol"),
    ("icmp", rule(protocol="ICMP", icmp={"code": 1}), "has a `code` and no `type`"),
    ("icmp", rule(protocol="ICMP", icmp={"type": 300}), "300 as `type` of ICMP"),
    ("icmp", rule(notICMP={"type": 8}, **TCP), "without an ICMP protocol"),
    ("http", rule("egress", http={}), "`http` in an egress rule"),
    ("http", {"ingress": [{"action": "Deny", "http": {}}]}, "`http` in a rule that does not allow"),
    ("http", rule(http={}, protocol="UDP"), "`http` with protocol UDP"),
    ("http", rule(http={"paths": [{}]}), "none or both of `exact` and `prefix`"),
    ("port", rule(destination={"ports": [80]}), "without a `protocol`"),
    ("port", rule(source={"notPorts": ["1:2"]}), "without a `protocol`"),
    ("port", rule(destination={"ports": ["2:1"]}, **TCP), "does not ascend"),
    ("port", rule(destination={"ports": ["a b"]}, **TCP), "`a b` is no port"),
    ("port", rule(destination={"ports": ["web"]}, protocol="ICMP"), "with protocol ICMP, which has none"),
    ("V7", rule(destination={"ports": ["1:70000"]}, **TCP), "out of range"),
    ("V3", rule(source={"nets": ["10.0.0.1"]}), "is no CIDR"),
    ("V5", rule(source={"nets": ["10.0.0.1/8"]}), "is no canonical CIDR"),
    ("cidr", rule(source={"notNets": ["::/0"]}), "in `notNets` leaves nothing"),
    ("accounts", rule(source={"serviceAccounts": {"names": ["A b"]}}), "no name of a service account"),
    ("services", rule(destination={"services": {"name": "s"}}), "in the destination of an ingress rule"),
    ("services", rule("egress", source={"services": {"name": "s"}}), "in the source of an egress rule"),
    ("services", rule(source={"services": {"name": "s"}, "nets": ["10.0.0.0/8"]}), "`services` beside `nets`"),
    ("services", rule(source={"services": {"name": "s"}, "selector": "has(a)"}), "`services` beside `selector`"),
    ("services", rule(source={"services": {"name": "s"}, "serviceAccounts": {}}), "`services` beside `serviceAcc"),
    ("services", rule(source={"services": {}}), "has no `name`"),
    ("selector", rule(source={"selector": "a = 'b'"}), "is no selector"),
    ("selector", rule(source={"selector": "global()"}), "`global()` in"),
    ("selector", rule(source={"namespaceSelector": "global() || has(a)"}), "`global()` in"),
    ("selector", rule(source={"notSelector": "!global()"}), "`global()` in"),
    ("limit", rule(source={"selector": "a" * 1025}), "a selector of 1025 characters"),
    ("limit", rule(destination={"ports": list(range(1, 52))}, **TCP), "has 51 ports"),
    ("limit", rule(source={"nets": [f"10.{i // 256}.{i % 256}.0/24" for i in range(257)]}), "has 257 CIDRs"),
    ("limit", rule(source={"serviceAccounts": {"names": [f"a{i}" for i in range(21)]}}), "has 21 names"),
    ("limit", {"ingress": [{"action": "Allow"}] * 1025}, "has 1025 rules"),
    ("unknown-field", rule(sourc={}), "unknown field `sourc`"),
    ("V13", rule(source=[]), "must be a mapping"),
]
REFUSED_SPECS: list[tuple[str, Plain, str]] = [
    ("types", {"types": ["Ingress", "Ingress"]}, "twice"),
    ("types", {"types": ["ingress"]}, "unknown type `ingress`"),
    ("order", {"order": "5"}, "must be a number"),
    ("order", {"order": True}, "must be a number"),
    ("unknown-field", {"namespaceSelector": "all()"}, "unknown field `namespaceSelector`"),
    ("unknown-field", {"stagedAction": "Set"}, "unknown field `stagedAction`"),
    ("selector", {"serviceAccountSelector": "global()"}, "`global()` in"),
    ("tier", {"tier": "ghost"}, "which nobody defines"),
]
REFUSED_GLOBAL: list[tuple[str, Plain, str]] = [
    ("selector", {"namespaceSelector": "global()"}, "`global()` in"),
    ("early", {"doNotTrack": True}, "`doNotTrack` without `applyOnForward`"),
    ("early", {"preDNAT": True}, "`preDNAT` without `applyOnForward`"),
    ("early", {"preDNAT": True, "applyOnForward": True, "types": ["Egress"]}, "`preDNAT` in a policy with egress"),
    ("early", {"preDNAT": True, "doNotTrack": True, "applyOnForward": True}, "in one policy"),
    ("services", rule(source={"services": {"name": "s"}}), "has no `namespace`"),
]
OTHERS: list[tuple[str, Plain, str]] = [
    ("V13", thing("Tier", {"order": 1, "defaultAction": 5}), "must be a string"),
    ("tier", thing("Tier", {"defaultAction": "Allow"}), "no `defaultAction` `Allow`"),
    ("tier", thing("Tier", {"order": 7}, "default"), "has the order 1e+06"),
    ("tier", thing("Tier", {"defaultAction": "Deny"}, "kube-baseline"), "is Pass"),
    ("V12", thing("Tier", {}, "a.b"), "no name for a tier"),
    ("scope", thing("GlobalNetworkPolicy", {}, namespace="shop"), "names a namespace"),
    ("V12", {**thing("GlobalNetworkPolicy", {}), "metadata": {"generateName": "p-"}}, "without a fixed name"),
    ("host-endpoint", thing("HostEndpoint", {"interfaceName": "*"}), "without a `node`"),
    ("host-endpoint", thing("HostEndpoint", {"node": "k"}), "without interface and addresses"),
    ("V3", thing("HostEndpoint", {"node": "k", "expectedIPs": ["x"]}), "is no address"),
    ("V5", thing("NetworkSet", {"nets": ["10.0.0.1/8"]}, namespace="shop"), "is no canonical CIDR"),
    ("staged", thing("StagedGlobalNetworkPolicy", {"stagedAction": "Drop"}), "no `stagedAction` `Drop`"),
    ("staged", thing("StagedGlobalNetworkPolicy", {"stagedAction": "Delete", "order": 5}), "beside `stagedAction: Del"),
    (
        "staged",
        thing(
            "StagedKubernetesNetworkPolicy",
            {"stagedAction": "Delete", "podSelector": {"matchLabels": {"app": "a"}}},
            namespace="shop",
        ),
        "`podSelector` beside `stagedAction: Delete`",
    ),
]


@pytest.mark.parametrize(
    ("code", "manifest", "message"),
    [
        *((code, namespaced(spec), message) for code, spec, message in (*REFUSED_RULES, *REFUSED_SPECS)),
        *((code, thing("GlobalNetworkPolicy", spec), message) for code, spec, message in REFUSED_GLOBAL),
        *OTHERS,
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_calico_refuses_is_refused_with_its_place(code: str, manifest: Plain, message: str) -> None:
    found = refusals(manifest)
    assert [d.code for d in found] == [code]
    assert message in found[0].message
    assert found[0].line is not None


def test_what_is_just_within_the_limits_is_read() -> None:
    wide = rule(
        source={"nets": [f"10.{i // 256}.{i % 256}.0/24" for i in range(256)], "selector": f"{'a' * 512} == 'b'"},
        destination={"ports": list(range(1, 51))},
        **TCP,
    )
    cluster(namespaced(wide), thing("GlobalNetworkPolicy", {"ingress": [{"action": "Log"}] * 1024}))


def test_every_mistake_is_listed_at_once() -> None:
    spec = {"order": "x", "types": ["a"], "ingress": [{"action": "Permit"}, {"action": "Allow", "protocol": "tcp"}]}
    assert [d.code for d in refusals(namespaced(spec))] == ["action", "protocol", "types", "order"]


@pytest.mark.parametrize("api", [API, "crd.projectcalico.org/v1"])
def test_both_groups_are_read_alike(api: str) -> None:
    manifests = [
        thing("Tier", {"order": 5, "defaultAction": "Pass"}, "t", api),
        thing("GlobalNetworkPolicy", {"tier": "t", "ingress": [{"action": "Pass"}]}, "t.p", api),
        thing("NetworkSet", {"nets": ["203.0.113.0/24"]}, "s", api, namespace="shop", labels={"a": "b"}),
    ]
    found = cluster(*manifests)
    (first, last) = found.policies.ingress.stages
    assert (first.name, first.end, last.name, last.end) == ("tier t", Action.NEXT, "tier default", Action.DENY)
    assert found == cluster(*({**m, "apiVersion": API} for m in manifests))


def test_a_name_with_its_tier_in_front_is_the_same_object() -> None:
    found = refusals(namespaced({}, "p"), namespaced({"order": 1}, "default.p", api="crd.projectcalico.org/v1"))
    assert [d.code for d in found] == ["duplicate-object"]


DENY_A = {"ingress": [{"action": "Deny", "source": {"namespaceSelector": 'projectcalico.org/name == "a"'}}]}
ANYBODY = {"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": {}}]}]}


@pytest.mark.parametrize("name", ["c", "m", "x"])
def test_a_name_with_its_tier_in_front_ties_like_the_name_alone(name: str) -> None:
    beside = [
        thing("GlobalNetworkPolicy", {"order": 1000, "ingress": [{"action": "Allow"}]}, "k"),
        thing("NetworkPolicy", ANYBODY, "m", api="networking.k8s.io/v1", namespace="b"),
    ]
    spec = {"order": 1000, **DENY_A}
    plain = thing("GlobalNetworkPolicy", spec, name)
    stored = thing("GlobalNetworkPolicy", spec, f"default.{name}", api="crd.projectcalico.org/v1")
    assert relation([*beside, plain], [*beside, stored]) is Relation.EQUIVALENT
    for claim in ("never a/* -> b/*", "always a/* -> b/*"):
        one, other = (packaged.verdict([*beside, each], claim) for each in (plain, stored))
        assert (one.verdict, one.depends_on) == (other.verdict, other.depends_on)


def test_names_ending_alike_in_another_tier_stay_as_they_are() -> None:
    tier = thing("Tier", {"order": 5}, "t")
    first, last = (
        thing("GlobalNetworkPolicy", {"tier": "t", "order": 1, "ingress": [{"action": action}]}, name)
        for name, action in (("default.z", "Deny"), ("k", "Allow"))
    )
    assert packaged.verdict([tier, last, first], "never a/* -> b/*").verdict == "proved"


def wide(name: str, action: str, peers: Plain) -> Plain:
    spec = {"tier": "Admin", "priority": 5, "subject": {"namespaces": {}}}
    rules = [{"action": action, "from": [{"namespaces": peers}]}]
    return thing("ClusterNetworkPolicy", {**spec, "ingress": rules}, name, api="policy.networking.k8s.io/v1alpha2")


OF_A: Plain = {"matchLabels": {"kubernetes.io/metadata.name": "a"}}


@pytest.mark.parametrize("name", ["kube-admin.m", "a", "zzz"])
@pytest.mark.parametrize("order", [5, 6])
def test_a_policy_of_calico_in_between_does_not_order_a_tie(name: str, order: int) -> None:
    passing = {"action": "Pass", "source": {"namespaceSelector": 'projectcalico.org/name == "q"'}}
    spec = {"tier": "kube-admin", "order": order, "types": ["Ingress"], "ingress": [passing]}
    closed = thing("NetworkPolicy", {"podSelector": {}}, "np", api="networking.k8s.io/v1", namespace="b")
    manifests = [wide("zz", "Accept", {}), wide("aa", "Deny", OF_A), thing("GlobalNetworkPolicy", spec, name), closed]
    asked = "never a/* -> b/* : TCP/1"
    found = packaged.verdict(manifests, asked, switches={"same_priority": "any"})
    assert (found.verdict, found.depends_on) == ("unknown", ("same_priority",))
    assert packaged.verdict(manifests, asked).verdict == "proved"


@pytest.mark.parametrize(("name", "expected"), [("a", "proved"), ("b", "unknown"), ("zz", "violated")])
def test_only_a_policy_of_calico_between_those_that_tie_is_part_of_the_tie(name: str, expected: str) -> None:
    deny = {"tier": "kube-admin", "order": 5, **DENY_A}
    manifests = [wide("ab", "Accept", {}), wide("c", "Accept", OF_A), thing("GlobalNetworkPolicy", deny, name)]
    found = packaged.verdict(manifests, "never a/* -> b/* : TCP/1", switches={"same_priority": "any"})
    assert found.verdict == expected


def test_copies_are_read_once_with_a_warning_and_others_refused() -> None:
    one, other = thing("GlobalNetworkPolicy", {"order": 1}), thing("GlobalNetworkPolicy", {"order": 2})
    loaded = load_text(yaml.safe_dump_all([one, one]))
    assert [d.code for d in loaded.diagnostics if d.severity is Severity.WARNING] == ["duplicate-object"]
    assert len(loaded.cluster.policies.objects) == 1
    assert [d.code for d in refusals(one, other)] == ["duplicate-object"]


def test_tiers_go_by_order_then_by_name_and_without_an_order_last() -> None:
    names = {"b": 5, "a": 5, "c": None, "d": 20_000_000, "e": 0.5}
    tiers = [thing("Tier", {"order": order} if order is not None else {}, name) for name, order in names.items()]
    inside = [thing("GlobalNetworkPolicy", {"tier": name}, f"{name}.p") for name in names]
    found = cluster(*tiers, *inside).policies.ingress.stages
    assert [stage.name for stage in found] == ["tier e", "tier a", "tier b", "tier default", "tier d", "tier c"]


def test_the_profile_chooses_itself_and_another_one_is_refused() -> None:
    one = namespaced({})
    assert cluster(one).profile == "calico"
    assert cluster(one, profile="k8s").profile == "k8s"
    with pytest.raises(InputError, match="the profile `cilium`, which is that of another plugin"):
        cluster(one, profile="cilium")


def relation(old: list[Plain], new: list[Plain], **options: Any) -> Relation:
    return compare(cluster(*old), cluster(*new, **options), packaged.universe_of("open")).relation


DENY = {"ingress": [{"action": "Deny", "source": {"selector": "has(x)"}}, {"action": "Allow"}]}
UNTRACKED = {"doNotTrack": True, "applyOnForward": True}
OPEN = namespaced({"ingress": [{"action": "Allow"}]})


@pytest.mark.parametrize(
    ("before", "staged", "after"),
    [
        ([], [thing("StagedNetworkPolicy", DENY, namespace="shop")], [namespaced(DENY)]),
        ([OPEN], [thing("StagedNetworkPolicy", DENY, namespace="shop")], [namespaced(DENY)]),
        ([OPEN], [thing("StagedNetworkPolicy", {"stagedAction": "Delete"}, namespace="shop")], []),
        (
            [thing("NetworkPolicy", {"podSelector": {}}, api="networking.k8s.io/v1", namespace="shop")],
            [
                thing(
                    "StagedKubernetesNetworkPolicy",
                    {"stagedAction": "Delete", "podSelector": {}, "policyTypes": None},
                    namespace="shop",
                )
            ],
            [],
        ),
        ([OPEN], [thing("StagedNetworkPolicy", {**DENY, "stagedAction": "Learn"}, namespace="shop")], [OPEN]),
        ([OPEN], [thing("StagedNetworkPolicy", {**DENY, "stagedAction": "Ignore"}, namespace="shop")], [OPEN]),
        ([], [thing("StagedGlobalNetworkPolicy", DENY)], [thing("GlobalNetworkPolicy", DENY)]),
        ([], [thing("StagedGlobalNetworkPolicy", {**DENY, **UNTRACKED})], []),
        ([], [thing("StagedGlobalNetworkPolicy", {**DENY, "preDNAT": True, "applyOnForward": True})], []),
        (
            [],
            [thing("StagedKubernetesNetworkPolicy", {"podSelector": {}, "policyTypes": ["Egress"]}, namespace="shop")],
            [
                thing(
                    "NetworkPolicy",
                    {"podSelector": {}, "policyTypes": ["Egress"]},
                    api="networking.k8s.io/v1",
                    namespace="shop",
                )
            ],
        ),
    ],
)
def test_promotion_is_what_the_staged_action_says(before: list[Plain], staged: list[Plain], after: list[Plain]) -> None:
    denies = {"order": 1, "ingress": [{"action": "Deny", "source": {"selector": "has(y)"}}]}
    other = thing("GlobalNetworkPolicy", denies, "other")
    old, new = [*before, other, *staged], [*after, other]
    assert relation(new, old, staged=True) is Relation.EQUIVALENT
    assert relation([*before, other], old) is Relation.EQUIVALENT


def test_staged_policies_and_host_endpoints_are_noted() -> None:
    manifests = [
        thing("StagedGlobalNetworkPolicy", {}),
        thing("StagedNetworkPolicy", {}, namespace="shop"),
        thing("HostEndpoint", {"node": "k", "interfaceName": "*"}, "h"),
    ]
    text = yaml.safe_dump_all(manifests)
    said = {d.code: d.message for d in load_text(text).diagnostics}
    assert said["staged"].endswith("is not in force; `--staged` reads it as if it were (and 1 more)")
    assert said["host-endpoint"].startswith("HostEndpoint h is not looked at itself")
    promoted = {d.code: d.message for d in load_text(text, options=Options(staged=True)).diagnostics}
    assert promoted["staged"].endswith("is read as if it were promoted (and 1 more)")


@pytest.mark.parametrize(("number", "name"), [(6, "TCP"), (17, "UDP"), (132, "SCTP"), (1, "ICMP"), (136, "UDPLite")])
def test_protocols_are_read_by_their_numbers(number: int, name: str) -> None:
    for field in ("protocol", "notProtocol"):
        by_number, by_name = (namespaced(rule(**{field: value})) for value in (number, name))
        assert cluster(by_number).policies == cluster(by_name).policies
        others = {"TCP", "UDP", "SCTP"} - {name}
        assert all(cluster(namespaced(rule(**{field: o}))).policies != cluster(by_name).policies for o in others)


def test_a_protocol_that_is_not_meant_leaves_the_others() -> None:
    manifests = [namespaced(rule(notProtocol="UDP"))]
    assert packaged.verdict(manifests, "always external -> shop/* : TCP").verdict == "proved"
    assert packaged.verdict(manifests, "always external -> shop/* : SCTP").verdict == "proved"
    assert packaged.verdict(manifests, "never external -> shop/* : UDP").verdict == "proved"


@pytest.mark.parametrize(
    "asked",
    [
        {"http": {"methods": ["GET"]}, **TCP},
        {"source": {"ports": [1]}, **TCP},
        {"source": {"notPorts": ["1:1024"]}, **TCP},
        {"source": {"services": {"name": "s"}}},
    ],
)
def test_what_nobody_can_say_leaves_a_rule_open(asked: Plain) -> None:
    manifests = [namespaced(rule(**asked))]
    for claim in ("always external -> shop/* : TCP/80", "never external -> shop/* : TCP/80"):
        assert packaged.verdict(manifests, claim).verdict == "unknown"


@pytest.mark.parametrize("first", ["v1alpha1_first", "v1alpha2_first"])
def test_two_versions_of_cluster_scoped_policies_are_refused_whoever_orders_them(first: str) -> None:
    rule = {"from": [{"namespaces": {}}]}
    api = "policy.networking.k8s.io/"
    wide = [
        thing("AdminNetworkPolicy", {"priority": 1, "subject": {"namespaces": {}},
              "ingress": [{"action": "Deny", **rule}]}, api=f"{api}v1alpha1"),
        thing("ClusterNetworkPolicy", {"tier": "Admin", "priority": 1, "subject": {"namespaces": {}},
              "ingress": [{"action": "Accept", **rule}]}, api=f"{api}v1alpha2"),
    ]  # fmt: skip
    assert cluster(*wide, first_version=first.removesuffix("_first")).policies.objects
    with pytest.raises(InputError, match="nothing says which come first"):
        cluster(*wide, OPEN, first_version=first.removesuffix("_first"))
    with pytest.raises(InputError, match="nothing says which come first"):
        cluster(*wide, profile="calico", first_version=first.removesuffix("_first"))


HOST = {"node": "n1", "expectedIPs": ["203.0.113.5"], "ports": [{"name": "web", "protocol": "TCP", "port": 80}]}


def test_a_name_of_a_port_is_also_that_of_the_host_endpoint_at_the_address() -> None:
    rule = {"action": "Allow", "protocol": "TCP", "destination": {"ports": ["web"]}}
    manifests = [namespaced({"types": ["Egress"], "egress": [rule]}), thing("HostEndpoint", HOST)]
    for claim, expected in (
        ("never shop/* -> 203.0.113.5 : TCP/80", "violated"),
        ("never shop/* -> 203.0.113.5 : TCP/81", "proved"),
        ("never shop/* -> 203.0.113.5 : UDP/80", "proved"),
        ("never shop/* -> 203.0.113.6", "proved"),
    ):
        assert packaged.verdict(manifests, claim).verdict == expected, claim


@pytest.mark.parametrize(
    ("port", "message"),
    [
        ({"name": "WEB", "protocol": "TCP", "port": 80}, "no port name"),
        ({"name": "web", "protocol": "ICMP", "port": 80}, "no port has protocol ICMP"),
        ({"name": "web", "port": 80}, "has no `protocol`"),
        ({"name": "web", "protocol": "TCP", "port": 70000}, "out of range"),
    ],
)
def test_ports_of_host_endpoints_are_read_strictly(port: Plain, message: str) -> None:
    with pytest.raises(InputError, match=message):
        cluster(OPEN, thing("HostEndpoint", {**HOST, "ports": [port]}))


@pytest.mark.parametrize(("team", "expected"), [("x", "violated"), ("z", "proved")])
def test_a_network_set_has_the_labels_of_its_namespace(team: str, expected: str) -> None:
    home = thing("Namespace", {}, "far", api="v1", labels={"team": team})
    nets = thing("NetworkSet", {"nets": ["203.0.113.0/24"]}, namespace="far", labels={"zone": "u"})
    rule = {"action": "Allow", "source": {"selector": 'zone == "u"', "namespaceSelector": 'team == "x"'}}
    manifests = [home, nets, namespaced({"ingress": [rule]})]
    assert packaged.verdict(manifests, "never external -> shop/*").verdict == expected
