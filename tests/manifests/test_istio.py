"""AuthorizationPolicy and PeerAuthentication: what is refused, where, and with which hint."""

from typing import Any

import pytest

from verifier.errors import Diagnostic, InputError, Severity
from verifier.manifests.kubernetes.istio.names import Principal, fits, parse_principal
from verifier.manifests.kubernetes.istio.unsaid import unsaid
from verifier.manifests.kubernetes.istio.values import network_of
from verifier.manifests.kubernetes.load import Options, load_text


def authorization(spec: str, meta: str = "") -> str:
    return f"""\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: p, namespace: shop{meta}}}
spec: {spec}
"""


def peers(spec: str, namespace: str = "shop") -> str:
    return f"""\
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {{name: p, namespace: {namespace}}}
spec: {spec}
"""


def refused(text: str, **how: Any) -> list[Diagnostic]:
    with pytest.raises(InputError) as error:
        load_text(text, "mesh.yaml", Options(**how))
    return list(error.value.diagnostics)


def rule(text: str) -> str:
    return authorization(f"{{rules: [{text}]}}")


REFUSED = [
    (authorization("{action: Deny, rules: [{}]}"), "unknown action `Deny`", "did you mean `DENY`?"),
    (authorization("{action: DENY}"), "without `rules`", "`rules: [{}]` matches everything"),
    (authorization("{action: DENY, rules: []}"), "without `rules`", "`rules: [{}]` matches everything"),
    (authorization("{action: CUSTOM, rules: [{}]}"), "without `provider.name`", "name who is asked"),
    (authorization("{action: CUSTOM, provider: {}, rules: [{}]}"), "without `provider.name`", "name who is asked"),
    (authorization("{provider: {name: x}}"), "a `provider` beside action ALLOW", "only a policy with action CUSTOM"),
    (authorization("{rule: []}"), "unknown field `rule`", "did you mean `rules`?"),
    (authorization("{selector: {matchExpressions: []}}"), "unknown field `matchExpressions`", "`matchLabels` only"),
    (authorization('{selector: {matchLabels: {app: "a*"}}}'), "has a wildcard", None),
    (authorization("{selector: {matchLabels: {app: a b}}}"), "`a b` is no label value", "with a letter or digit"),
    (rule("null"), "`spec.rules[0]` is null", "write `{}`"),
    (rule("{from: []}"), "`spec.rules[0].from` is an empty list", "any source will do"),
    (rule("{to: []}"), "`spec.rules[0].to` is an empty list", "any operation will do"),
    (rule("{when: []}"), "`spec.rules[0].when` is an empty list", "remove `when`"),
    (rule("{from: [{}]}"), "has no `source`", "one of principals"),
    (rule("{from: [{source: {}}]}"), "says nothing", "one of principals"),
    (rule("{from: [{source: {principals: []}}]}"), "says nothing", "one of principals"),
    (rule("{to: [{operation: {}}]}"), "says nothing", "one of hosts"),
    (rule("{from: [{namespaces: [a]}]}"), "unknown field `namespaces`", "put it under `source`"),
    (rule("{to: [{ports: ['80']}]}"), "unknown field `ports`", "put it under `operation`"),
    (rule("{to: [{operation: {port: ['80']}}]}"), "unknown field `port`", "did you mean `ports`?"),
    (rule("{to: [{operation: {ports: [80]}}]}"), "must be a string, not a number", "quote it"),
    (rule("{to: [{operation: {ports: ['0']}}]}"), "`0` is no port", "1 to 65535"),
    (rule("{to: [{operation: {ports: ['65536']}}]}"), "`65536` is no port", "1 to 65535"),
    (rule("{to: [{operation: {ports: [http]}}]}"), "`http` is no port", "1 to 65535"),
    (rule("{to: [{operation: {methods: ['']}}]}"), "an empty value", "remove it"),
    (rule("{to: [{operation: {methods: [null]}}]}"), "an empty value", "remove it"),
    (rule("{from: [{source: {ipBlocks: [10.0.0.0/33]}}]}"), "is no address and no CIDR", "as in"),
    (rule("{from: [{source: {remoteIpBlocks: [here]}}]}"), "is no address and no CIDR", "as in"),
    (rule("{from: [{source: {ipBlocks: ['::ffff:10.0.0.1']}}]}"), "is no address and no CIDR", "as in"),
    (rule("{from: [{source: {serviceAccounts: ['*']}}]}"), "names no service account", "without wildcards"),
    (rule("{from: [{source: {serviceAccounts: [a/b/c]}}]}"), "names no service account", "without wildcards"),
    (rule("{from: [{source: {serviceAccounts: [a], notNamespaces: [b]}}]}"), "beside `notNamespaces`", "of their own"),
    (rule("{when: [{key: source.ips, values: [10.0.0.1]}]}"), "unknown key `source.ips`", "did you mean `source.ip`?"),
    (rule("{when: [{values: [a]}]}"), "a condition without a `key`", "one of source.ip"),
    (rule("{when: [{key: request.headers, values: [a]}]}"), "unknown key `request.headers`", "`request.headers[NAME]`"),
    (rule("{when: [{key: 'request.headers[]', values: [a]}]}"), "unknown key", None),
    (rule("{when: [{key: source.ip}]}"), "has neither `values` nor `notValues`", "at least one value"),
    (rule("{when: [{key: source.ip, values: [x]}]}"), "`x` is no address", "as in"),
    (rule("{when: [{key: destination.port, values: ['-1']}]}"), "`-1` is no port", "1 to 65535"),
    (authorization("{targetRefs: [{kind: Service, name: a}], targetRef: {kind: Service, name: a}}"), "together", "one"),
    (authorization("{targetRefs: [{kind: Pod, name: a}]}"), "cannot be bound to `Pod`", "one of Gateway"),
    (authorization("{targetRefs: [{kind: Gateway, name: a}]}"), "no Gateway of the group", "write `group: gateway."),
    (authorization("{targetRefs: [{kind: Service}]}"), "a target without `name`", None),
    (authorization("{targetRefs: [{kind: Service, name: a, namespace: b}]}"), "in another namespace", "in `shop`"),
    (peers("{mtls: {mode: Strict}}"), "unknown mode `Strict`", "did you mean `STRICT`?"),
    (peers("{portLevelMtls: {80: {mode: STRICT}}}"), "of a whole namespace", "give it a `selector`"),
    (peers("{selector: {matchLabels: {a: b}}, portLevelMtls: {}}"), "is empty", "remove it"),
    (peers("{selector: {matchLabels: {a: b}}, portLevelMtls: {0: {mode: STRICT}}}"), "`0` is no port", "1 to 65535"),
    (peers("{mode: STRICT}"), "unknown field `mode`", "put it under `mtls`"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "hint"), REFUSED, ids=[str(n) for n in range(len(REFUSED))])
def test_what_istio_refuses_is_refused_with_position_and_hint(text: str, message: str, hint: str | None) -> None:
    found = refused(text)
    assert any(message in each.message and (hint is None or hint in (each.hint or "")) for each in found), found
    assert all(each.line is not None for each in found)


@pytest.mark.parametrize(
    "text",
    [
        authorization("{}"),
        authorization("null"),
        authorization("{action: AUDIT}"),
        authorization("{rules: [{}]}"),
        authorization("{selector: {}, rules: [{from: null, to: null}]}"),
        rule("{from: [{source: {ipBlocks: [10.0.0.9/24, 10.0.0.1, 'fd00::1/64']}}]}"),
        rule("{from: [{source: {trustDomains: [a], notServiceAccounts: [b]}}]}"),
        rule("{when: [{key: 'request.auth.claims[a][b]', values: [c], notValues: [d]}]}"),
        rule("{when: [{key: experimental.envoy.filters.network.x, values: [c]}]}"),
        authorization("{targetRefs: [{group: networking.istio.io, kind: ServiceEntry, name: a}]}"),
        authorization(
            "{action: CUSTOM, provider: {name: x}, rules: [{when: [{key: 'request.headers[a]', values: [b]}]}]}"
        ),
        peers("{}"),
        peers("{selector: {matchLabels: {a: b}}, mtls: {mode: UNSET}, portLevelMtls: {8080: {mode: DISABLE}}}"),
        "apiVersion: security.istio.io/v1beta1\nkind: PeerAuthentication\nmetadata: {name: p}\n",
    ],
)
def test_what_istio_takes_is_read(text: str) -> None:
    assert len(load_text(text).cluster.policies.objects) == 1


def test_another_version_is_refused_with_the_right_one() -> None:
    (found,) = refused("apiVersion: security.istio.io/v1alpha1\nkind: AuthorizationPolicy\nmetadata: {name: p}\n")
    assert (found.code, found.hint) == ("unknown-policy", "write `apiVersion: security.istio.io/v1`")


def test_the_policy_of_that_name_of_linkerd_is_not_istios() -> None:
    text = "apiVersion: policy.linkerd.io/v1alpha1\nkind: AuthorizationPolicy\nmetadata: {name: p, namespace: shop}\n"
    (found,) = refused(text)
    assert (found.code, found.line) == ("unknown-policy", 2)
    assert "--skip-unknown" in (found.hint or "")
    assert load_text(text, options=Options(skip_unknown=True)).cluster.passed_over


def test_two_of_one_name_that_differ_are_refused() -> None:
    (found,) = refused(authorization("{}") + "---\n" + authorization("{rules: [{}]}"))
    assert found.code == "duplicate-object"
    same = load_text(authorization("{}") + "---\n" + authorization("{}"))
    assert [d.severity for d in same.diagnostics] == [Severity.WARNING]
    other_kind = load_text(authorization("{}") + "---\n" + peers("{}"))
    assert not other_kind.diagnostics


def told(text: str) -> list[tuple[str, Severity, int | None]]:
    return [(d.code, d.severity, d.line) for d in load_text(text, "mesh.yaml").diagnostics]


STEERING = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: %s, namespace: shop}\n---\n"
EXCLUDING = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata:
      labels: {app: web}
      annotations: {traffic.sidecar.istio.io/excludeInboundPorts: "22,9100"}
    spec: {containers: []}
---
"""


def test_what_is_not_read_of_a_mesh_is_named_where_it_occurs() -> None:
    two = STEERING % "one" + STEERING % "two"
    assert told(two) == [("not-read", Severity.NOTE, 2)]
    assert told(two + authorization("{}")) == [("not-read", Severity.WARNING, 2)]
    for kind in ("Sidecar", "Gateway", "ServiceEntry", "DestinationRule", "EnvoyFilter"):
        found = told(STEERING.replace("VirtualService", kind) % "one" + authorization("{}"))
        assert found == [("not-read", Severity.WARNING, 2)]


def test_ports_without_a_proxy_are_named_where_it_occurs() -> None:
    assert told(EXCLUDING) == []
    assert told(EXCLUDING + authorization("{}")) == [("excluded-ports", Severity.WARNING, 8)]


_PORTS = "traffic.sidecar.istio.io/"


@pytest.mark.parametrize("api", ["apps/v1", "argoproj.io/v1alpha1"])
@pytest.mark.parametrize(
    ("annotation", "opens"),
    [
        (f"{_PORTS}excludeInboundPorts: ''", False),
        (f"{_PORTS}excludeInterfaces: ''", False),
        (f"{_PORTS}excludeInterfaces: eth1", True),
        (f"{_PORTS}includeInboundPorts: '*'", False),
        (f"{_PORTS}includeInboundPorts: ''", True),
        (f"{_PORTS}includeInboundPorts: '80'", True),
        ("sidecar.istio.io/interceptionMode: NONE", True),
        ("sidecar.istio.io/interceptionMode: TPROXY", False),
        ("proxy.istio.io/config: '{interceptionMode: NONE}'", True),
        ("proxy.istio.io/config: '{interceptionMode: REDIRECT}'", False),
        ("proxy.istio.io/config: '{'", True),
        ("ambient.istio.io/bypass-inbound-capture: 'true'", True),
        ("ambient.istio.io/bypass-inbound-capture: 'false'", False),
    ],
)
def test_what_keeps_connections_from_a_proxy_is_named_in_every_pod_template(
    api: str, annotation: str, opens: bool
) -> None:
    said = EXCLUDING.replace(f'{_PORTS}excludeInboundPorts: "22,9100"', annotation)
    said = said.replace("apps/v1\nkind: Deployment", f"{api}\nkind: {'Deployment' if api == 'apps/v1' else 'Rollout'}")
    expected = [("excluded-ports", Severity.WARNING, 8)] if opens else []
    assert [each for each in told(said + authorization("{}")) if each[0] == "excluded-ports"] == expected


def test_a_gateway_of_another_group_is_none_of_a_mesh() -> None:
    assert told("apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: a}\n") == []


def test_policies_without_a_namespace_are_in_the_one_given() -> None:
    text = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p}\n"
    loaded = load_text(text, options=Options(namespace="shop"))
    assert str(loaded.cluster.policies.objects[0]) == "AuthorizationPolicy shop/p"
    assert loaded.moved is not None
    assert str(loaded.moved("ops").policies.objects[0]) == "AuthorizationPolicy ops/p"


PRINCIPALS = [
    ("*", ("*", "*", "*")),
    ("cluster.local/ns/ops/sa/backup", ("cluster.local", "ops", "backup")),
    ("*/ns/ops/sa/backup", ("*", "ops", "backup")),
    ("*/sa/backup", ("*", "*", "backup")),
    ("*a/backup", ("*", "*", "backup")),
    ("*up", ("*", "*", "*up")),
    ("*p/sa/backup", ("*", "*p", "backup")),
    ("*s/ops/sa/backup", ("*", "ops", "backup")),
    ("*cal/ns/ops/sa/backup", ("*cal", "ops", "backup")),
    ("cluster*", ("cluster*", "*", "*")),
    ("cluster.local/*", ("cluster.local", "*", "*")),
    ("cluster.local/n*", ("cluster.local", "*", "*")),
    ("cluster.local/ns/o*", ("cluster.local", "o*", "*")),
    ("cluster.local/ns/ops/*", ("cluster.local", "ops", "*")),
    ("cluster.local/ns/ops/sa/*", ("cluster.local", "ops", "*")),
    ("cluster.local/ns/ops/sa/ba*", ("cluster.local", "ops", "ba*")),
    ("ops/backup", None),
    ("spiffe://cluster.local/ns/ops/sa/backup", None),
    ("cluster.local/ns/*/sa/backup", None),
    ("*x*", None),
    ("*b/backup", None),
    ("cluster.local/x*", None),
    ("cluster.local/sa/ops/*", None),
    ("a/b/c/d/e/f*", None),
    ("*a/b/c/d/e/f", None),
]


@pytest.mark.parametrize(("pattern", "parts"), PRINCIPALS)
def test_a_principal_is_taken_apart(pattern: str, parts: tuple[str, str, str] | None) -> None:
    assert parse_principal(pattern) == (None if parts is None else Principal(*parts))


def test_stars_of_a_name_stand_for_any_text() -> None:
    assert fits("ops-eu", "ops*")
    assert fits("ops", "*")
    assert fits("a-b-c", "a*c")
    assert not fits("ops", "o.s")
    assert not fits("ops", "op")


def test_addresses_are_taken_as_envoy_takes_them() -> None:
    assert str(network_of("10.0.0.9/24")) == "10.0.0.0/24"
    assert str(network_of("10.0.0.9")) == "10.0.0.9/32"
    for text in ("10.0.0.0/255.0.0.0", "fe80::1%eth0", "010.0.0.1", "", "10.0.0.0/", "::ffff:10.0.0.0/104"):
        assert network_of(text) is None


def test_what_nobody_can_say_is_equal_iff_its_texts_are() -> None:
    texts = ["a\nb", "a\\nb", "a`b", "a\\x60b", "a\u2028b", "a\\u2028b", "ab", "a\\b", "a\\\\b"]
    assert len({unsaid("what {} is", text) for text in texts}) == len(texts)
    for text in texts:
        assert "\n" not in str(unsaid("what {} is", text))


@pytest.mark.parametrize("name", ["netpol", "mesh"])
def test_a_field_of_long_text_is_told_from_one_that_begins_alike(name: str) -> None:
    long = [rule(f"{{to: [{{operation: {{paths: ['/{name}{'x' * 200}{end}']}}}}]}}") for end in "ab"]
    first, second = (load_text(text).cluster.policies.ingress for text in long)
    assert first != second


USES = "labels: {app: web, istio.io/use-waypoint: front}"
SERVED = {
    "a namespace": f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, {USES}}}\n---\n",
    "a Service": f"apiVersion: v1\nkind: Service\nmetadata: {{name: s, namespace: shop, {USES}}}\nspec: {{}}\n---\n",
    "a pod": f"apiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: shop, {USES}}}\nspec: {{}}\n---\n",
    "a template": EXCLUDING.replace("labels: {app: web}", USES).replace("      annotations", "      #"),
}
OPS = "{from: [{source: {namespaces: [ops]}}]}"


@pytest.mark.parametrize("served", SERVED)
def test_a_waypoint_before_what_asks_for_sources_is_named(served: str) -> None:
    def said(policy: str, text: str = SERVED[served]) -> list[Severity]:
        return [severity for code, severity, _ in told(text + policy) if code == "waypoint"]

    for asked in (
        OPS,
        "{from: [{source: {notIpBlocks: [10.0.0.0/8]}}]}",
        "{when: [{key: source.principal, values: [a]}]}",
    ):
        assert said(rule(asked)) == [Severity.WARNING]
    assert said(rule("{to: [{operation: {ports: ['80']}}]}")) == []
    assert said(authorization(f"{{targetRefs: [{{kind: Service, name: s, group: ''}}], rules: [{OPS}]}}")) == []
    assert said(peers("{mtls: {mode: STRICT}}")) == []
    assert said(rule(OPS), SERVED[served].replace("use-waypoint: front", "use-waypoint: none")) == []
