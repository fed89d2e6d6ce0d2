"""Fleet files: what each cluster ends up with, and what is refused."""

from pathlib import Path
from textwrap import dedent

import pytest

from verifier.errors import InputError
from verifier.manifests.documents.excludes import Excludes
from verifier.manifests.specs.fleet import Asking, Fleet, FleetCluster, Line, read_fleet

SHAPE = "a property looks like `only role=monitoring -> app=apiserver : TCP/5000`"
OWN_FILE = "keep it in a file of its own and name that: `universe: FILE`"
HEAD = "apiVersion: netpol-verifier/v1\nkind: Fleet\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages name files relative to the working directory."""
    monkeypatch.chdir(tmp_path)


def read(text: str, name: str = "fleet.yaml") -> Fleet:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(HEAD + dedent(text))
    return read_fleet(name)


def faults(text: str, head: str = HEAD) -> list[str]:
    Path("fleet.yaml").write_text(head + dedent(text))
    with pytest.raises(InputError) as caught:
        read_fleet("fleet.yaml")
    return [str(d).replace("\nhint: ", " | ").removeprefix("fleet.yaml:") for d in caught.value.diagnostics]


def test_what_a_cluster_does_not_say_is_what_the_fleet_says_or_else_the_default() -> None:
    fleet = read(
        """\
        metadata: {name: production}
        spec:
          profile: calico
          switches: {sctp: no, endport: 'no'}
          properties: [builtin:default-deny, 'never external -> app=db']
          clusters:
          - {name: plain, manifests: a}
          - name: special
            manifests: [b, c]
            profile: cilium
            universe: inventory
            namespace: shop
            switches: {sctp: yes}
            exclude: '*.tmp'
            skipUnknown: true
            properties: ['only a=b -> c=d : TCP/1', extra.yaml, 'never external -> app=db']
        """
    )

    shared = Asking(("builtin:default-deny",), (Line("never external -> app=db"),))
    assert fleet.name == "production"
    assert fleet.shared == shared
    assert fleet.clusters == (
        FleetCluster("plain", ("a",), shared, profile="calico", fleet_switches={"sctp": "no", "endport": "no"}),
        FleetCluster(
            "special",
            ("b", "c"),
            Asking((*shared.files, "extra.yaml"), (*shared.lines, Line("only a=b -> c=d : TCP/1"))),
            universe="inventory",
            namespace="shop",
            profile="cilium",
            fleet_switches={"sctp": "no", "endport": "no"},
            switches={"sctp": "yes"},
            exclude=Excludes(("*.tmp",), str(Path.cwd().resolve())),
            skip_unknown=True,
        ),
    )


def test_a_fleet_without_a_name_is_called_like_its_file() -> None:
    assert read("spec: {clusters: [{name: a, manifests: a}]}\n", "fleets/eu.yaml").name == "eu"


def test_paths_are_relative_to_the_file_and_revisions_are_not() -> None:
    fleet = read(
        """\
        spec:
          universe: universe.yaml
          properties: [props, /abs/p.yaml, builtin:default-deny]
          clusters:
          - {name: a, manifests: [../k8s, 'main:k8s', 'HEAD:./k8s'], properties: own.yaml}
          - {name: b, manifests: k8s, universe: open}
        """,
        "deep/er/fleet.yaml",
    )

    a, b = fleet.clusters
    assert a.manifests == ("deep/er/../k8s", "main:k8s", "HEAD:./k8s")
    assert a.asked.files == ("deep/er/props", "/abs/p.yaml", "builtin:default-deny", "deep/er/own.yaml")
    assert (a.universe, b.universe) == ("deep/er/universe.yaml", "open")


def test_one_line_properties_know_where_they_stand() -> None:
    fleet = read("spec:\n  clusters:\n  - name: a\n    manifests: a\n    properties:\n    - never x=y -> *\n")

    [line] = fleet.clusters[0].asked.lines
    assert line.origin is not None
    assert str(line.origin.position) == "fleet.yaml:8:7"


def test_every_mistake_is_listed_at_its_place() -> None:
    assert faults(
        """\
        spec:
          profil: calico
          properties: ['nevr external -> app=db', 'never a', {only a=b -> c=d: TCP/1}]
          clusters:
          - name: a
            manifest: x
          - name: a
            manifests: [-]
            switches: {sctp: maybe, sctpp: yes}
            profile: calco
          - {name: b/c, manifests: []}
        """
    ) == [
        "4:3: unknown field `profil` | did you mean `profile`?",
        "5:16: unknown claim `nevr`\n  nevr external -> app=db\n  ^ | did you mean `never`?",
        f"5:43: ` -> ` and a second peer are missing\n  never a\n         ^ | {SHAPE}",
        "5:54: a colon in a text without quotes | write 'only a=b -> c=d : TCP/1'",
        "7:5: `manifests` is missing",
        "8:5: unknown field `manifest` | did you mean `manifests`?",
        "9:11: a second cluster named `a`",
        "10:17: `-`: a fleet is not read from standard input | name files, directories or git revisions",
        "11:22: switch `sctp` cannot be the string `maybe` | one of yes, no, open",
        "11:29: unknown switch `sctpp` | did you mean `sctp`?",
        "12:14: unknown profile `calco` | did you mean `calico`?",
        "13:12: a `/` in the name of a cluster: `b/c` | findings are called `cluster/property`",
        "13:28: `manifests` is an empty list | list at least one",
    ]


def test_an_empty_fleet_is_refused() -> None:
    assert faults("spec: {clusters: []}\n") == ["3:18: `clusters` is an empty list | list at least one"]
    assert faults("spec: {}\n") == ["3:7: `clusters` is missing"]


def test_a_file_holds_one_fleet_and_nothing_else() -> None:
    good = "spec: {clusters: [{name: a, manifests: a}]}\n"

    assert faults("# nothing\n", head="") == [
        " no document of `kind: Fleet` here | it lists clusters under `spec`, as in docs/fleet.md"
    ]
    assert faults(f"{good}---\n{HEAD}{good}") == ["6:7: a second fleet in one file"]
    assert faults(f"{good}---\napiVersion: netpol-verifier/v1\nkind: Universe\nspec: {{}}\n") == [
        f"6:7: a document of kind Universe where a fleet is expected | {OWN_FILE}"
    ]
    assert faults("kind: Pod\n", head="apiVersion: v1\n")[0].startswith("1:13: not a document of netpol-verifier")


def test_a_fleet_is_no_configuration(tmp_path: Path) -> None:
    from verifier.manifests.specs.findconfig import load_config

    (tmp_path / "netpol.yaml").write_text(f"{HEAD}spec: {{clusters: [{{name: a, manifests: a}}]}}\n")

    with pytest.raises(InputError, match="a fleet stands in a file of its own"):
        load_config(None, tmp_path, {})
