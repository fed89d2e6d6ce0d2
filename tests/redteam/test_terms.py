"""Nobody passes the gate by changing the terms it goes by: a change is judged by those of the base, too."""

import html
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.pipeline import ACCEPTED, CONFIG, GOOD, HOLE, REFACTORED, Project, project_at, runner_of

Files = Mapping[str, str | None]

HONEST = {"k8s/api.yaml": None, "k8s/web.yaml": REFACTORED}
BARE = "apiVersion: netpol-verifier/v1\nkind: Config\nspec: {manifests: [k8s]}\n"
UNIVERSE = """\
apiVersion: netpol-verifier/v1
kind: Universe
metadata: {name: small}
spec:
  pods: {labels: {role: {values: [web], others: false, required: true}}}
"""
INVARIANT = """\
apiVersion: netpol-verifier/v1
kind: Universe
metadata: {name: small}
spec:
  invariants:
  - {name: no-debug, pods: {podSelector: {matchLabels: {role: debug}}}, onlyIn: {namespaces: [nowhere]}}
"""
ELSEWHERE = GOOD.replace("namespace: shop", "namespace: elsewhere")
OTHER_POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: %s}\n"
PINNED = CONFIG.partition("---\n")[2]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return project_at(tmp_path)


WEAKENED: dict[str, tuple[Files, str, str]] = {
    "the property is removed": ({"netpol.yaml": BARE}, "", "property `only-web` is gone"),
    "the property is only a warning now": (
        {"netpol.yaml": CONFIG + "    severity: warning\n"},
        "",
        "property `only-web` is only a warning now",
    ),
    "the property says less": (
        {"netpol.yaml": CONFIG.replace("{matchLabels: {role: web}}", "{}")},
        "",
        "property `only-web` says something else",
    ),
    "a universe in which nobody is left": (
        {"netpol.yaml": f"{CONFIG}---\n{UNIVERSE}"},
        "",
        "universe `open` before, `small` now",
    ),
    "an invariant that nobody keeps": (
        {"netpol.yaml": f"{CONFIG}---\n{INVARIANT}"},
        "",
        "universe `open` before, `small` now",
    ),
    "the manifest with the hole is left out": (
        {
            "k8s/api.yaml": GOOD,
            "k8s/hole.yaml": HOLE.replace("name: api,", "name: hole,"),
            "netpol.yaml": CONFIG.replace("[k8s]", "[k8s], exclude: ['hole*']"),
        },
        "",
        "left out now: `hole*`",
    ),
    "other manifests are read": (
        {"safe/api.yaml": GOOD, "netpol.yaml": CONFIG.replace("[k8s]", "[safe]")},
        "--new safe",
        "manifests that are not read any more: `k8s`",
    ),
    "a switch is set": (
        {"netpol.yaml": CONFIG.replace("[k8s]}", "[k8s], switches: {ipblock_pods: never}}")},
        "",
        "switch `ipblock_pods`: open before, never now",
    ),
    "a missing namespace means another one": (
        {"netpol.yaml": CONFIG.replace("[k8s]}", "[k8s], namespace: other}")},
        "",
        "a missing namespace meant `default`, it means `other` now",
    ),
    "policies are passed over": (
        {"netpol.yaml": CONFIG.replace("[k8s]}", "[k8s], skipUnknown: true}")},
        "",
        "policies that are not understood are passed over now",
    ),
    "of what differs the last counts": (
        {"netpol.yaml": CONFIG.replace("[k8s]}", "[k8s], duplicates: last}")},
        "",
        "objects of one name that differ are settled now: the one that is read last counts",
    ),
}


@pytest.mark.parametrize(("files", "options", "said"), WEAKENED.values(), ids=WEAKENED)
def test_a_hole_does_not_pass_by_the_terms_that_come_with_it(
    project: Project, files: Files, options: str, said: str
) -> None:
    project.branch({}, {"k8s/api.yaml": HOLE, **files})

    done = project.shell(f"netpol gate --base main {options}")

    assert done.returncode == 1, done.stdout + done.stderr
    assert said in done.stdout
    assert "-- By the terms of main --" in done.stdout


@pytest.mark.parametrize(("files", "options", "said"), WEAKENED.values(), ids=WEAKENED)
def test_an_honest_change_of_the_same_terms_passes_and_is_told(
    project: Project, files: Files, options: str, said: str
) -> None:
    """Unless weaker terms are to fail by themselves."""
    kept = {name: text for name, text in files.items() if name != "k8s/hole.yaml"}
    before = {"k8s/api.yaml": GOOD, "safe/api.yaml": GOOD}
    project.branch(before, {**kept, **(HONEST if "k8s/api.yaml" not in kept else {})})
    options = options.replace("--new safe", "")

    done, strict = (project.shell(f"netpol gate --base main {options} {more}") for more in ("", "--fail-on-terms"))

    assert done.returncode in (0, 1 if "starter set" in done.stderr else 0), done.stdout + done.stderr
    assert said in done.stdout
    assert "Newly violated" not in done.stdout
    assert strict.returncode == 1
    assert "the terms are weakened" in strict.stdout


TRUE_OF_ANY = f"""\
{BARE}---
apiVersion: netpol-verifier/v1
kind: Properties
spec:
  properties:
  - {{name: fine, never: {{from: [{{external: {{}}}}], to: [{{namespaces: [shop]}}]}}}}
"""
ISOLATING = GOOD.replace("{matchLabels: {app: api}}", "{}").partition("  ingress:")[0]
ISOLATING += """\
  policyTypes: [Ingress, Egress]
  egress:
  - to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}]
    ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]
"""
BARE_SHOP = {"netpol.yaml": BARE, "k8s/deny.yaml": ISOLATING.replace("name: api", "name: deny")}


def test_a_first_property_does_not_take_the_place_of_the_starter_set(project: Project) -> None:
    """Until the change the gate asked whether all pods are isolated; what it opens is a new namespace, so that nothing
    counts as opened."""
    project.branch(BARE_SHOP, {"netpol.yaml": TRUE_OF_ANY, "k8s/fresh.yaml": OTHER_POD % "fresh"})

    hostile = project.shell("netpol gate --base main")
    project.repository.commit({"k8s/fresh.yaml": None})
    honest, strict = (project.shell(f"netpol gate --base main {more}") for more in ("", "--fail-on-terms"))

    assert hostile.returncode == 1, hostile.stdout + hostile.stderr
    assert "property `default-deny` is gone" in hostile.stdout
    assert (honest.returncode, strict.returncode) == (0, 1), honest.stdout + honest.stderr


def test_a_base_without_a_configuration_asks_nothing_by_itself(project: Project) -> None:
    project.branch(
        {**BARE_SHOP, "netpol.yaml": None}, {"netpol.yaml": TRUE_OF_ANY, "k8s/fresh.yaml": OTHER_POD % "fresh"}
    )

    done = project.shell("netpol gate --base main")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "default-deny" not in done.stdout


@pytest.mark.parametrize(
    "files", [WEAKENED["the property is removed"][0], WEAKENED["an invariant that nobody keeps"][0]]
)
def test_nor_does_it_pass_the_action(project: Project, tmp_path: Path, files: Files) -> None:
    project.branch({}, {"k8s/api.yaml": HOLE, **files})
    runner = runner_of(project, tmp_path / "runner")

    assert runner.run() == 1, runner.log

    assert (runner.outputs["grew"], runner.outputs["terms-changed"]) == ("true", "true")
    assert "Terms changed" in (runner.folder / "summary").read_text()


def test_the_action_passes_an_honest_change_of_terms_and_says_so(project: Project, tmp_path: Path) -> None:
    project.branch({}, {**HONEST, "netpol.yaml": CONFIG.replace("[k8s]", "[k8s], exclude: ['drafts*']")})
    runner = runner_of(project, tmp_path / "runner")

    assert runner.run() == 0, runner.log

    assert (runner.outputs["violated"], runner.outputs["terms-changed"]) == ("0", "true")


PINS = {
    "by a path": (
        "-p props.yaml k8s",
        {"props.yaml": PINNED},
        {"props.yaml": PINNED.replace("role: web", "role: debug")},
    ),
    "by a directory": ("-p props k8s", {"props/p.yaml": PINNED}, {"props/p.yaml": PINNED + "    severity: warning\n"}),
    "at the base": ("-p main:props.yaml k8s", {"props.yaml": PINNED}, {"props.yaml": "no: properties\n"}),
    "beside a universe": ("-p main:props.yaml k8s", {"props.yaml": PINNED}, {"netpol.yaml": INVARIANT}),
    "with a universe": (
        "-p main:props.yaml -u universe.yaml k8s",
        {"props.yaml": PINNED, "universe.yaml": INVARIANT.replace("no-debug", "other").replace("debug", "x")},
        {"universe.yaml": INVARIANT},
    ),
    "with a configuration": ("--config ci.yaml", {"ci.yaml": CONFIG}, {"ci.yaml": f"{CONFIG}---\n{INVARIANT}"}),
    "without one": ("--no-config -p main:props.yaml k8s", {"props.yaml": PINNED}, {"netpol.yaml": INVARIANT}),
}


@pytest.mark.parametrize(("options", "before", "after"), PINS.values(), ids=PINS)
def test_what_the_command_line_pins_cannot_be_softened(
    project: Project, options: str, before: Files, after: Files
) -> None:
    project.branch({"netpol.yaml": None, **before}, {"k8s/api.yaml": HOLE, **after})

    hole = project.shell(f"netpol gate --base main --fail-on none {options}")
    project.repository.commit({"k8s/api.yaml": GOOD, **{name: before.get(name) for name in after}})
    honest = project.shell(f"netpol gate --base main {options}")

    assert hole.returncode == 1, hole.stdout + hole.stderr
    assert honest.returncode == 0, honest.stdout + honest.stderr
    assert "only-web" in hole.stdout


RENDERED_WITH = (
    "charts are given `helmValues` `values.yaml`",
    "charts are given `helmSet` `open=true`, nothing before",
)
EVERY_FORMAT = ("text", "json", "markdown", "html", "sarif", "junit", "github", "gitlab")


def test_what_charts_are_given_by_the_change_is_not_believed_and_is_said_in_every_format(project: Project) -> None:
    """Nothing is rendered by a gate, so that its answers are the same under either terms, and asked once."""
    given = CONFIG.replace("[k8s]", "[k8s], helmValues: [values.yaml], helmSet: [open=true]")
    project.branch({}, {**HONEST, "netpol.yaml": given, "values.yaml": "open: true\n"})

    done = project.shell("netpol gate --base main " + " ".join(f"-o {name}=out.{name}" for name in EVERY_FORMAT))
    quiet, strict = (project.shell(f"netpol gate --base main {more}") for more in ("-q", "--fail-on-terms"))

    assert (done.returncode, quiet.returncode, strict.returncode) == (0, 0, 1), done.stdout + done.stderr
    said = {name: (project.root / f"out.{name}").read_text() for name in EVERY_FORMAT} | {"quiet": quiet.stdout}
    for name, text in said.items():
        plain = html.unescape(re.sub(r"<[^>]+>|\\", "", text)).replace("%2C", ",")
        assert all(line in plain for line in RENDERED_WITH), (name, text)
    assert "By the terms of" not in said["text"]
    assert "judged by" not in said["markdown"] + said["html"]


def test_pages_say_by_whose_terms_a_change_is_judged(project: Project) -> None:
    project.branch({}, {**HONEST, "netpol.yaml": CONFIG.replace("[k8s]", "[k8s], exclude: ['drafts*']")})

    pages = {
        terms: [
            project.shell(f"netpol gate --base main --terms {terms} -o {name}").stdout for name in ("markdown", "html")
        ]
        for terms in ("both", "base", "head")
    }

    said = {"both": "judged by those of both sides", "base": "judged by the terms of main", "head": "of this change"}
    assert all(said[terms] in text for terms, texts in pages.items() for text in texts)
    assert not any(said["both"] in text for terms in ("base", "head") for text in pages[terms])


LIMITS = ("rlimit: 1", "timeout: 0.000001", "limit: 1, rlimit: 1")


@pytest.mark.parametrize("limit", LIMITS)
def test_limits_of_the_change_count_for_nothing(project: Project, limit: str) -> None:
    project.branch({}, {"k8s/api.yaml": HOLE, "netpol.yaml": CONFIG.replace("[k8s]", f"[k8s], {limit}")})

    hole = project.shell("netpol gate --base main")
    project.repository.commit({"k8s/api.yaml": REFACTORED})
    honest = project.shell("netpol gate --base main")

    assert (hole.returncode, honest.returncode) == (1, 0), hole.stdout + honest.stdout


TEMPLATED = """\
apiVersion: netpol-verifier/v1
kind: Universe
metadata: {name: u}
spec: {newNamespacesGet: [template.yaml]}
"""
TEMPLATE = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: d}\nspec: {podSelector: {}%s}\n"


@pytest.mark.parametrize(
    "after", [{"template.yaml": TEMPLATE % ", ingress: [{}]"}, {"u.yaml": None, "netpol.yaml": CONFIG}]
)
@pytest.mark.parametrize("terms", ["both", "base", "head"])
def test_what_new_namespaces_get_cannot_be_opened_unseen(project: Project, after: Files, terms: str) -> None:
    config = CONFIG.replace("[k8s]", "[k8s], universe: u.yaml")
    before = {"netpol.yaml": config, "u.yaml": TEMPLATED, "template.yaml": TEMPLATE % ""}
    project.branch(before, after)

    hostile = project.shell(f"netpol gate --base main --terms {terms}")
    project.repository.commit({**before, "template.yaml": (TEMPLATE % ", policyTypes: [Ingress, Egress]"), **HONEST})
    honest = project.shell(f"netpol gate --base main --terms {terms}")

    assert hostile.returncode == 1, hostile.stdout + hostile.stderr
    assert "what new namespaces get (`newNamespacesGet`) is something else: `main:template.yaml`" in hostile.stdout
    assert "traffic was opened that nobody accepted" in hostile.stdout
    assert honest.returncode == 0, honest.stdout + honest.stderr


# Dead ends

CLOSED = """\
---
apiVersion: netpol-verifier/v1
kind: Universe
metadata: {name: closed}
spec:
  pods: {labels: {role: {values: [web%s], others: false}}}
"""
FORMATS = {"json": "json", "xml": "junit", "md": "markdown", "sarif": "sarif", "gl": "gitlab", "gh": "github"}
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop, labels: {role: %s}}\n"


def test_a_line_break_in_a_path_is_refused(project: Project) -> None:
    project.branch({}, {"netpol.yaml": CONFIG.replace("[k8s]", r'["k8s\nHEAD"]')})

    done = project.shell("netpol gate --base main")

    assert done.returncode == 2, done.stderr
    assert "k8s?HEAD: no such file or directory" in done.stderr


def test_a_closed_universe_grows_in_two_steps(project: Project) -> None:
    """The change that adds a label to universe and manifests at once is told to come as two, and these pass."""
    both: Files = {"netpol.yaml": CONFIG + CLOSED % ", db", "k8s/pod.yaml": POD % "db"}
    project.branch({"netpol.yaml": CONFIG + CLOSED % ""}, both)
    reports = " ".join(f"-o {form}=r.{end}" for end, form in FORMATS.items())
    at_once = project.shell(f"netpol gate --base main -o text {reports}")
    project.repository.commit({"k8s/pod.yaml": None})
    terms = project.shell("netpol gate --base main")
    project.repository.git("branch", "--force", "main", "HEAD")
    project.repository.commit({"k8s/pod.yaml": POD % "db"})
    manifests = project.shell("netpol gate --base main")

    assert at_once.returncode == 1, at_once.stdout + at_once.stderr
    for text in (at_once.stdout, *((project.root / f"r.{end}").read_text() for end in FORMATS)):
        assert "by the terms of" in text
        assert "two steps: first a change of the terms alone" in text.lower()
    assert (terms.returncode, manifests.returncode) == (0, 0), terms.stdout + manifests.stdout


def test_a_file_that_is_no_longer_left_out_comes_in_two_steps(project: Project) -> None:
    """By the terms of the change its base holds a file that nobody can read."""
    broken = {"k8s/broken.yaml": GOOD.replace("podSelector", "podSelecter")}
    excluding = CONFIG.replace("[k8s]", "[k8s], exclude: ['broken*']")
    project.branch({"netpol.yaml": excluding, **broken}, {"netpol.yaml": CONFIG, "k8s/broken.yaml": None})
    at_once = project.shell("netpol gate --base main")
    project.repository.commit({"netpol.yaml": excluding})
    manifests = project.shell("netpol gate --base main")
    project.repository.git("branch", "--force", "main", "HEAD")
    project.repository.commit({"netpol.yaml": CONFIG})
    terms = project.shell("netpol gate --base main")

    assert at_once.returncode == 1, at_once.stdout + at_once.stderr
    assert "two steps: first the change of the manifests" in at_once.stdout
    assert (manifests.returncode, terms.returncode) == (0, 0), manifests.stdout + terms.stdout


NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: %s%s}\n"
LEGACY = GOOD.replace("namespace: shop", "namespace: legacy").replace("app: api", "app: old")
OF_LEGACY = """\
  - name: legacy-is-closed
    only:
      from: [{namespaces: [legacy], podSelector: {matchLabels: {role: web}}}]
      to: [{namespaces: [legacy], podSelector: {matchLabels: {app: old}}}]
"""
GROWTH = """\
apiVersion: netpol-verifier/v1
kind: Acceptances
spec:
  acceptances:
  - {flows: ['* -> legacy/*'], reason: decommissioned, owner: '@team', expires: 9999-12-31}
"""


def test_a_namespace_is_decommissioned_once_its_traffic_is_accepted(project: Project) -> None:
    project.branch({"k8s/legacy.yaml": LEGACY, "netpol.yaml": CONFIG + OF_LEGACY}, {})
    gone = {"k8s/legacy.yaml": None, "netpol.yaml": CONFIG}
    project.repository.commit(gone)
    refused = project.shell("netpol gate --base main")
    project.repository.git("switch", "--quiet", "main")
    project.repository.commit({"netpol.accept.yaml": GROWTH})
    project.repository.git("switch", "--quiet", "change")
    project.repository.git("rebase", "--quiet", "main")
    passed = project.shell("netpol gate --base main")

    assert refused.returncode == 1, refused.stdout
    assert "Gone with their namespaces (1)" in refused.stdout
    assert "- {flows: ['* -> legacy/*'], reason: decommissioned" in refused.stdout
    assert passed.returncode == 0, passed.stdout + passed.stderr


@pytest.mark.parametrize("how", ["--fail-on none", ""])
def test_what_lets_in_a_namespace_alone_is_not_gone_with_it(project: Project, how: str) -> None:
    """The property is about the pods that are still there, whom everybody may reach now."""
    alone = CONFIG.replace(
        "[{namespaces: [shop], podSelector: {matchLabels: {role: web}}}]", "[{namespaces: [legacy]}]"
    )
    from_legacy = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: legacy}}}"
    before = {
        "netpol.yaml": alone,
        "k8s/api.yaml": GOOD.replace("{podSelector: {matchLabels: {role: web}}}", from_legacy),
        "k8s/legacy.yaml": LEGACY,
        "netpol.accept.yaml": GROWTH.replace("* -> legacy/*", "* -> shop/*").replace("decommissioned", "debugging"),
    }
    project.branch(before, {"k8s/legacy.yaml": None, "netpol.yaml": BARE, "k8s/api.yaml": HOLE})

    done = project.shell(f"netpol gate --base main {how}")

    assert done.returncode == 1, done.stdout
    assert "by the terms of main" in done.stdout.lower()


TO_NODES = """\
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: legacy}
spec:
  priority: 5
  subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: legacy}}}
  egress:
  - {name: a, action: %s, to: [{nodes: {matchExpressions: [{key: a, operator: DoesNotExist}]}}]}
  - {name: b, action: %s, to: [{nodes: {matchExpressions: [{key: a, operator: Exists}]}}]}
  - {name: c, action: Deny, to: [{networks: [0.0.0.0/0, '::/0']}]}
"""
NOT_TO_NODES = "  - {name: not-to-nodes, never: {from: [{namespaces: [legacy]}], to: [{node: {}}]}}\n"
OF_NODES = CONFIG.replace("[k8s]}", "[k8s], switches: {local_node_egress: policy}}")


def test_what_a_gone_namespace_may_reach_is_not_accepted_with_it(project: Project) -> None:
    """The acceptance that the report prints lets nobody out of the namespace, which may still run."""
    before = {"k8s/legacy.yaml": LEGACY, "netpol.yaml": CONFIG + OF_LEGACY, "netpol.accept.yaml": GROWTH}
    opened = GOOD + "  - from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: legacy}}}]\n"
    project.branch(before, {"k8s/legacy.yaml": None, "netpol.yaml": BARE, "k8s/api.yaml": opened})

    done = project.shell("netpol gate --base main --terms head -e 'always shop/role=web -> shop/app=api'")

    assert done.returncode == 1, done.stdout
    assert "traffic was opened that nobody accepted" in done.stdout


def test_a_property_about_nodes_is_not_gone_with_a_namespace(project: Project) -> None:
    """No comparison covers the nodes that it speaks of, so that what opens would be nobody's."""
    declared = NAMESPACE % ("legacy", ", labels: {team: legacy}")
    files = {"k8s/legacy.yaml": declared, "k8s/anp.yaml": TO_NODES % ("Deny", "Deny")}
    project.branch({**files, "netpol.yaml": OF_NODES + NOT_TO_NODES}, {"netpol.yaml": OF_NODES})
    terms = project.shell("netpol gate --base main")
    project.repository.commit({"k8s/legacy.yaml": None, "k8s/anp.yaml": TO_NODES % ("Allow", "Allow")})
    hostile = project.shell("netpol gate --base main")

    assert (terms.returncode, hostile.returncode) == (0, 3), terms.stdout + hostile.stdout
    assert "UNKNOWN   not-to-nodes" in hostile.stdout
    assert "Gone with their namespaces" not in hostile.stdout


@pytest.mark.parametrize("terms", ["base", "both"])
def test_a_property_that_the_head_still_has_is_not_gone_with_its_namespace(project: Project, terms: str) -> None:
    before = {"k8s/legacy.yaml": LEGACY, "netpol.yaml": CONFIG + OF_LEGACY}
    after = {"k8s/legacy.yaml": None, "netpol.yaml": f"# another comment\n{CONFIG}{OF_LEGACY}    severity: warning\n"}
    project.branch(before, after)

    done = project.shell(f"netpol gate --base main --fail-on none --terms {terms}")

    assert "Gone with their namespaces" not in done.stdout
    assert done.returncode == 1, done.stdout + done.stderr


BY_LABEL = GOOD.replace("{podSelector: {matchLabels: {role: web}}}", "{namespaceSelector: {matchLabels: {team: a}}}")


def test_a_namespace_does_not_come_back_with_labels_that_let_it_in(project: Project) -> None:
    """Removing the object opens what any labels of the namespace would; so does giving it other ones."""
    before = {"k8s/api.yaml": BY_LABEL, "k8s/dev.yaml": NAMESPACE % ("dev", ""), "netpol.yaml": BARE}
    project.branch(before, {"k8s/dev.yaml": None})
    removed = project.shell("netpol gate --base main -e 'never x/* -> shop/app=api'")
    project.repository.commit({"k8s/dev.yaml": NAMESPACE % ("dev", ", labels: {team: a}")})
    relabelled = project.shell("netpol gate --base main -e 'never x/* -> shop/app=api'")
    project.repository.commit({"k8s/dev.yaml": NAMESPACE % ("dev", ", labels: {stage: x}")})
    honest = project.shell("netpol gate --base main -e 'always shop/app=api -> dev/*'")

    assert (removed.returncode, relabelled.returncode, honest.returncode) == (1, 1, 0), removed.stdout + honest.stdout
    assert "The manifests do not say any more which labels these namespaces have: `dev`" in removed.stdout


def test_an_acceptance_of_the_change_itself_excuses_nothing(project: Project) -> None:
    project.branch({}, {"k8s/api.yaml": HOLE, "netpol.accept.yaml": ACCEPTED % ("9999-12-31", "9999-12-31")})

    assert project.shell("netpol gate --base main").returncode == 1


def test_a_property_that_turns_while_nothing_opens_says_what_else_changed(project: Project) -> None:
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop, labels: {role: %s}}\n"
    terms = ("-u inventory", "-e 'never shop/role=web -> shop/role=web'")
    project.branch({"k8s/pod.yaml": pod % "db", "netpol.yaml": BARE}, {"k8s/pod.yaml": pod % "web"})
    twin = pod.replace("name: p", "name: q") % "web"
    project.repository.commit({"k8s/twin.yaml": twin})

    done = project.shell(f"netpol gate --base main {' '.join(terms)}")

    assert done.returncode == 1, done.stdout
    assert "Pod shop/q is new" in done.stdout


# What was accepted of others


BARE_FLOW = GROWTH.replace("'* -> legacy/*'", "'role=debug -> shop/app=api'")
BY_TEAM = GROWTH.replace("'* -> legacy/*'", "'{team=a}/* -> shop/app=api'")
EVIL = NAMESPACE % ("evil", "")
FROM_EVIL = "  - from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: evil}}, podSelector: {%s}}]\n"


@pytest.mark.parametrize(
    ("accepted", "before", "after", "peer"),
    [
        (BARE_FLOW, {}, {"k8s/evil.yaml": EVIL}, "matchLabels: {role: debug}"),
        (BY_TEAM, {"k8s/evil.yaml": EVIL}, {"k8s/evil.yaml": NAMESPACE % ("evil", ", labels: {team: a}")}, ""),
    ],
    ids=["a namespace that the change declares", "a namespace that the change relabels"],
)
def test_an_acceptance_means_no_more_than_it_did_at_the_base(
    project: Project, accepted: str, before: Files, after: Files, peer: str
) -> None:
    bare = {"netpol.yaml": BARE, "netpol.accept.yaml": accepted}
    project.branch({**bare, **before}, {"k8s/api.yaml": GOOD + FROM_EVIL % peer, **after})

    done = project.shell("netpol gate --base main -e 'never x/y=z -> shop/app=api'")

    assert done.returncode == 1, done.stdout
    assert "traffic was opened that nobody accepted" in done.stdout


def test_what_was_accepted_of_somebody_passes(project: Project) -> None:
    shop = NAMESPACE % ("shop", "")
    bare = {"netpol.yaml": BARE, "netpol.accept.yaml": BARE_FLOW, "k8s/shop.yaml": shop}
    project.branch(bare, {"k8s/api.yaml": HOLE, "k8s/evil.yaml": EVIL})

    done = project.shell("netpol gate --base main -e 'always shop/role=web -> shop/app=api'")

    assert done.returncode == 0, done.stdout + done.stderr


# What is not understood


UNREAD = (
    "apiVersion: networking.gke.io/v1alpha1\nkind: FQDNNetworkPolicy\nmetadata: {name: c, namespace: shop}\n"
    "spec: {%s}\n"
)


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ({}, {"k8s/c.yaml": UNREAD % ""}, 3),
        ({"k8s/c.yaml": UNREAD % ""}, {"k8s/c.yaml": UNREAD % "ingress: [{}]"}, 3),
        ({"k8s/c.yaml": UNREAD % ""}, {"k8s/c.yaml": None}, 3),
        ({"k8s/c.yaml": UNREAD % ""}, {"k8s/api.yaml": REFACTORED}, 0),
        ({"k8s/c.yaml": UNREAD % ""}, {"k8s/c.yaml": None, "k8s/d.yaml": UNREAD % ""}, 0),
        ({"k8s/c.yaml": UNREAD % ""}, {"k8s/api.yaml": HOLE, "k8s/c.yaml": None}, 1),
    ],
    ids=["added", "changed", "removed", "left alone", "moved", "removed, and a hole"],
)
def test_policies_that_nobody_understands_leave_nothing_equivalent(
    project: Project, tmp_path: Path, before: Files, after: Files, code: int
) -> None:
    skipping = CONFIG.replace("[k8s]", "[k8s], skipUnknown: true")
    project.branch({"netpol.yaml": skipping, **before}, after)
    runner = runner_of(project, tmp_path / "runner")

    done = project.shell("netpol gate --base main -o text -o json=r.json")

    assert (done.returncode, runner.run()) == (code, code), done.stdout
    assert ("as far as was read" in done.stdout) is (code == 0)
    assert ("not the same on both sides" in done.stdout) is (code != 0)
    assert '"complete": false' in (project.root / "r.json").read_text()


OF_MESH = "apiVersion: %s\nkind: AuthorizationPolicy\nmetadata: {name: c, namespace: shop}\nspec: {%s}\n"
TWO_GROUPS = (
    f"{OF_MESH % ('security.istio.io/v1alpha1', 'ingress: []')}---\n{OF_MESH % ('policy.linkerd.io/v1alpha1', '')}"
)
OF_ONE_NAME: dict[str, tuple[str, str]] = {
    "two API groups": (TWO_GROUPS, TWO_GROUPS.replace("ingress: []", "ingress: [{}]")),
    "a name that is made up": (
        TWO_GROUPS.replace("name:", "generateName:"),
        TWO_GROUPS.replace("name:", "generateName:").replace("ingress: []", "ingress: [{}]"),
    ),
    "a copy behind it": (UNREAD % "ingress: []", f"{UNREAD % 'ingress: [{}]'}---\n{UNREAD % 'ingress: []'}"),
    "one of two copies": (f"{UNREAD % ''}---\n{UNREAD % ''}", UNREAD % ""),
}


@pytest.mark.parametrize(("before", "after"), OF_ONE_NAME.values(), ids=OF_ONE_NAME)
def test_none_that_nobody_understands_hides_another_of_its_name(project: Project, before: str, after: str) -> None:
    skipping = CONFIG.replace("[k8s]", "[k8s], skipUnknown: true")
    project.branch({"netpol.yaml": skipping, "k8s/c.yaml": before}, {"k8s/c.yaml": after})

    hostile = project.shell("netpol gate --base main")
    project.repository.commit({"k8s/c.yaml": before, "k8s/api.yaml": REFACTORED})
    honest = project.shell("netpol gate --base main")

    assert (hostile.returncode, honest.returncode) == (3, 0), hostile.stdout + honest.stderr
    assert "as far as was read" in honest.stdout


def test_other_labels_of_a_workload_are_told(project: Project) -> None:
    """In an open universe a pod is what its labels are; that today's pod has others now is worth a word."""
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop, labels: {app: %s}}\n"
    project.branch({"k8s/pod.yaml": pod % "api"}, {"k8s/pod.yaml": pod % "other"})

    done = project.shell("netpol gate --base main")

    assert done.returncode == 0
    assert "Pod shop/p has other labels: `app` was `api`, is `other`" in done.stdout


OWNERS = {
    "node": """\
apiVersion: v1
kind: Node
metadata: {name: a}
status: {addresses: [{type: ExternalIP, address: 203.0.113.66}]}
""",
    "pod": """\
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: lab}
spec: {containers: [{name: c}]}
status: {podIP: 203.0.113.66}
""",
    "service": """\
apiVersion: v1
kind: Service
metadata: {name: a, namespace: lab}
spec: {clusterIP: 203.0.113.66, ports: [{port: 80}]}
""",
    "endpoint of a pod": """\
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: a-1, namespace: lab, labels: {kubernetes.io/service-name: a}}
addressType: IPv4
endpoints: [{addresses: [203.0.113.66], targetRef: {kind: Pod, name: a, namespace: lab}}]
""",
    "endpoint of a node": """\
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: a-1, namespace: lab, labels: {kubernetes.io/service-name: a}}
addressType: IPv4
endpoints: [{addresses: [203.0.113.66], targetRef: {kind: Node, name: a}}]
""",
}


OPENED_TO_IT = GOOD.replace("{podSelector: {matchLabels: {role: web}}}", "{ipBlock: {cidr: 203.0.113.66/32}}")
NEVER_FROM_OUTSIDE = "netpol gate --base main --profile calico --fail-on none -e 'never external -> shop/app=api'"


@pytest.mark.parametrize("owner", OWNERS.values(), ids=OWNERS)
def test_a_change_proves_nothing_by_an_address_that_it_gives_to_somebody_itself(project: Project, owner: str) -> None:
    """Nothing that is deployed makes it true."""
    closed = GOOD.replace("{podSelector: {matchLabels: {role: web}}}", "{podSelector: {}}")
    project.branch({"k8s/api.yaml": closed}, {"k8s/api.yaml": OPENED_TO_IT, "k8s/owner.yaml": owner})

    done = project.shell(NEVER_FROM_OUTSIDE)

    assert done.returncode == 1, done.stdout + done.stderr
    assert (
        "it passes only by addresses that this change gives to Nodes, Pods or Services, not by those of main"
        in done.stdout
    )


@pytest.mark.parametrize("owner", OWNERS.values(), ids=OWNERS)
def test_an_address_that_the_base_gives_to_somebody_is_believed(project: Project, owner: str) -> None:
    project.branch({"k8s/owner.yaml": owner}, {"k8s/api.yaml": OPENED_TO_IT})

    done = project.shell(NEVER_FROM_OUTSIDE)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("owner", OWNERS.values(), ids=OWNERS)
def test_a_manifest_that_claims_an_address_hides_nothing_that_a_later_change_opens_to_it(
    project: Project, owner: str
) -> None:
    """What manifests say of addresses is believed of claims, and said there; a comparison, which does not cover nodes,
    believes none of it."""
    opened = GOOD.replace("{podSelector: {matchLabels: {role: web}}}", "{ipBlock: {cidr: 203.0.113.66/32}}")
    project.branch({"k8s/owner.yaml": owner}, {"k8s/api.yaml": opened})

    done = project.shell("netpol gate --base main --profile cilium")

    assert done.returncode == 1, done.stdout + done.stderr
    of_pod = "Service lab/a" if "kind: Service\n" in owner else "Pod lab/a"
    whose = "Node a" if "kind: Node" in owner else of_pod
    assert f"203.0.113.66/32 (by the input of {whose}) outside the cluster -> shop pods" in done.stdout


NEVER_FROM_LAB = "netpol gate --base main --profile calico --fail-on none -e 'never lab/* -> shop/app=api'"
NOBODYS = """\
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: a-1, namespace: lab, labels: {kubernetes.io/service-name: a}}
addressType: IPv4
endpoints: [{addresses: [10.0.0.9]%s}]
"""


@pytest.mark.parametrize("owner", ["", ", targetRef: {kind: Pod, name: a, namespace: lab}"])
def test_a_change_proves_nothing_by_saying_who_is_not_at_an_address(project: Project, owner: str) -> None:
    """An endpoint that it lists may be that of any pod, and a Pod that has ended by its word alone runs, and may be
    there."""
    opened = GOOD.replace("{podSelector: {matchLabels: {role: web}}}", "{ipBlock: {cidr: 10.0.0.9/32}}")
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: lab}\nspec: {containers: [{name: c}]}\n"
    ended = f"{pod}status: {{phase: Succeeded}}\n"
    api = pod.replace("name: a, namespace: lab", "name: api, namespace: shop, labels: {app: api}")
    project.branch(
        {"k8s/pods.yaml": api}, {"k8s/api.yaml": opened, "k8s/owner.yaml": NOBODYS % owner, "k8s/pod.yaml": ended}
    )

    done = project.shell(f"{NEVER_FROM_LAB} -u inventory")

    assert done.returncode == 1, done.stdout + done.stderr
    assert "it passes only by addresses that this change gives to Nodes, Pods or Services" in done.stdout


# A profile that chooses itself

OF_CILIUM = """apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: c, namespace: shop}
spec:
  endpointSelector: {}
  enableDefaultDeny: {egress: false}
  egressDeny: [{toCIDR: [169.254.169.254/32]}]
"""


def test_a_profile_that_chose_itself_is_a_term(project: Project) -> None:
    """One object more, and ipBlocks would be read as those of another plugin."""
    project.branch({}, {"k8s/c.yaml": OF_CILIUM})

    done = project.shell("netpol gate --base main --fail-on-terms")

    assert done.returncode == 1, done.stdout + done.stderr
    assert "profile `k8s` before, `cilium` now; nobody names one, so it chooses itself" in done.stdout
    assert "switch `ipblock_pods`" not in done.stdout


def test_a_profile_that_is_named_does_not_choose_itself(project: Project) -> None:
    named = CONFIG.replace("[k8s]", "[k8s], profile: cilium")
    project.branch({"netpol.yaml": named}, {"k8s/c.yaml": OF_CILIUM})

    done = project.shell("netpol gate --base main --fail-on-terms")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "chooses itself" not in done.stdout


def test_what_the_profile_of_the_head_would_excuse_is_judged_by_that_of_the_base(project: Project) -> None:
    """Under `cilium` no ipBlock matches a pod, so that a block over pods would open nothing."""
    hole = REFACTORED.replace("podSelector: {matchLabels: {role: web}}", "ipBlock: {cidr: 10.0.0.0/8}")
    asked = "-e 'never shop/role=debug -> shop/app=api'"
    project.branch({}, {"k8s/api.yaml": hole, "k8s/c.yaml": OF_CILIUM})

    alone = project.shell(f"netpol check k8s --no-config {asked}")
    done = project.shell(f"netpol gate --base main --fail-on none {asked}")

    assert alone.returncode == 0, alone.stdout + alone.stderr
    assert done.returncode == 3, done.stdout + done.stderr
    assert "ipblock_pods" in done.stdout


ADMITS_ADMINS = GOOD.replace("role: web}}}]", "role: web}}}, {podSelector: {matchLabels: {role: admin}}}]")
API_POD = OTHER_POD.replace("%s", "shop, labels: {app: api}") + "spec: {containers: [{name: c}]}\n"
ADMIN = API_POD.replace("name: p,", "name: s,").replace("app: api", "role: admin")
ENDED = ADMIN + "status: {phase: Failed}\n"
OF_JOB = "ownerReferences: [{apiVersion: batch/v1, kind: Job, name: j, controller: true}]"
JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: j, namespace: shop}
spec: {template: {metadata: {labels: {role: other}}, spec: {containers: [{name: c}]}}}
"""
BY_STATUS: dict[str, tuple[Files, Files]] = {
    "a new Pod": ({}, {"k8s/s.yaml": ENDED}),
    "a Pod of the base that runs there": ({"k8s/s.yaml": ADMIN.replace("admin", "other")}, {"k8s/s.yaml": ENDED}),
    "a Pod of the base that has ended with other labels": (
        {"k8s/s.yaml": ENDED.replace("admin", "other")},
        {"k8s/s.yaml": ENDED},
    ),
    "a Pod with a controller": (
        {"k8s/job.yaml": JOB},
        {"k8s/s.yaml": ENDED.replace("name: s,", f"name: s, {OF_JOB},")},
    ),
}


@pytest.mark.parametrize(("before", "after"), BY_STATUS.values(), ids=BY_STATUS)
def test_no_pod_of_a_change_has_ended_by_its_word_alone(project: Project, before: Files, after: Files) -> None:
    """A status is never applied: whoever creates the Pod has it running."""
    project.branch({"k8s/api.yaml": ADMITS_ADMINS, "k8s/pod.yaml": API_POD, **before}, after)

    done = project.shell("netpol gate --base main -u inventory")

    assert done.returncode == 1, done.stdout + done.stderr
    assert "by its `status.phase` here, which is never applied, and not at main: it counts as running" in done.stderr


def test_a_pod_that_has_ended_at_the_base_too_is_nobody(project: Project) -> None:
    project.branch(
        {"k8s/api.yaml": ADMITS_ADMINS, "k8s/pod.yaml": API_POD, "k8s/s.yaml": ENDED},
        {"k8s/n.yaml": NAMESPACE % ("more", "")},
    )

    done = project.shell("netpol gate --base main -u inventory")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "counts as running" not in done.stderr


DB_ONLY_IN_B = """\
apiVersion: netpol-verifier/v1
kind: Universe
metadata: {name: settled}
spec:
  invariants:
  - {name: db, pods: {podSelector: {matchLabels: {app: db}}}, onlyIn: {namespaceSelector: {matchLabels: {team: b}}}}
"""
BUT_B = "{namespaceSelector: {matchExpressions: [{key: team, operator: NotIn, values: [b]}]}}"
OPENED_BUT_TO_B = GOOD.replace("{podSelector: {matchLabels: {role: web}}}", BUT_B)
DB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: %s, namespace: ops}
spec: {template: {metadata: {labels: {app: %s}}, spec: {containers: [{name: c}]}}}
"""
NEVER_FROM_OPS = "netpol gate --base main -u u.yaml --fail-on none -e 'never ops/* -> shop/app=api'"


@pytest.mark.parametrize("before", [None, DB % ("db", "web")], ids=["new", "there with other labels"])
def test_no_workload_of_a_change_settles_the_labels_of_its_namespace(project: Project, before: str | None) -> None:
    """The cluster may refuse it, and what the change opens stays."""
    start: Files = {"u.yaml": DB_ONLY_IN_B} if before is None else {"u.yaml": DB_ONLY_IN_B, "k8s/db.yaml": before}
    project.branch(start, {"k8s/api.yaml": OPENED_BUT_TO_B, "k8s/db.yaml": DB % ("db", "db")})

    done = project.shell(NEVER_FROM_OPS)

    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 property newly violated" in done.stdout


@pytest.mark.parametrize("name", ["db", "renamed"])
def test_a_workload_that_the_base_has_settles_the_labels_of_its_namespace(project: Project, name: str) -> None:
    project.branch(
        {"u.yaml": DB_ONLY_IN_B, "k8s/db.yaml": DB % ("db", "db")},
        {"k8s/api.yaml": OPENED_BUT_TO_B, "k8s/db.yaml": DB % (name, "db")},
    )

    done = project.shell(NEVER_FROM_OPS)

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_policy_that_overwrites_another_does_not_pass_by_the_terms_that_come_with_it(project: Project) -> None:
    """Nobody may switch the overwriting on along with what it lets through."""
    last = CONFIG.replace("[k8s]}", "[k8s], duplicates: last}")
    project.branch({}, {"k8s/z.yaml": HOLE, "netpol.yaml": last})

    done = project.shell("netpol gate --base main")

    assert done.returncode == 1, done.stdout + done.stderr
    assert "by the terms of `main`: NetworkPolicy shop/api stands at" in done.stdout


def test_an_overwriting_that_the_base_knows_is_judged_as_what_is_deployed(project: Project) -> None:
    last = CONFIG.replace("[k8s]}", "[k8s], duplicates: last}")
    project.branch({"netpol.yaml": last}, {"k8s/z.yaml": HOLE})

    done = project.shell("netpol gate --base main")

    assert done.returncode == 1, done.stdout + done.stderr
    assert "Newly violated" in done.stdout
    assert "only the last one read counts: NetworkPolicy shop/api" in done.stdout
