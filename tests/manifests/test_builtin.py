"""The ready-made properties."""

import pytest

from verifier.errors import UsageError
from verifier.ir.property import Only
from verifier.manifests.notation.expression import parse_expression
from verifier.manifests.specs.builtin import STARTER, builtin_names, builtin_path
from verifier.manifests.specs.properties import load_properties

TEXTS = {
    "api-server-reachable": ["always kube-system/* -> Service default/kubernetes (else node : TCP/6443)"],
    "confined-sandbox": ["confined {sandbox=true}/* -> kube-system/k8s-app=kube-dns : UDP/53,TCP/53"],
    "kubelet-probes-work": ["always node -> every pod of declared namespaces"],
    "no-cloud-metadata-alibaba": ["never every pod of declared namespaces -> 100.100.100.200/32"],
    "no-cloud-metadata-aws": [
        (
            "never every pod of declared namespaces -> 169.254.169.254/32 or fd00:ec2::254/128"
            " or 169.254.170.2/32 or 169.254.170.23/32 or fd00:ec2::23/128"
        )
    ],
    "no-cloud-metadata-azure": [
        "never every pod of declared namespaces -> 169.254.169.254/32",
        "never every pod of declared namespaces -> 168.63.129.16/32 : TCP/80,TCP/32526",
    ],
    "no-cloud-metadata-gcp": [
        "never every pod of declared namespaces -> 169.254.169.254/32 or fd20:ce::254/128 or 169.254.169.252/32"
    ],
    "no-cloud-metadata-oracle": [
        "never every pod of declared namespaces -> 169.254.169.254/32 or fd00:c1::a9fe:a9fe/128"
    ],
    "webhooks-reachable": [
        (
            "always node -> Service cert-manager/cert-manager-webhook "
            "(else cert-manager/app.kubernetes.io/component=webhook : TCP/10250)"
        )
    ],
    "cluster-wide-deny-metadata": ["never */* -> 169.254.169.254/32"],
    "nothing-leaves-the-cluster": ["never */* -> external"],
    "pods-reach-no-nodes": ["never */* -> node"],
    "default-deny": ["isolated every pod of declared namespaces for ingress and egress"],
    "dns-always-works": [
        (
            "always every pod of declared namespaces -> Service kube-system/kube-dns and 3 more "
            "(else kube-system/k8s-app=kube-dns : UDP/53,TCP/53) : UDP/53,TCP/53"
        ),
    ],
    "helidon-frontend": [
        "only {app=helidon}/role=frontend -> greeting/app=greeting",
        "only {app=helidon}/* or greeting/role=frontend -> greeting/app=greeting",
    ],
    "monitoring-reaches-everything": ["always monitoring/* -> */* : TCP/9100"],
    "no-cloud-metadata": ["never every pod of declared namespaces -> 169.254.169.254/32 or fd00:ec2::254/128"],
    "only-monitoring-reaches-5000": ["only role=monitoring -> app=apiserver : TCP/5000"],
    "only-wordpress-reaches-mysql": [
        "exactly app=wordpress,tier=frontend -> app=wordpress,tier=mysql : TCP/3306",
        "never * -> app=wordpress,tier=mysql : TCP/1-3305,TCP/3307-65535,UDP,SCTP",
    ],
    "sandbox-reaches-dns-only": ["confined sandbox/* -> kube-system/k8s-app=kube-dns : UDP/53,TCP/53"],
    "sandbox-reaches-internet-only": [
        (
            "confined sandbox/* -> kube-system/k8s-app=kube-dns : UDP/53,TCP/53"
            " + 0.0.0.0/0 except 0.0.0.0/8,10.0.0.0/8,100.64.0.0/10,127.0.0.0/8,169.254.0.0/16,"
            "172.16.0.0/12,192.168.0.0/16 + ::/0 except ::1/128,fc00::/7,fe80::/10"
        ),
    ],
    "sandbox-reaches-nothing": ["confined sandbox/* -> nothing"],
    "tenants-are-apart-by-default": [
        "never {tenant,tenant!=red}/* -> {tenant=red}/app!=web",
        "never {tenant,tenant!=blue}/* -> {tenant=blue}/app!=web",
    ],
    "tenants-are-separate": ["separate by namespace label tenant, ignoring pods without it"],
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_ready_made_property_says_what_its_name_says(name: str) -> None:
    properties = load_properties([f"builtin:{name}"])

    assert [property_.text for property_ in properties] == TEXTS[name]
    assert all(property_.description for property_ in properties)
    assert str(properties[0].origin and properties[0].origin.position).startswith(f"builtin:{name}:")


def test_every_ready_made_property_is_listed_and_opens_with_a_sentence() -> None:
    assert builtin_names() == tuple(sorted(TEXTS))
    for name in builtin_names():
        first = builtin_path(name).read_text().partition("\n")[0]
        assert first.startswith("# ")
        assert first.endswith(".")


@pytest.mark.parametrize("name", builtin_names())
def test_every_ready_made_property_names_a_source(name: str) -> None:
    comments = [line for line in builtin_path(name).read_text().splitlines() if line.startswith("#")]

    assert [line for line in comments if line.startswith("# Source: https://")]


def test_names_are_unique_over_all_files() -> None:
    assert load_properties([f"builtin:{name}" for name in builtin_names()])


def test_the_starter_set_is_ready_made() -> None:
    assert set(STARTER) <= set(builtin_names())


def refusal(name: str) -> str:
    with pytest.raises(UsageError) as caught:
        builtin_path(name)
    return str(caught.value)


def test_an_unknown_name_gets_a_suggestion() -> None:
    assert refusal("default-dney") == (
        "no ready-made property `default-dney`\nhint: did you mean `builtin:default-deny`?"
    )
    assert refusal("../README") == f"no ready-made property `../README`\nhint: one of {', '.join(sorted(TEXTS))}"


def test_the_one_liner_of_the_readme_is_the_ready_made_property() -> None:
    (ready_made,) = load_properties(["builtin:only-monitoring-reaches-5000"])

    assert isinstance(ready_made.claim, Only)
    assert ready_made.claim == parse_expression("only role=monitoring -> app=apiserver : TCP/5000").claim
