"""`cluster:` against a real API server: what is read of it, what rights keep out, and drift. `make test-live` sets it
up; elsewhere nothing is asked here, which is said."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest
import yaml

from tests.cli.process import netpol
from tests.live.server import BIN, ROOT, Object, Server, running

pytestmark = pytest.mark.skipif(
    not os.environ.get("NETPOL_LIVE"), reason="asks a real API server: `make test-live` sets one up"
)

GUIDE = (ROOT / "docs" / "live.md").read_text(encoding="utf-8")
ONLY = "only shop/role=monitoring -> shop/app=api : TCP/5000"
NOBODY = "never shop/role=monitoring -> shop/app=api : TCP/5000"
K8S = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: web}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  ingress:
  - from: [{podSelector: {matchLabels: {role: monitoring}}}]
    ports: [{port: 5000}, {port: 5001}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}, ingress: []}
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: api, image: api, ports: [{name: http, containerPort: 5000}]}]}
"""
CILIUM = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "ciliumnetworkpolicies.cilium.io"},
    "spec": {
        "group": "cilium.io",
        "scope": "Namespaced",
        "names": {"kind": "CiliumNetworkPolicy", "plural": "ciliumnetworkpolicies", "shortNames": ["cnp"]},
        "versions": [
            {
                "name": "v2",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}
READERS = ("reader", "policies", "nobody", "-v=9")


def role(name: str, resources: dict[str, list[str]]) -> list[Object]:
    """A ClusterRole that may list these, by group, and who has it."""
    rules = [{"apiGroups": [group], "resources": some, "verbs": ["list"]} for group, some in resources.items()]
    group = "rbac.authorization.k8s.io"
    meta = {"apiVersion": f"{group}/v1", "metadata": {"name": name}}
    subject = {"kind": "User", "name": name, "apiGroup": group}
    of = {"kind": "ClusterRole", "name": name, "apiGroup": group}
    return [
        {**meta, "kind": "ClusterRole", "rules": rules},
        {**meta, "kind": "ClusterRoleBinding", "roleRef": of, "subjects": [subject]},
    ]


def guided() -> list[Object]:
    """The role of the guide, for the user `reader`."""
    (text,) = [block for block in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL) if "kind: ClusterRole\n" in block]
    documents = list(yaml.safe_load_all(text))
    group = "rbac.authorization.k8s.io"
    bound = [
        {
            "apiVersion": f"{group}/v1",
            "kind": f"{each['kind']}Binding",
            "metadata": each["metadata"],
            "roleRef": {"kind": each["kind"], "name": each["metadata"]["name"], "apiGroup": group},
            "subjects": [{"kind": "User", "name": name, "apiGroup": group} for name in ("reader", "-v=9")],
        }
        for each in documents
    ]
    return [*documents, *bound]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server"), READERS) as found:
        found.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "istio-system"}}, *guided())
        found.apply(*role("policies", {"networking.k8s.io": ["networkpolicies"], "": ["namespaces"]}))
        found.kubectl("apply", "-f", "-", stdin=K8S)
        found.kubectl("apply", "-f", "-", stdin=DEPLOYMENT)
        yield found


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "k8s").mkdir()
    (tmp_path / "k8s" / "shop.yaml").write_text(K8S)
    return tmp_path


def ask(server: Server, here: Path, *arguments: str) -> "CompletedProcess[str]":
    path = os.pathsep.join((str(BIN), os.environ["PATH"]))
    return netpol(*arguments, cwd=here, PATH=path, KUBECONFIG=str(server.kubeconfig))


def test_a_claim_about_a_cluster_is_proved(server: Server, here: Path) -> None:
    done = ask(server, here, "check", "cluster:", "-e", ONLY)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 policies" in done.stdout
    assert "every pod that could exist" in done.stdout


def test_a_claim_about_a_cluster_is_broken_by_one_of_its_objects(server: Server, here: Path) -> None:
    done = ask(server, here, "check", "cluster:admin", "-e", NOBODY)

    assert done.returncode == 1, done.stderr
    assert "cluster:admin NetworkPolicy shop/api\n" in done.stdout
    assert "> " in done.stdout
    assert "managedFields" not in done.stdout


def test_a_reader_needs_no_more_than_the_role_of_the_guide(server: Server, here: Path) -> None:
    """It may do nothing but list, so that nothing else is done."""
    (cluster_role, *_) = guided()
    assert {verb for rule in cluster_role["rules"] for verb in rule["verbs"]} == {"list"}  # type: ignore[attr-defined]

    done = ask(server, here, "check", "cluster:reader", "-e", ONLY)

    assert done.returncode == 0, done.stderr
    assert "did not list" not in done.stdout


def test_what_rights_keep_out_is_not_covered(server: Server, here: Path) -> None:
    done = ask(server, here, "check", "cluster:policies", "-e", ONLY)

    assert done.returncode == 0, done.stderr
    assert "what cluster:policies did not list: " in done.stdout
    assert "every pod that could exist" not in done.stdout
    for kind in ("Node", "Pod", "Deployment", "Service", "EndpointSlice"):
        assert kind in done.stdout.partition("did not list")[2]


def test_what_rights_keep_out_is_never_equivalent(server: Server, here: Path) -> None:
    assert ask(server, here, "diff", "k8s", "cluster:reader").returncode == 0
    done = ask(server, here, "diff", "k8s", "cluster:policies")

    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stdout.startswith("UNKNOWN")


def test_who_may_list_nothing_is_told_so(server: Server, here: Path) -> None:
    done = ask(server, here, "check", "cluster:nobody", "-e", ONLY)

    assert (done.returncode, done.stdout) == (2, "")
    assert "cluster:nobody: the cluster lists nothing: " in done.stderr


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ("stranger", "the cluster does not take these credentials"),
        ("nowhere", "the cluster cannot be reached: "),
        ("admn", "the kubeconfig has no such context\nhint: did you mean `cluster:admin`?"),
        ("--kubeconfig=/dev/null", "the kubeconfig has no such context"),
    ],
)
def test_a_cluster_that_cannot_be_asked_is_one_message(context: str, message: str, server: Server, here: Path) -> None:
    done = ask(server, here, "check", f"cluster:{context}", "-e", ONLY)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"cluster:{context}: {message}")


def test_a_kubeconfig_without_contexts_is_told(here: Path) -> None:
    path = os.pathsep.join((str(BIN), os.environ["PATH"]))
    done = netpol("check", "cluster:prod", "-e", ONLY, cwd=here, PATH=path, KUBECONFIG="/dev/null")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("cluster:prod: the kubeconfig has no such context\nhint: it names none")


def test_a_context_whose_name_looks_like_an_option_is_a_context(server: Server, here: Path) -> None:
    done = ask(server, here, "check", "cluster:-v=9", "-e", ONLY)

    assert done.returncode == 0, done.stderr
    assert "curl" not in done.stderr


def test_defaults_of_the_user_change_nothing_of_what_is_asked(server: Server, here: Path, tmp_path: Path) -> None:
    """kubectl of 1.33 on takes options for `get` from a file at home, selectors as well."""
    home = tmp_path / "home"
    (home / ".kube").mkdir(parents=True)
    (home / ".kube" / "kuberc").write_text(
        "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n"
        "defaults: [{command: get, options: [{name: selector, default: none=none}]}]\n"
    )
    environ = {**os.environ, "HOME": str(home), "KUBECONFIG": str(server.kubeconfig)}
    asked = [str(BIN / "kubectl"), "get", "networkpolicies", "-A", "-o", "name"]
    believed = subprocess.run(asked, env=environ, capture_output=True, check=True)
    assert believed.stdout == b""  # so it would be believed

    path = os.pathsep.join((str(BIN), os.environ["PATH"]))
    done = netpol(
        "check", "cluster:", "-e", ONLY, cwd=here, PATH=path, KUBECONFIG=str(server.kubeconfig), HOME=str(home)
    )

    assert done.returncode == 0, done.stderr
    assert "2 policies" in done.stdout


def test_the_workloads_of_a_cluster_are_its_inventory(server: Server, here: Path) -> None:
    """The ReplicaSet and the Pod that a controller would have made of the Deployment, a node with its static pod, and a
    Pod that has ended, each with the status that a kubelet would have written."""
    labels = {"app": "api", "pod-template-hash": "5d"}
    container = {"name": "c", "image": "i"}

    def owner(kind: str, api: str, name: str, uid: str) -> list[Object]:
        return [{"apiVersion": api, "kind": kind, "name": name, "uid": uid, "controller": True}]

    uid = server.kubectl("get", "-n", "shop", "deploy", "api", "-o", "jsonpath={.metadata.uid}")
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    server.apply(
        {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": "api-5d",
                "namespace": "shop",
                "ownerReferences": owner("Deployment", "apps/v1", "api", uid),
            },
            "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
        },
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node1"}},
    )
    set_uid = server.kubectl("get", "-n", "shop", "rs", "api-5d", "-o", "jsonpath={.metadata.uid}")
    node_uid = server.kubectl("get", "node", "node1", "-o", "jsonpath={.metadata.uid}")

    def pod(name: str, namespace: str, labels: Object, *owners: Object, **spec: object) -> Object:
        metadata = {"name": name, "namespace": namespace, "labels": labels, "ownerReferences": list(owners)}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container], **spec}}

    server.apply(
        pod("api-5d-x", "shop", labels, *owner("ReplicaSet", "apps/v1", "api-5d", set_uid), nodeName="node1"),
        pod("proxy-node1", "kube-system", {"k8s-app": "proxy"}, *owner("Node", "v1", "node1", node_uid),
            nodeName="node1", hostNetwork=True),
        pod("done", "shop", {"role": "monitoring"}),
    )  # fmt: skip
    server.status("node/node1", {"addresses": [{"type": "InternalIP", "address": "192.168.7.1"}]})
    server.status("pod/api-5d-x@shop", {"phase": "Running", "podIP": "10.244.1.7", "podIPs": [{"ip": "10.244.1.7"}]})
    server.status("pod/proxy-node1@kube-system", {"phase": "Running", "podIP": "192.168.7.1", "hostIP": "192.168.7.1"})
    server.status("pod/done@shop", {"phase": "Succeeded"})

    try:
        done = ask(
            server, here, "check", "cluster:", "-u", "inventory", "-e", "never shop/role=monitoring -> shop/app=api"
        )
        assert done.returncode == 2, done.stdout  # vacuous: who could break it has ended
        assert "2 policies, 2 workloads, " in done.stdout, done.stdout

        explained = ask(server, here, "explain", "cluster:", "10.244.1.7 -> shop/api : TCP/5000")
        assert explained.returncode == 1, explained.stderr
        assert "note: 10.244.1.7 is the address of Deployment shop/api\n" in explained.stdout

        drawn = ask(server, here, "map", "cluster:", "-o", "json")
        assert drawn.returncode == 0, drawn.stderr
        ends = {
            end["workload"] for c in json.loads(drawn.stdout)["connections"] for end in (c["source"], c["destination"])
        }
        assert "Pod kube-system/proxy-node1" in ends
        assert not any(name and "done" in name for name in ends)
    finally:
        server.kubectl("delete", "pod", "-n", "shop", "--all", "--force", "--grace-period=0")
        server.kubectl("delete", "pod", "-n", "kube-system", "--all", "--force", "--grace-period=0")
        server.kubectl("delete", "node", "node1")
        server.kubectl("delete", "rs", "-n", "shop", "api-5d")


def test_drift_tells_words_from_meaning(server: Server, here: Path) -> None:
    same = ask(server, here, "diff", "k8s", "cluster:")
    assert same.returncode == 0, same.stdout + same.stderr
    assert "0 objects differ" in same.stdout

    reordered = K8S.replace("[{port: 5000}, {port: 5001}]", "[{port: 5001}, {port: 5000, endPort: 5000}]")
    try:
        server.kubectl("apply", "-f", "-", stdin=reordered)
        words = ask(server, here, "diff", "k8s", "cluster:")
        assert words.returncode == 0, words.stdout + words.stderr
        assert words.stdout.startswith("EQUIVALENT")
        assert "1 object differs (NetworkPolicy shop/api)" in words.stdout
        assert "nothing that is allowed differs" in words.stdout

        opened = reordered.replace("spec: {podSelector: {}, ingress: []}", "spec: {podSelector: {}, ingress: [{}]}")
        server.kubectl("apply", "-f", "-", stdin=opened)
        meaning = ask(server, here, "diff", "k8s", "cluster:")
        assert meaning.returncode == 1, meaning.stdout + meaning.stderr
        assert meaning.stdout.startswith("WIDER")
        assert "2 objects differ (NetworkPolicy shop/api, NetworkPolicy shop/deny)" in meaning.stdout
        assert "cluster:admin NetworkPolicy shop/deny" in meaning.stdout
    finally:
        server.kubectl("apply", "-f", "-", stdin=K8S)


def test_a_label_that_somebody_gave_a_namespace_is_drift(server: Server, here: Path) -> None:
    text = K8S.replace(
        "podSelector: {matchLabels: {role: monitoring}}", "namespaceSelector: {matchLabels: {ops: yes-}}"
    )
    text = text.replace("yes-", '"yes"')
    (here / "k8s" / "shop.yaml").write_text(text)
    try:
        server.kubectl("apply", "-f", "-", stdin=text)
        assert ask(server, here, "diff", "k8s", "cluster:").returncode == 0
        server.kubectl("label", "namespace", "shop", "ops=yes")
        done = ask(server, here, "diff", "k8s", "cluster:")
        assert done.returncode == 1, done.stdout + done.stderr
        assert "Namespace shop" in done.stdout
    finally:
        server.kubectl("label", "namespace", "shop", "ops-")
        server.kubectl("apply", "-f", "-", stdin=K8S)


def test_all_pages_are_read(server: Server, here: Path) -> None:
    """More policies than a page has: all of another namespace, and each lets somebody else in."""
    count = 1100
    server.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "many"}})
    path = "/apis/networking.k8s.io/v1/namespaces/many/networkpolicies"
    server.create(
        path,
        (
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": {"name": f"p{number}", "namespace": "many"},
                "spec": {
                    "podSelector": {"matchLabels": {"app": "x"}},
                    "ingress": [{"from": [{"podSelector": {"matchLabels": {"caller": f"c{number}"}}}]}],
                },
            }
            for number in range(count)
        ),
    )
    try:
        done = ask(server, here, "check", "cluster:", "-e", f"always many/caller=c{count - 1} -> many/app=x")
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"{count + 2} policies" in done.stdout
    finally:
        server.delete_all(path)


def test_policies_of_a_dialect_are_read_where_the_api_has_them(server: Server, here: Path) -> None:
    server.apply(CILIUM)
    try:
        server.kubectl("wait", "--for=condition=Established", "crd/ciliumnetworkpolicies.cilium.io")
        server.apply(
            {
                "apiVersion": "cilium.io/v2",
                "kind": "CiliumNetworkPolicy",
                "metadata": {"name": "lock", "namespace": "shop"},
                "spec": {"endpointSelector": {"matchLabels": {"app": "web"}}, "ingress": [{}]},
            }
        )

        closed = ask(server, here, "check", "cluster:", "-e", "never shop/* -> shop/app=web")
        forbidden = ask(server, here, "check", "cluster:policies", "-e", ONLY)
        by_guide = ask(server, here, "check", "cluster:reader", "-e", "never shop/* -> shop/app=web")

        assert "3 policies" in closed.stdout, closed.stderr
        assert "profile cilium" in closed.stdout
        assert by_guide.stdout == closed.stdout
        assert forbidden.returncode == 2
        assert "`CiliumNetworkPolicy.cilium.io` decides about traffic and was not listed: " in forbidden.stderr
    finally:
        server.kubectl("delete", "crd", "ciliumnetworkpolicies.cilium.io")


def test_a_server_behind_the_api_that_is_down_is_not_covered(server: Server, here: Path) -> None:
    def service(group: str) -> Object:
        return {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": f"v1.{group}"},
            "spec": {
                "group": group,
                "version": "v1",
                "groupPriorityMinimum": 100,
                "versionPriority": 100,
                "insecureSkipTLSVerify": True,
                "service": {"name": "none", "namespace": "default"},
            },
        }

    server.apply(service("down.example.org"))
    try:
        done = ask(server, here, "check", "cluster:", "-e", ONLY)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "cluster:admin did not list: down.example.org/v1" in done.stdout

        server.apply(service("projectcalico.org"))
        refused = ask(server, here, "check", "cluster:", "-e", ONLY)
        assert refused.returncode == 2
        assert "`projectcalico.org/v1` decides about traffic and was not listed: " in refused.stderr
    finally:
        server.kubectl("delete", "apiservice", "v1.down.example.org", "v1.projectcalico.org", "--ignore-not-found")


def test_an_inventory_of_a_cluster_knows_its_services(server: Server, here: Path) -> None:
    """The API server's own Service is there, with the address behind it, in every cluster."""
    done = ask(server, here, "explain", "cluster:", "shop/api -> default/service/kubernetes : TCP/443")

    assert done.returncode == 0, done.stderr
    assert "192.0.2.10" in done.stdout
