"""Live clusters as manifests, asked through a kubectl that answers as the test says."""

import json
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.cli.process import netpol
from tests.cluster import FakeKubectl
from tests.repository import Repository

NOBODY = "never shop/role=monitoring -> shop/app=api : TCP/5000"
ONLY = "only shop/role=monitoring -> shop/app=api"
POLICIES, PODS = "networkpolicies.v1.networking.k8s.io", "pods.v1."
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"team": "web"}}}
SPEC: dict[str, object] = {
    "podSelector": {"matchLabels": {"app": "api"}},
    "policyTypes": ["Ingress"],
    "ingress": [
        {
            "from": [{"podSelector": {"matchLabels": {"role": "monitoring"}}}],
            "ports": [{"protocol": "TCP", "port": 5000}],
        }
    ],
}
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "api", "namespace": "shop", "labels": {"app": "api"}}}
AS_A_FILE = """\
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
    ports: [{port: 5000}]
"""


def policy(spec: Mapping[str, object] = SPEC, name: str = "api") -> dict[str, object]:
    """As a cluster holds one."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {
            "name": name,
            "namespace": "shop",
            "uid": "8b1f5a5e-6f0b-4a43-a1f2-0d5a4c8f0a11",
            "resourceVersion": "711",
            "generation": 1,
            "creationTimestamp": "2026-03-01T10:00:00Z",
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}\n"},
            "managedFields": [{"manager": "kubectl", "operation": "Update"}],
        },
        "spec": spec,
    }


@pytest.fixture
def kubectl(tmp_path: Path) -> FakeKubectl:
    fake = FakeKubectl(tmp_path / "bin")
    fake.holds("namespaces.v1.", NAMESPACE)
    fake.holds(POLICIES, policy())
    return fake


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "k8s.yaml").write_text(AS_A_FILE)
    return folder


def run(kubectl: FakeKubectl, here: Path, *arguments: str, **env: str) -> CompletedProcess[str]:
    return netpol(*arguments, cwd=here, PATH=kubectl.path(), **env)


def told(done: CompletedProcess[str]) -> tuple[int, str]:
    """The code, and what was said, of a run that has no report."""
    assert done.stdout == ""
    return done.returncode, done.stderr


# What is read


def test_a_cluster_is_read_as_manifests_are(kubectl: FakeKubectl, here: Path) -> None:
    done = run(kubectl, here, "check", "cluster:", "-e", ONLY)

    assert done.returncode == 0, done.stderr
    assert "1 policy, 0 workloads, 1 namespace" in done.stdout
    assert "every pod that could exist" in done.stdout


def test_an_object_of_a_cluster_is_cited_by_its_name(kubectl: FakeKubectl, here: Path) -> None:
    done = run(kubectl, here, "check", "cluster:", "-e", NOBODY)

    assert done.returncode == 1
    assert "\n   cluster:prod NetworkPolicy shop/api\n" in done.stdout  # and no line, of which there is no file
    assert "|     - podSelector:" in done.stdout
    assert "managedFields" not in done.stdout
    assert "last-applied" not in done.stdout


def test_a_context_that_is_named_is_asked(kubectl: FakeKubectl, here: Path) -> None:
    run(kubectl, here, "check", "cluster:staging", "-e", ONLY)

    assert all("--context=staging" in words for words in kubectl.asked())


def test_a_context_is_never_an_option(kubectl: FakeKubectl, here: Path) -> None:
    run(kubectl, here, "check", "cluster:--kubeconfig=/etc/passwd", "-e", ONLY)

    assert all(words[0] == "--context=--kubeconfig=/etc/passwd" for words in kubectl.asked())


def test_nothing_but_reading_is_asked_of_kubectl(kubectl: FakeKubectl, here: Path) -> None:
    run(kubectl, here, "check", "cluster:", "-e", ONLY)

    verbs = {next(word for word in words if not word.startswith("-")) for words in kubectl.asked()}
    assert verbs == {"get", "api-resources", "config"}
    lists = [words for words in kubectl.asked() if "get" in words and "--raw=/apis" not in words]
    assert lists
    assert all({"--output=json", "--chunk-size=500"} <= set(words) for words in lists)


def test_every_namespace_is_asked_for_whatever_a_context_says(kubectl: FakeKubectl, here: Path) -> None:
    run(kubectl, here, "check", "cluster:", "-e", ONLY)

    namespaced = [words for words in kubectl.asked() if POLICIES in words or PODS in words]
    assert namespaced
    assert all("--all-namespaces" in words for words in namespaced)


def test_what_a_user_wants_of_kubectl_by_default_counts_for_nothing(kubectl: FakeKubectl, here: Path) -> None:
    run(kubectl, here, "check", "cluster:", "-e", ONLY)

    assert all("KUBECTL_KUBERC" in names for names in kubectl.environments())


def test_what_has_no_bearing_is_not_asked_for(kubectl: FakeKubectl, here: Path) -> None:
    run(kubectl, here, "check", "cluster:", "-e", ONLY)

    assert kubectl.resources() == {"namespaces.v1.", "nodes.v1.", PODS, "deployments.v1.apps", POLICIES}


def test_a_file_beside_a_cluster_is_read_too(kubectl: FakeKubectl, here: Path) -> None:
    (here / "more.yaml").write_text(AS_A_FILE.replace("name: api", "name: more"))

    done = run(kubectl, here, "check", "cluster:", "more.yaml", "-e", ONLY)

    assert "2 policies" in done.stdout


def test_a_program_of_the_working_directory_is_never_run(kubectl: FakeKubectl) -> None:
    done = netpol("check", "cluster:", "-e", ONLY, cwd=kubectl.folder, PATH=f"{kubectl.folder}::/usr/nowhere")

    assert told(done) == (2, "cluster:: the program `kubectl` was not found\nhint: install it, or name files\n")


def test_kubectl_finds_no_program_of_the_working_directory(kubectl: FakeKubectl, here: Path) -> None:
    netpol("check", "cluster:", "-e", ONLY, cwd=here, PATH=f":.:{here}:{kubectl.path()}")

    (path,) = kubectl.paths()
    assert not {"", ".", str(here)} & set(path.split(":"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("lint", "cluster:"),
        ("map", "cluster:", "-u", "open"),
        ("explain", "cluster:", "shop/role=monitoring -> shop/app=api : TCP/5000"),
        ("init", "cluster:", "--file", "-"),
        ("diff", "cluster:", "cluster:staging"),
    ],
)
def test_every_command_takes_a_cluster(arguments: tuple[str, ...], kubectl: FakeKubectl, here: Path) -> None:
    done = run(kubectl, here, *arguments)

    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_what_is_drafted_names_no_cluster(kubectl: FakeKubectl, here: Path) -> None:
    done = run(kubectl, here, "init", "cluster:", "--file", "-")

    assert "cluster:" not in done.stdout


def test_positions_of_programs_are_those_of_no_file(kubectl: FakeKubectl, here: Path) -> None:
    Repository.at(here)
    formats = ("json", "sarif", "gitlab", "github", "junit", "markdown")

    run(kubectl, here, "check", "cluster:", "-e", NOBODY, *(w for f in formats for w in ("-o", f"{f}=report.{f}")))

    report = json.loads((here / "report.json").read_text())
    steps = report["results"][0]["trace"]["ingress"]
    assert {step["origin"]["file"] for step in steps if step["origin"]} == {"cluster:prod NetworkPolicy shop/api"}
    sarif = json.loads((here / "report.sarif").read_text())["runs"][0]["results"][0]
    assert sarif["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "netpol.yaml"
    assert "NetworkPolicy shop/api" in sarif["message"]["text"]
    (finding, *_) = json.loads((here / "report.gitlab").read_text())
    assert finding["location"]["path"] == "netpol.yaml"
    for name in formats:
        assert "NetworkPolicy shop/api" in (here / f"report.{name}").read_text(), name
    assert "file=prod" not in (here / "report.github").read_text()


def test_processes_of_their_own_cite_objects_alike(kubectl: FakeKubectl, here: Path) -> None:
    asked = ("check", "cluster:", "-e", NOBODY, "-e", ONLY)

    assert run(kubectl, here, *asked, "--jobs", "2").stdout == run(kubectl, here, *asked).stdout


# What cannot be read


def test_a_cluster_that_is_not_there_says_so(kubectl: FakeKubectl, here: Path) -> None:
    kubectl.answers(
        "served",
        code=1,
        stderr='E0301 10:00:00.0 7 memcache.go:265] "Unhandled Error" err="no current server API group list"\n'
        "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?\n",
    )

    code, said = told(run(kubectl, here, "check", "cluster:", "-e", ONLY))

    assert code == 2
    assert said.startswith(
        "cluster:prod: the cluster cannot be reached: the connection to the server 127.0.0.1:1 was refused\nhint: "
    )


def test_a_context_that_does_not_exist_is_named_with_the_one_that_may_be_meant(
    kubectl: FakeKubectl, here: Path
) -> None:
    kubectl.answers("served", code=1, stderr='error: context "stagin" does not exist\n')

    assert told(run(kubectl, here, "check", "cluster:stagin", "-e", ONLY)) == (
        2,
        "cluster:stagin: the kubeconfig has no such context\nhint: did you mean `cluster:staging`?\n",
    )


@pytest.mark.parametrize(
    ("stderr", "message"),
    [
        (
            "error: You must be logged in to the server (Unauthorized)\n",
            "the cluster does not take these credentials",
        ),
        (
            "Unable to connect to the server: dial tcp: lookup api.invalid: no such host\n",
            "the cluster cannot be reached: dial tcp: lookup api.invalid: no such host",
        ),
        ("error: exec plugin: invalid apiVersion\n", "kubectl: exec plugin: invalid apiVersion"),
        ("", "kubectl failed, and says nothing"),
    ],
)
@pytest.mark.parametrize("resource", ["served", POLICIES])
def test_whatever_else_fails_is_one_message(
    stderr: str, message: str, resource: str, kubectl: FakeKubectl, here: Path
) -> None:
    if resource == "served":
        kubectl.answers("served", code=1, stderr=stderr)
    else:
        kubectl.lists(resource, code=1, stderr=stderr)

    code, said = told(run(kubectl, here, "check", "cluster:", "-e", ONLY))

    assert code == 2
    assert said.splitlines()[0] == f"cluster:prod: {message}"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"kind": "List"}', '{"items": [1]}', "[" * 100_000])
def test_a_list_that_is_none_is_an_error(text: str, kubectl: FakeKubectl, here: Path) -> None:
    kubectl.lists(POLICIES, stdout=text)

    code, said = told(run(kubectl, here, "check", "cluster:", "-e", ONLY))

    assert code == 2
    assert said.startswith("cluster:prod: kubectl gave no ")


def test_a_run_that_may_take_so_long_asks_so_long(kubectl: FakeKubectl, here: Path) -> None:
    kubectl.lists(POLICIES, seconds=60)

    code, said = told(run(kubectl, here, "check", "cluster:", "-e", ONLY, "--timeout", "2"))

    assert code == 2
    assert said.startswith("cluster:prod: no answer to `kubectl get` within ")


def test_an_old_kubectl_is_told_from_a_cluster(kubectl: FakeKubectl, here: Path) -> None:
    kubectl.answers("served", stdout="networkpolicies netpol networking.k8s.io true NetworkPolicy\n")

    code, said = told(run(kubectl, here, "check", "cluster:", "-e", ONLY))

    assert code == 2
    assert "a kubectl before 1.20" in said


def test_what_is_wrong_with_an_object_is_said_at_its_name(kubectl: FakeKubectl, here: Path) -> None:
    kubectl.holds(POLICIES, policy({**SPEC, "policyTypes": ["Sideways"]}))

    code, said = told(run(kubectl, here, "check", "cluster:", "-e", ONLY))

    assert code == 2
    assert said.startswith("cluster:prod NetworkPolicy shop/api: unknown ")


def test_pages_that_the_cluster_forgets_are_asked_for_at_once(kubectl: FakeKubectl, here: Path) -> None:
    whole = json.dumps({"items": [policy()]})
    expired = "Error from server (Expired): The provided continue parameter is too old\n"
    kubectl.in_turn(POLICIES, {"code": 1, "stderr": expired}, {"stdout": whole})

    done = run(kubectl, here, "check", "cluster:", "-e", ONLY)

    assert done.returncode == 0, done.stderr
    assert any({POLICIES, "--chunk-size=0"} <= set(words) for words in kubectl.asked())


# What one may not read


def test_policies_that_one_may_not_list_are_an_error(kubectl: FakeKubectl, here: Path) -> None:
    kubectl.forbids(POLICIES)

    code, said = told(run(kubectl, here, "check", "cluster:", "-e", ONLY))

    assert code == 2
    assert said.startswith("cluster:prod: `NetworkPolicy.networking.k8s.io` decides about traffic and was not listed: ")
    assert "--skip-unknown" in said


@pytest.mark.parametrize(("resource", "kind"), [("nodes.v1.", "Node"), (PODS, "Pod"), ("namespaces.v1.", "Namespace")])
def test_every_format_says_what_was_not_listed(resource: str, kind: str, kubectl: FakeKubectl, here: Path) -> None:
    kubectl.forbids(resource)
    formats = ("text", "json", "markdown", "sarif", "junit", "github", "gitlab")

    done = run(kubectl, here, "check", "cluster:", "-e", ONLY, *(w for f in formats for w in ("-o", f"{f}=report.{f}")))

    assert "was not listed, and is not covered: " in done.stderr
    for name in formats:
        text = (here / f"report.{name}").read_text()
        assert f"cluster:prod did not list: {kind}" in text, name
        assert "every pod that could exist" not in text, name


def test_what_was_not_listed_is_among_what_is_passed_over(kubectl: FakeKubectl, here: Path) -> None:
    kubectl.forbids(POLICIES, "nodes.v1.")
    kubectl.holds(PODS, POD)

    done = run(kubectl, here, "check", "cluster:", "-e", ONLY, "-o", "json", "--skip-unknown")

    kinds = [each["kind"] for each in json.loads(done.stdout)["passedOver"]]
    assert kinds == ["NetworkPolicy", "Node"]


def test_a_cluster_that_lists_nothing_is_an_error(kubectl: FakeKubectl, here: Path) -> None:
    kubectl.forbids("namespaces.v1.", "nodes.v1.", PODS, "deployments.v1.apps", POLICIES)

    code, said = told(run(kubectl, here, "check", "cluster:", "-e", ONLY, "--skip-unknown"))

    assert code == 2
    assert said.startswith("cluster:prod: the cluster lists nothing: ")


def test_a_server_that_does_not_answer_is_not_covered(kubectl: FakeKubectl, here: Path) -> None:
    served = "namespaces ns v1 false Namespace\nnetworkpolicies netpol networking.k8s.io/v1 true NetworkPolicy\n"
    why = (
        "error: unable to retrieve the complete list of server APIs: custom.example.org/v1: the server is currently "
        "unable to handle the request, metrics.k8s.io/v1beta1: the server is currently unable to handle the request\n"
    )
    kubectl.answers("served", code=1, stdout=served, stderr=why)

    done = run(kubectl, here, "check", "cluster:", "-e", ONLY)

    assert done.returncode == 0, done.stderr
    assert "cluster:prod did not list: custom.example.org/v1" in done.stdout  # and metrics, which say nothing here


@pytest.mark.parametrize(("down", "code"), [(True, 2), (False, 0)])
def test_a_server_that_is_silently_down_is_noticed(down: bool, code: int, kubectl: FakeKubectl, here: Path) -> None:
    """`api-resources` of newer versions leaves out what does not answer, without a word."""
    kubectl.hides("projectcalico.org/v3", "metrics.k8s.io/v1beta1", down=down)

    done = run(kubectl, here, "check", "cluster:", "-e", ONLY)

    assert done.returncode == code, done.stderr
    assert ("`projectcalico.org/v3` decides about traffic and was not listed" in done.stderr) is down
    assert "metrics" not in done.stdout + done.stderr


def test_a_server_of_policies_that_does_not_answer_is_an_error(kubectl: FakeKubectl, here: Path) -> None:
    why = "error: unable to retrieve the complete list of server APIs: projectcalico.org/v3: stale GroupVersion\n"
    kubectl.answers("served", code=1, stdout="namespaces ns v1 false Namespace\n", stderr=why)

    code, said = told(run(kubectl, here, "check", "cluster:", "-e", ONLY))

    assert code == 2
    assert said.startswith("cluster:prod: `projectcalico.org/v3` decides about traffic and was not listed: ")


# Drift


def test_objects_that_differ_in_words_only_differ_in_nothing(kubectl: FakeKubectl, here: Path) -> None:
    monitoring = [{"podSelector": {"matchExpressions": [{"key": "role", "operator": "In", "values": ["monitoring"]}]}}]
    kubectl.holds(POLICIES, policy({**SPEC, "ingress": [{"from": monitoring, "ports": [{"port": 5000}]}]}))

    done = run(kubectl, here, "diff", "k8s.yaml", "cluster:")

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("EQUIVALENT  the same connections are allowed for every pod that could exist\n")
    assert "1 object differs (NetworkPolicy shop/api), nothing that is allowed differs" in done.stdout


def test_what_the_api_server_adds_is_no_difference(kubectl: FakeKubectl, here: Path) -> None:
    done = run(kubectl, here, "diff", "k8s.yaml", "cluster:")

    assert done.returncode == 0, done.stderr
    assert "0 objects differ, nothing that is allowed differs" in done.stdout


def test_a_namespace_that_only_the_cluster_has_is_no_drift(kubectl: FakeKubectl, here: Path) -> None:
    system = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system"}}
    kubectl.holds("namespaces.v1.", NAMESPACE, system)
    assert "only in" not in run(kubectl, here, "diff", "k8s.yaml", "cluster:").stdout
    assert "only in" not in run(kubectl, here, "diff", "cluster:", "k8s.yaml").stdout

    kubectl.holds("namespaces.v1.", system)
    assert "1 only in k8s.yaml (Namespace shop)" in run(kubectl, here, "diff", "k8s.yaml", "cluster:").stdout


def test_an_object_that_means_something_else_differs(kubectl: FakeKubectl, here: Path) -> None:
    kubectl.holds(POLICIES, policy({**SPEC, "ingress": [{"ports": [{"protocol": "TCP", "port": 5000}]}]}))

    done = run(kubectl, here, "diff", "k8s.yaml", "cluster:")

    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("WIDER")
    assert "1 object differs (NetworkPolicy shop/api)" in done.stdout
    assert "nothing that is allowed differs" not in done.stdout
    assert "cluster:prod NetworkPolicy shop/api" in done.stdout


def test_manifests_are_compared_under_the_labels_that_the_cluster_has(kubectl: FakeKubectl, here: Path) -> None:
    """Of a namespace that has no object among the manifests nobody else says them."""
    of_team = [{"namespaceSelector": {"matchLabels": {"team": "web"}}}]
    text = AS_A_FILE.partition("---\n")[2].replace(
        "from: [{podSelector: {matchLabels: {role: monitoring}}}]",
        "from: [{namespaceSelector: {matchLabels: {team: web}}}]",
    )
    (here / "k8s.yaml").write_text(text)
    kubectl.holds(POLICIES, policy({**SPEC, "ingress": [{"from": of_team, "ports": [{"port": 5000}]}]}))

    done = run(kubectl, here, "diff", "k8s.yaml", "cluster:")

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_namespace_that_somebody_labelled_is_a_difference(kubectl: FakeKubectl, here: Path) -> None:
    of_team = [{"namespaceSelector": {"matchLabels": {"team": "ops"}}}]
    (here / "k8s.yaml").write_text(
        AS_A_FILE.replace(
            "from: [{podSelector: {matchLabels: {role: monitoring}}}]",
            "from: [{namespaceSelector: {matchLabels: {team: ops}}}]",
        )
    )
    kubectl.holds(POLICIES, policy({**SPEC, "ingress": [{"from": of_team, "ports": [{"port": 5000}]}]}))
    kubectl.holds("namespaces.v1.", {**NAMESPACE, "metadata": {"name": "shop", "labels": {"team": "ops"}}})

    done = run(kubectl, here, "diff", "k8s.yaml", "cluster:")

    assert done.returncode == 1, done.stderr
    assert "1 object differs (Namespace shop)" in done.stdout


@pytest.mark.parametrize("resource", ["nodes.v1.", PODS, "namespaces.v1.", POLICIES])
def test_what_was_not_listed_is_never_equivalent(resource: str, kubectl: FakeKubectl, here: Path) -> None:
    kubectl.holds(PODS, POD)
    kubectl.forbids(resource)
    if resource == POLICIES:
        (here / "k8s.yaml").write_text(AS_A_FILE.partition("---\n")[0] + f"---\n{json.dumps(POD)}\n")

    done = run(kubectl, here, "diff", "k8s.yaml", "cluster:", "--skip-unknown")

    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stdout.startswith("UNKNOWN  nobody knows whether that is all, since cluster:prod did not list: ")


def test_two_clusters_that_list_the_same_are_not_the_same(kubectl: FakeKubectl, here: Path) -> None:
    kubectl.forbids("nodes.v1.")

    assert run(kubectl, here, "diff", "cluster:", "cluster:").returncode == 3


# Who may have a cluster asked


def test_a_gate_asks_no_cluster(kubectl: FakeKubectl, here: Path) -> None:
    Repository.at(here).commit({"k8s.yaml": AS_A_FILE})

    code, said = told(run(kubectl, here, "gate", "--base", "main", "cluster:", "-e", ONLY))

    assert code == 2
    assert said.startswith("error: `cluster:` has no counterpart at a revision\n")
    assert kubectl.asked() == []


def test_a_configuration_has_no_cluster_asked(kubectl: FakeKubectl, here: Path) -> None:
    config = "apiVersion: netpol-verifier/v1\nkind: Config\nspec: {manifests: ['cluster:prod']}\n"
    (here / "netpol.yaml").write_text(config)

    code, said = told(run(kubectl, here, "check", "-e", ONLY))

    assert code == 2
    assert said.startswith("netpol.yaml: `cluster:prod` among the manifests: ")
    assert kubectl.asked() == []


def test_a_fleet_has_clusters_asked_where_the_command_line_says_so(kubectl: FakeKubectl, here: Path) -> None:
    (here / "fleet.yaml").write_text(
        "apiVersion: netpol-verifier/v1\nkind: Fleet\n"
        f"spec: {{properties: ['{ONLY}'], clusters: [{{name: one, manifests: 'cluster:prod'}}]}}\n"
    )

    code, said = told(run(kubectl, here, "fleet", "fleet.yaml"))
    assert (code, kubectl.asked()) == (2, [])
    assert said.endswith("hint: say so on the command line: --live\n")

    done = run(kubectl, here, "fleet", "fleet.yaml", "--live")
    assert done.returncode == 0, done.stderr


def test_nobody_waits_for_a_cluster_to_change(kubectl: FakeKubectl, here: Path) -> None:
    code, said = told(run(kubectl, here, "check", "cluster:", "--watch", "-e", ONLY))

    assert code == 2
    assert said.startswith("error: --watch cannot wait for a change of `cluster:`\n")


def test_a_cluster_wins_over_a_revision_and_a_file(kubectl: FakeKubectl, here: Path) -> None:
    Repository.at(here).commit({"k8s.yaml": AS_A_FILE, "cluster:prod": AS_A_FILE})

    run(kubectl, here, "check", "cluster:prod", "-e", ONLY)

    assert kubectl.resources()
