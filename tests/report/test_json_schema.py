"""The published schemas of reports, held against reports: those of the samples, and those of real runs."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.cli.process import ROOT, netpol
from tests.pipeline import ACCEPTED, CONFIG, GOOD, HOLE, project_at
from tests.report import samples
from tests.report.samples import NOT_ISOLATED, PROVED, UNKNOWN, VACUOUS, VIOLATED, report
from tests.report.test_formats import rendered
from verifier.cli.commands.schema import KINDS, schema_of
from verifier.report.formats import TABLE
from verifier.report.json.run import check

Json = Any


def kind_of(command: str) -> str:
    return "fleet-report" if command == "fleet" else command


def strict(node: Json) -> Json:
    """The schema as it holds for this version alone: no field is there that it does not name."""
    if isinstance(node, list):
        return [strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: strict(item) for key, item in node.items()}
    if node.get("type") == "object" and isinstance(node.get("properties"), dict):
        made.setdefault("additionalProperties", False)
    return made


def mistakes(document: Json) -> list[str]:
    """What the schemas have against a report: the one that is published, and the strict one."""
    published = schema_of(kind_of(document["command"]))
    found = [*Draft202012Validator(published).iter_errors(document)]
    found += Draft202012Validator(strict(published)).iter_errors(document)
    return [f"{error.json_path}: {error.message[:300]}" for error in found]


def objects_in(node: Json) -> Iterator[dict[str, Json]]:
    """Every object of a report, but for those whose keys are the user's words."""
    if isinstance(node, dict):
        yield node
        for key, item in node.items():
            if key not in ("switches", "labels", "namespaceLabels", "portNames", "supposing"):
                yield from objects_in(item)
    elif isinstance(node, list):
        for item in node:
            yield from objects_in(item)


def test_every_command_that_writes_json_has_a_schema_of_its_report() -> None:
    commands = [command for command, formats in TABLE.items() if "json" in formats]

    assert [kind for kind in KINDS if kind in map(kind_of, commands)] == list(map(kind_of, commands))
    for command in commands:
        shape = schema_of(kind_of(command))
        for each in shape.get("anyOf", [shape]):
            assert each["properties"]["command"] == {"const": command}


@pytest.mark.parametrize("run", rendered("json"))
def test_every_sample_meets_the_schema_of_its_command(run: str) -> None:
    assert mistakes(json.loads(rendered("json")[run])) == []


def test_every_verdict_meets_the_schema() -> None:
    assert mistakes(json.loads(check(report(VIOLATED, PROVED, UNKNOWN, VACUOUS, NOT_ISOLATED, samples.ACCEPTED)))) == []


def test_a_field_that_is_missing_is_noticed_wherever_it_is() -> None:
    document = json.loads(rendered("json")["diff incomparable"])
    validator = Draft202012Validator(schema_of("diff"))

    for place in objects_in(document):
        for key in set(place) - {"matchExpressions", "values"}:
            value = place.pop(key)
            assert not validator.is_valid(document), key
            place[key] = value
    assert validator.is_valid(document)


def test_a_new_field_breaks_no_published_schema() -> None:
    document = json.loads(rendered("json")["gate violated"])
    for place in list(objects_in(document)):
        place["planted"] = 1

    assert [*Draft202012Validator(schema_of("gate")).iter_errors(document)] == []


EXAMPLES = "examples"
IPBLOCKS = ("--set", "ipblock_pods=open")
INVENTORY = ("-u", "inventory")
INTO = "10.0.0.1 -> default/app=wordpress : TCP/80"
MYSQL = "default/role=x -> default/app=wordpress,tier=mysql : TCP/3306"
RUNS = {
    "check": ("check", f"{EXAMPLES}/wordpress-mysql/broken", "-p", "properties"),
    "check open": ("check", f"{EXAMPLES}/wordpress-mysql/good", "-e", "never 10.0.0.0/8 -> app=wordpress", *IPBLOCKS),
    "check tiers": ("check", f"{EXAMPLES}/admin-tiers/broken", "-p", f"{EXAMPLES}/admin-tiers/properties.yaml"),
    "check that fails": ("check", "nowhere"),
    "diff": ("diff", f"{EXAMPLES}/wordpress-mysql/good", f"{EXAMPLES}/wordpress-mysql/broken"),
    "diff of settings": ("diff", f"{EXAMPLES}/wordpress-mysql/good", "--to-set", "ipblock_pods=never"),
    "diff cut": ("diff", f"{EXAMPLES}/wordpress-mysql/broken", f"{EXAMPLES}/monitoring-5000/broken", "--limit", "2"),
    "diff of tiers": ("diff", f"{EXAMPLES}/admin-tiers/good", f"{EXAMPLES}/admin-tiers/broken", *INVENTORY),
    "diff that fails": ("diff", f"{EXAMPLES}/fleet", "nowhere"),
    "fix": ("fix", f"{EXAMPLES}/helidon-and-or/or", "-e", "only {app=helidon}/role=frontend -> greeting/app=greeting"),
    "fix that fails": ("fix", "nowhere"),
    "lint": ("lint", f"{EXAMPLES}/admin-tiers/broken"),
    "lint that fails": ("lint", "nowhere"),
    "coverage": ("coverage", f"{EXAMPLES}/monitoring-5000/good", "-e", "only role=monitoring -> app=apiserver"),
    "coverage that fails": ("coverage", "nowhere"),
    "map": ("map", f"{EXAMPLES}/monitoring-5000/broken"),
    "map of possible pods": ("map", f"{EXAMPLES}/helidon-and-or/or", "-u", "open"),
    "map of tiers": ("map", f"{EXAMPLES}/admin-tiers/good", "-u", "open"),
    "map that fails": ("map", "nowhere"),
    "explain": ("explain", f"{EXAMPLES}/wordpress-mysql/broken", MYSQL),
    "explain open": ("explain", f"{EXAMPLES}/wordpress-mysql/good", INTO, *IPBLOCKS),
    "explain that fails": ("explain", f"{EXAMPLES}/fleet", "a -> b"),
    "fleet": ("fleet", f"{EXAMPLES}/fleet/fleet.yaml"),
    "fleet that fails": ("fleet", "nowhere"),
}  # fmt: skip


@pytest.mark.parametrize("run", RUNS)
def test_what_a_run_writes_meets_the_schema_of_its_command(run: str) -> None:
    done = netpol(*RUNS[run], "-o", "json", cwd=ROOT)

    document = json.loads(done.stdout)
    assert mistakes(document) == []
    for place in {frozenset(each): each for each in objects_in(document)}.values():
        place["planted"] = 1
        assert mistakes(document) != [], "a field that the schema does not name is to be noticed wherever it is"
        del place["planted"]


HOWS = ("main", "main --terms head", "nowhere")
ODD = "---\napiVersion: example.org/v1\nkind: NetworkPolicy\nmetadata: {name: odd}\n"


def test_what_a_gate_writes_meets_its_schema(tmp_path: Path) -> None:
    project = project_at(tmp_path)
    expires = "9999-12-31"
    other = CONFIG.replace("{manifests", "{switches: {ipblock_pods: never}, manifests")
    project.branch({"netpol.accept.yaml": ACCEPTED % (expires, expires)}, {"k8s/api.yaml": HOLE, "netpol.yaml": other})

    found = [json.loads(project.shell(f"netpol gate --base {how} -o json").stdout) for how in HOWS]
    assert [mistakes(document) for document in found] == [[]] * len(HOWS)
    assert [len(document["errors"]) for document in found] == [0, 0, 1]
    assert found[0]["otherTerms"] is not None
    assert found[0]["acceptances"]["used"]
    project.branch_again({"k8s/api.yaml": GOOD + ODD})
    assert mistakes(json.loads(project.shell("netpol gate --base main -o json --fail-on any").stdout)) == []


WARNED: dict[str, Callable[[str], tuple[str, ...]]] = {
    "check": lambda folder: ("check", folder),
    "diff": lambda folder: ("diff", folder, folder),
    "lint": lambda folder: ("lint", folder),
    "coverage": lambda folder: ("coverage", folder),
    "map": lambda folder: ("map", folder),
    "explain": lambda folder: ("explain", folder, "shop/a=b -> shop/app=api : TCP/80"),
}


@pytest.mark.parametrize("command", WARNED)
def test_warnings_stand_in_the_report_of_every_command(command: str, tmp_path: Path) -> None:
    (tmp_path / "k8s").mkdir()
    (tmp_path / "k8s" / "api.yaml").write_text(GOOD)
    (tmp_path / "k8s" / "kustomization.yaml").write_text("resources: [api.yaml]\nnamePrefix: a-\n")

    document = json.loads(
        netpol(*WARNED[command]("k8s"), "--exclude", "kustomization.yaml", "-o", "json", cwd=tmp_path).stdout
    )

    [warning] = document["warnings"]
    assert warning["origin"]["file"] == "k8s/kustomization.yaml"
    assert "kustomization" in warning["message"]
    assert mistakes(document) == []
