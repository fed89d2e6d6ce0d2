"""Loading as a whole: kinds, lists, duplicates, what is passed over and what is refused."""

from itertools import permutations

import pytest

from verifier.errors import Diagnostic, InputError, Severity
from verifier.ir.labels import NAMESPACE_NAME
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.load import Options, load_text, read_policies

POLICY = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\nspec: {}\n"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {metadata: {labels: {app: web}}}}
"""
NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: a}}\n"


def mistakes(text: str, name: str = "f.yaml") -> list[Diagnostic]:
    with pytest.raises(InputError) as caught:
        load_text(text, name)
    return list(caught.value.diagnostics)


def refused(api: str, kind: str) -> Diagnostic:
    (only,) = mistakes(f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: x}}\nspec: {{}}\n")
    return only


def test_what_was_read_is_counted() -> None:
    loaded = load_text(f"{POLICY}---\n{DEPLOYMENT}---\n{NAMESPACE}---\n---\napiVersion: v1\nkind: Service\n")

    assert (loaded.files, loaded.documents, loaded.policies) == (1, 4, 1)
    assert (loaded.has_policies, loaded.has_workloads) == (True, True)
    assert loaded.passed_over == {"Service": 1}  # it has no name
    assert loaded.bytes > 100


def test_a_missing_namespace_is_the_one_of_the_options() -> None:
    """A12."""
    assert str(load_text(POLICY).cluster.policies.objects[0]) == "NetworkPolicy default/p"
    assert (
        str(load_text(POLICY, options=Options(namespace="shop")).cluster.policies.objects[0]) == "NetworkPolicy shop/p"
    )
    empty = POLICY.replace("name: p", 'name: p, namespace: ""')
    assert str(load_text(empty).cluster.policies.objects[0]) == "NetworkPolicy default/p"


def test_policies_that_name_no_namespace_can_be_moved() -> None:
    loaded = load_text(f"{POLICY}---\n{DEPLOYMENT}")
    assert loaded.moved is not None

    there = loaded.moved("shop")

    assert str(there.policies.objects[0]) == "NetworkPolicy shop/p"
    assert there.workloads[0].namespace == "shop"
    assert load_text(POLICY.replace("name: p", "name: p, namespace: shop")).moved is None


@pytest.mark.parametrize(
    ("api", "kind"),
    [
        ("v1", "ConfigMap"),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
        ("helm.toolkit.fluxcd.io/v2", "HelmRelease"),
        ("networking.k8s.io/v1", "Ingress"),
        ("batch.volcano.sh/v1alpha1", "Job"),
        ("v1", "PodTemplate"),
    ],
)
def test_what_has_no_bearing_is_passed_over_and_counted(api: str, kind: str) -> None:
    loaded = load_text(f"apiVersion: {api}\nkind: {kind}\nspec: [anything]\n")

    assert (loaded.passed_over, loaded.diagnostics) == ({kind: 1}, ())


@pytest.mark.parametrize(
    ("api", "kind"),
    [
        ("cilium.io/v2alpha1", "CiliumNetworkPolicy"),
        ("networking.gke.io/v1alpha1", "FQDNNetworkPolicy"),
        ("policy.networking.k8s.io/v1alpha2", "AdminNetworkPolicy"),
        ("policy.networking.k8s.io/v1beta1", "ClusterNetworkPolicy"),
        ("projectcalico.org/v4", "NetworkPolicy"),
        ("projectcalico.org/v4", "GlobalNetworkPolicy"),
        ("security.istio.io/v1alpha1", "AuthorizationPolicy"),
        ("networking.k8s.io/v1beta1", "NetworkPolicy"),
        ("networking.k8s.io/v1", "networkpolicy"),
        ("networking.k8s.io/v1", "NetworkPolicies"),
    ],
)
def test_a_policy_that_is_not_understood_is_refused_unless_asked_to_skip_it(api: str, kind: str) -> None:
    text = f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: x}}\nspec: {{}}\n"

    found = refused(api, kind)
    loaded = load_text(text, options=Options(skip_unknown=True))

    assert (found.code, found.line, found.column) == ("unknown-policy", 2, 7)
    assert f"`{kind}`" in found.message
    assert [(d.code, d.severity) for d in loaded.diagnostics] == [("unknown-policy", Severity.WARNING)]
    assert loaded.passed_over == {kind: 1}


def test_a_misspelled_network_policy_is_shown_the_right_words() -> None:
    assert refused("v1", "NetworkPolicy").hint == "write `apiVersion: networking.k8s.io/v1` and `kind: NetworkPolicy`"
    assert "--skip-unknown" in str(refused("crd.antrea.io/v1", "NetworkPolicy").hint)
    assert refused("cilium.io/v2alpha1", "CiliumNetworkPolicy").hint == "write `apiVersion: cilium.io/v2`"


def test_the_old_api_of_network_policies_is_refused_unless_allowed() -> None:
    text = POLICY.replace("networking.k8s.io/v1", "extensions/v1beta1")

    (found,) = mistakes(text)

    assert (found.code, found.line, found.column) == ("extensions", 1, 13)
    assert "extensions/v1beta1" in found.message
    assert load_text(text, options=Options(allow_extensions=True)).policies == 1
    assert load_text(text, options=Options(skip_unknown=True)).policies == 0


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("kind: NetworkPolicy\nmetadata: {name: a}\n", "no-kind", "write `apiVersion: networking.k8s.io/v1`"),
        ("kind: Deployment\nmetadata: {name: a}\n", "no-kind", "write `apiVersion: apps/v1`"),
        ("apiVersion: networking.k8s.io/v1\nspec: {podSelector: {}}\n", "no-kind", None),
        ("metadata: {name: a}\nspec: {podSelector: {}}\n", "no-kind", None),
        ("apiversion: networking.k8s.io/v1\nkind: NetworkPolicy\n", "unknown-field", "did you mean `apiVersion`?"),
        ("apiVersion: networking.k8s.io/v1\nKind: NetworkPolicy\n", "unknown-field", "did you mean `kind`?"),
        ("apiVersion: apps/v1\nkind: Deploymnet\n", "kind", "did you mean `Deployment`?"),
        ("apiVersion: networking.k8s.io/v1\nkind: NetworkPolcy\n", "kind", "did you mean `NetworkPolicy`?"),
        ("apiVersion: v1\nkind: Deployment\n", "api-version", "write `apiVersion: apps/v1`"),
        ("apiVersion: apps/v1\nkind: Namespace\n", "api-version", "write `apiVersion: v1`"),
    ],
)
def test_objects_with_a_mistake_in_their_kind_are_refused(text: str, code: str, hint: str | None) -> None:
    (found,) = mistakes(text)

    assert found.code == code
    assert hint is None or found.hint == hint
    assert found.line in (1, 2)


def test_what_is_no_object_is_passed_over_with_one_note() -> None:
    loaded = load_text(
        "replicas: 2\nimage: x\n---\n- op: add\n  path: /x\n---\njust text\n---\napiVersion: v2\nname: chart\n"
    )

    (note,) = loaded.diagnostics
    assert (note.code, note.severity, note.line) == ("no-object", Severity.NOTE, 1)
    assert "3 more" in note.message


@pytest.mark.parametrize("text", ["- apiVersion: v1\n  kind: Pod\n", '[{"apiVersion": "v1", "kind": "Pod"}]'])
def test_a_bare_list_of_objects_is_refused(text: str) -> None:
    (found,) = mistakes(text)

    assert (found.message, found.line) == ("a list of objects, which is no manifest", 1)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n", "f.yaml"),
        ("images: [{name: a, newTag: b}]\n", "base/kustomization.yaml"),
        ("{}\n", "Kustomization"),
    ],
)
def test_a_kustomization_that_changes_nothing_is_a_note(text: str, name: str) -> None:
    (note,) = load_text(text, name).diagnostics

    assert (note.code, note.severity) == ("kustomization", Severity.NOTE)
    assert "its files are read as they stand" in note.message


@pytest.mark.parametrize("kind", ["List", "NetworkPolicyList"])
def test_lists_are_unpacked(kind: str) -> None:
    api = "v1" if kind == "List" else "networking.k8s.io/v1"
    head = "" if kind == "NetworkPolicyList" else "apiVersion: networking.k8s.io/v1\n  kind: NetworkPolicy\n  "
    text = (
        f"apiVersion: {api}\nkind: {kind}\nitems:\n- {head}metadata: {{name: p}}\n  spec: {{policyTypes: [Egress]}}\n"
    )

    loaded = load_text(text, "f.yaml")

    assert [str(c) for c in loaded.cluster.policies.objects] == ["NetworkPolicy default/p"]
    (found,) = mistakes(text.replace("Egress", "egress"))
    assert (found.code, found.line) == ("V10", len(text.splitlines()))


ITEM = '{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}'


def test_lists_in_json_are_unpacked() -> None:
    loaded = load_text(f'{{"apiVersion": "v1", "kind": "List", "items": [{ITEM}]}}', "f.json")

    assert [n.name for n in loaded.cluster.namespaces] == ["a"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: List, items: [%s]}]", "a list inside a list"),
        ("apiVersion: v1\nkind: List\nitems: [%s, null]", "an item that is no object"),
        ("apiVersion: v1\nkind: List\nitems: [%s, x]", "an item that is no object"),
        (
            "apiVersion: x.io/v1\nkind: List\nitems: [%s]",
            "no list that kubectl surely takes apart: `List` of `x.io/v1`",
        ),
        ("apiVersion: x.io/v1\nkind: SetList\nitems: [%s]", "no list that kubectl surely takes apart"),
        ("apiVersion: x.io/v1\nkind: Set\nitems: [%s]", "an object of kind `Set` with `items`"),
        (
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: b}\nitems: []",
            "an object of kind `Namespace` with `items`",
        ),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: b}\nitems: null", "an object of kind `Pod` with `items`"),
        ("apiVersion: v1\nkind: NamespaceList\nitems: [%s, {kind: Namespace}]", "Namespace without `apiVersion`"),
    ],
)
def test_what_kubectl_may_take_for_another_list_is_refused(text: str, message: str) -> None:
    (found,) = mistakes(text.replace("%s", ITEM))

    assert message in found.message


def test_items_of_what_does_not_matter_may_be_of_any_shape() -> None:
    loaded = load_text("apiVersion: x.io/v1\nkind: SetList\nitems: [{a: b}]\n---\nkind: A\napiVersion: b\nitems: {}\n")

    assert dict(loaded.passed_over) == {"A": 1, "Set": 1}


def test_a_list_of_nothing_declares_nothing_and_a_list_of_another_type_is_refused() -> None:
    assert load_text("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicyList\nitems: null\n").policies == 0
    (found,) = mistakes("apiVersion: v1\nkind: List\nitems: {a: b}\n")
    assert (found.code, found.line) == ("V13", 3)


def test_a_policy_that_stands_twice_is_a_warning_where_it_means_the_same() -> None:
    """F05."""
    loaded = load_text(POLICY + "---\n" + POLICY.replace("spec: {}", "spec: {podSelector: {}, ingress: []}"), "f.yaml")

    (warning,) = loaded.diagnostics
    assert (warning.code, warning.severity, warning.line) == ("duplicate-object", Severity.WARNING, 8)
    assert "f.yaml:3:18" in warning.message
    assert loaded.policies == 1


def test_a_policy_that_stands_twice_is_refused_where_it_means_something_else() -> None:
    """F05."""
    (found,) = mistakes(POLICY + "---\n" + POLICY.replace("spec: {}", "spec: {ingress: [{}]}"))

    assert (found.code, found.line) == ("duplicate-object", 8)
    assert "f.yaml:3:18" in found.message


def test_one_name_in_two_namespaces_is_no_duplicate() -> None:
    assert load_text(POLICY + "---\n" + POLICY.replace("name: p", "name: p, namespace: b")).policies == 2


def test_a_namespace_that_stands_twice_must_have_the_same_labels() -> None:
    assert [d.severity for d in load_text(NAMESPACE + "---\n" + NAMESPACE).diagnostics] == [Severity.WARNING]
    assert [d.code for d in mistakes(NAMESPACE + "---\n" + NAMESPACE.replace("team: a", "team: b"))] == [
        "duplicate-object"
    ]


def test_of_a_workload_that_stands_twice_all_variants_count() -> None:
    other = DEPLOYMENT.replace("app: web", "app: api")

    loaded = load_text(f"{DEPLOYMENT}---\n{other}---\n{DEPLOYMENT}")

    assert [w.labels for w in loaded.cluster.workloads] == [{"app": "api"}, {"app": "web"}]
    assert [d.severity for d in loaded.diagnostics] == [Severity.NOTE, Severity.WARNING]


def test_the_order_of_documents_makes_no_difference() -> None:
    texts = [POLICY, DEPLOYMENT, DEPLOYMENT.replace("app: web", "app: api"), NAMESPACE]

    first, *others = [load_text("---\n".join(order)).cluster for order in permutations(texts)]

    assert all(other == first for other in others)
    assert [n.name for n in first.namespaces] == ["default", "shop"]
    assert first.namespaces[1].labels == {"team": "a", NAMESPACE_NAME: "shop"}


def test_mistakes_of_all_documents_and_kinds_are_listed() -> None:
    text = "---\n".join(["a: ]\n", POLICY.replace("spec: {}", "spec: {x: 1}"), DEPLOYMENT.replace("web}}}", "1}}}")])

    assert [d.code for d in mistakes(text)] == ["yaml", "unknown-field", "V13"]


def test_warnings_are_not_among_the_errors() -> None:
    text = POLICY.replace("spec: {}", "spec: {ingress: [null], x: 1}")

    assert [d.severity for d in mistakes(text)] == [Severity.ERROR]


def test_json_that_nests_without_end_is_refused() -> None:
    text = '{"apiVersion": "v1", "kind": "List", "items": [' * 400 + "]}" * 400

    with pytest.raises(InputError, match="nested"):
        load_text(text, "f.json")


def test_templates_for_new_namespaces_hold_nothing_but_policies_without_a_namespace() -> None:
    for text, words in [
        (NAMESPACE, "only NetworkPolicies"),
        ("apiVersion: v1\nkind: Service\n", "only NetworkPolicies"),
        (POLICY.replace("name: p", "name: p, namespace: a"), "names the namespace `a`"),
    ]:
        with pytest.raises(InputError, match=words):
            read_policies([Source.text_of("t.yaml", text)])


def test_text_for_messages_is_not_read_as_a_path() -> None:
    (found,) = mistakes(POLICY.replace("spec: {}", "spec: 5"), name="<text>")

    assert str(found).startswith("<text>:4:7: `spec` must be a mapping, not a number")


@pytest.mark.parametrize("shared", [False, True], ids=["written out", "by aliases"])
@pytest.mark.parametrize(
    ("size", "severity"), [(1_800_000, Severity.ERROR), (500_000, Severity.WARNING), (200_000, None)]
)
def test_what_is_too_large_to_be_stored_or_applied_is_told(size: int, severity: Severity | None, shared: bool) -> None:
    excepted = ",".join(f"10.{n // 256}.{n % 256}.0/24" for n in range(size // 8 // 15))
    block = f"{{ipBlock: {{cidr: 10.0.0.0/8, except: [{excepted}]}}}}"
    peers = [f"&x {block}", *["*x"] * 7] if shared else [block] * 8
    text = POLICY.replace("spec: {}", f"spec: {{ingress: [{{from: [{', '.join(peers)}]}}]}}")

    try:
        found = [d for d in load_text(text, "f.yaml").diagnostics if d.code == "size"]
    except InputError as error:
        found = list(error.diagnostics)

    assert [(d.code, d.severity) for d in found] == ([] if severity is None else [("size", severity)])
