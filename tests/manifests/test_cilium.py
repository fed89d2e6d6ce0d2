"""What the readers of Cilium's policies refuse, where, and with which hint (docs/semantics.md 6.2)."""

import pytest

from verifier.errors import Diagnostic, InputError, Severity
from verifier.manifests.kubernetes.cilium.filter import is_seen
from verifier.manifests.kubernetes.load import Loaded, Options, load_text

HEAD = "apiVersion: cilium.io/v2\nkind: {kind}\nmetadata: {{name: p{home}}}\n"
NAMESPACED = HEAD.format(kind="CiliumNetworkPolicy", home=", namespace: shop")
CLUSTERWIDE = HEAD.format(kind="CiliumClusterwideNetworkPolicy", home="")
SUBJECT = "spec:\n  endpointSelector: {}\n"


def read(text: str, options: Options | None = None) -> Loaded:
    return load_text(text, "cilium.yaml", options or Options())


def refused(text: str) -> list[Diagnostic]:
    with pytest.raises(InputError) as caught:
        read(text)
    return list(caught.value.diagnostics)


REFUSED = [
    ("  ingress: [{fromEndpoints: [{}], fromEntities: [world]}]", "peer", "one sort of peers an entry"),
    ("  ingress: []", "section", "`ingress: [{}]` isolates"),
    ("  ingress: [{toPorts: [{ports: [{port: \"80\"}]}], icmps: [{fields: [{type: 8}]}]}]", "port", "of their own"),
    ("  ingress: [{toPorts: [{ports: [{port: 80}]}]}]", "V13", "quote it"),
    ("  ingress: [{toPorts: [{ports: [{protocol: TCP}]}]}]", "port", "a number in quotes, or a name"),
    ("  ingress: [{toPorts: [{ports: [{port: \"80\", endPort: 79}]}]}]", "V7", "the range is inclusive"),
    ("  ingress: [{toPorts: [{ports: [{port: \"0\", endPort: 79}]}]}]", "V7", "give the first port"),
    ("  ingress: [{toPorts: [{ports: [{port: \"65536\"}]}]}]", "V7", "0 to 65535"),
    (f"  ingress: [{{toPorts: [{{ports: [{{port: '{'9' * 5000}'}}]}}]}}]", "V7", "0 to 65535"),
    ("  ingress: [{toPorts: [{ports: [{port: \"08\"}]}]}]", "V9", "octal"),
    ("  ingress: [{toPorts: [{ports: [{port: \"-web\"}]}]}]", "V9", "a number in quotes"),
    ("  ingress: [{toPorts: [{ports: [{port: \"80\", protocol: tcp}]}]}]", "V6", "did you mean `TCP`?"),
    ("  ingress: [{toPorts: [{ports: [{port: \"80\"}], rules: {http: [{}]}}]}]", "layer7", "write `protocol: TCP`"),
    ("  ingress: [{toPorts: [{ports: [{port: \"53\", protocol: UDP}], rules: {dns: [{}]}}]}]", "layer7", "egress only"),
    ("  egress: [{toPorts: [{ports: [{port: '53', endPort: 54, protocol: UDP}], rules: {dns: [{}]}}]}]", "layer7",
     "name each port"),
    ("  ingressDeny: [{toPorts: [{ports: [{port: '80', protocol: TCP}], rules: {http: [{}]}}]}]", "layer7",
     "only ports can be denied"),
    ("  egressDeny: [{toFQDNs: [{matchName: a.example}]}]", "unknown-field", "names cannot be denied"),
    ("  egress: [{toFQDNs: [{matchName: '*.example'}]}]", "domain", "patterns go to `matchPattern`"),
    ("  egress: [{toFQDNs: [{}]}]", "domain", "exactly one of them"),
    ("  egress: [{toCIDR: [10.0.0.1]}]", "V3", "a length is needed: `10.0.0.1/32`"),
    ("  egress: [{toCIDRSet: [{cidr: 10.0.0.0/8, cidrGroupRef: g}]}]", "peer", "exactly one of cidr"),
    ("  egress: [{toCIDRSet: [{cidr: 10.0.0.0/8, except: [11.0.0.0/8]}]}]", "V4", None),
    ("  egress: [{toEntities: [wrold]}]", "entity", "did you mean `world`?"),
    ("  egress: [{toEntities: [world-ipv4]}]", "entity", "did you mean `world`?"),
    ("  egress: [{toServices: [{}]}]", "peer", "exactly one of k8sService"),
    ("  ingress: [{fromRequires: [{matchLabels: {a: b}}]}]", "requires", "removed in Cilium 1.19"),
    ("  ingress: [{toEndpoints: [{}]}]", "unknown-field", "ingress says `fromEndpoints`"),
    ("  ingress: [{fromEndpoint: [{}]}]", "unknown-field", "did you mean `fromEndpoints`?"),
    ("  ingres: [{}]\n  egress: [{}]", "unknown-field", "did you mean `ingress`?"),
    ("  ingress: [null]", "entry", "a stray dash?"),
    ("  ingress: [{fromEndpoints: [null]}]", "peer", "a stray dash?"),
    ("  ingress: [{fromEndpoints: [{matchLabels: {':app': a}}]}]", "V11", "`source:key` or just a key"),
    ("  ingress: [{fromEndpoints: [{matchExpressions: [{key: app, operator: in, values: [a]}]}]}]", "V11",
     "did you mean `In`?"),
    ("  nodeSelector: {}\n  ingress: [{}]", "subject", "only cluster-wide ones have it"),
]  # fmt: skip


@pytest.mark.parametrize(("rest", "code", "hint"), REFUSED, ids=[rest.strip()[:70] for rest, _, _ in REFUSED])
def test_what_cilium_refuses_is_refused_with_its_place_and_a_hint(rest: str, code: str, hint: str | None) -> None:
    found = [each for each in refused(f"{NAMESPACED}{SUBJECT}{rest}\n") if each.severity is Severity.ERROR]

    assert {each.code for each in found} == {code}
    assert all(each.line is not None and each.line >= 6 for each in found) or code == "section"
    assert hint is None or any(hint in (each.hint or "") for each in found)


def test_null_rules_of_a_section_that_denies_are_none() -> None:
    said = "toPorts: [{ports: [{port: '80', protocol: TCP}], rules: null}]"

    assert read(f"{CLUSTERWIDE}spec:\n  endpointSelector: {{}}\n  ingressDeny: [{{{said}}}]\n").cluster.policies.objects


def test_more_than_forty_ports_are_refused() -> None:
    ports = ", ".join(f'{{port: "{n}"}}' for n in range(1, 42))
    assert [d.code for d in refused(f"{NAMESPACED}{SUBJECT}  ingress: [{{toPorts: [{{ports: [{ports}]}}]}}]\n")] == [
        "limit"
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"{NAMESPACED}spec:\n  ingress: [{{}}]\n", "subject"),
        (f"{CLUSTERWIDE}spec:\n  endpointSelector: {{}}\n  nodeSelector: {{}}\n  ingress: [{{}}]\n", "subject"),
        (f"{NAMESPACED}status: {{}}\n", "section"),
        (f"{CLUSTERWIDE.replace('name: p', 'name: p, namespace: shop')}{SUBJECT}  ingress: [{{}}]\n", "scope"),
    ],
)
def test_a_policy_has_rules_and_each_one_subject(text: str, code: str) -> None:
    assert [each.code for each in refused(text)] == [code]


def test_two_policies_of_one_name_that_differ_are_refused_and_a_copy_is_not() -> None:
    one, other = (f"{NAMESPACED}{SUBJECT}  {way}: [{{}}]\n" for way in ("ingress", "egress"))

    assert [each.code for each in refused(f"{one}---\n{other}")] == ["duplicate-object"]
    assert read(f"{one}---\n{one}").policies == 1


def test_a_policy_of_nodes_is_said_to_do_nothing_to_pods() -> None:
    loaded = read(f"{CLUSTERWIDE}spec:\n  nodeSelector: {{}}\n  ingressDeny: [{{fromEntities: [all]}}]\n")

    assert {"host-policy", "profile"} == {each.code for each in loaded.diagnostics}
    assert not any(stage.applies for stage in loaded.cluster.policies.ingress.stages)


def test_a_source_that_no_label_has_is_a_warning_with_the_one_that_is_meant() -> None:
    rest = "  ingress: [{fromEndpoints: [{matchLabels: {'k8:app': a}}]}]\n"
    (warning,) = (d for d in read(f"{NAMESPACED}{SUBJECT}{rest}").diagnostics if d.severity is Severity.WARNING)

    assert (warning.code, warning.hint) == ("source", "did you mean `k8s`?")


def test_policies_without_a_namespace_are_in_the_one_given() -> None:
    text = f"{NAMESPACED.replace(', namespace: shop', '')}{SUBJECT}  ingress: [{{}}]\n"
    loaded = read(text, Options(namespace="blog"))

    assert [n.name for n in loaded.cluster.namespaces] == ["blog"]
    assert loaded.moved is not None
    assert [n.name for n in loaded.moved("shop").namespaces] == ["shop"]


@pytest.mark.parametrize(
    ("key", "seen"),
    [
        ("app", True),
        ("app.kubernetes.io/name", True),
        ("topology.kubernetes.io/zone", True),
        ("io.cilium.k8s.namespace.labels.team", True),
        ("kubernetes.io/arch", False),
        ("k8s.io/x", False),
        ("beta.kubernetes.io/arch", False),
        ("pod-template-hash", False),
        ("statefulset.kubernetes.io/pod-name", False),
        ("batch.kubernetes.io/job-name", True),
        ("batch.kubernetes.io/controller-uid", False),
        ("io.kubernetes.pod.namespace", True),
        ("io.kubernetes.container.name", False),
    ],
)
def test_which_labels_make_an_identity(key: str, seen: bool) -> None:
    assert is_seen(key) is seen
