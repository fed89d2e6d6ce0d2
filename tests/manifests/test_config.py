"""netpol.yaml and the environment."""

from pathlib import Path
from textwrap import dedent

import pytest

from verifier.errors import InputError
from verifier.manifests.specs.config import Config
from verifier.manifests.specs.findconfig import find_config, load_config
from verifier.version import version

HEAD = "apiVersion: netpol-verifier/v1\nkind: "


def write(folder: Path, *documents: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "netpol.yaml").write_text("---\n".join(HEAD + dedent(document) for document in documents))
    return folder


def load(folder: Path, **environment: str) -> Config:
    return load_config(None, folder, environment)


def faults(folder: Path, **environment: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(folder, **environment)
    return [str(d).replace("\nhint: ", " | ") for d in caught.value.diagnostics]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages name files relative to the working directory."""
    monkeypatch.chdir(tmp_path)


def test_without_a_file_and_without_variables_nothing_is_said(tmp_path: Path) -> None:
    assert load(tmp_path) == Config()


def test_all_documents_of_the_file_are_read(tmp_path: Path) -> None:
    write(
        tmp_path,
        """\
        Config
        spec:
          manifests: [k8s/, "main:k8s", "-"]
          namespace: shop
          profile: calico
          switches: {sctp: no}
          exclude: "*.tmp.yaml"
          skipUnknown: true
          output: [text, json=out/report.json]
          color: never
          timeout: 30
          rlimit: 1000
          limit: 5
        """,
        "Properties\nspec: {properties: [{name: a, only: {}}]}\n",
        "Universe\nmetadata: {name: production}\nspec: {nodes: true}\n",
        "Properties\nspec: {properties: [{name: b, only: {}}]}\n",
    )

    config = load(tmp_path)

    assert config.manifests == ("k8s", "main:k8s", "-")
    assert config.namespace == "shop"
    assert config.profile == "calico"
    assert config.switches == {"sctp": "no"}
    assert config.exclude == ("*.tmp.yaml",)
    assert config.skip_unknown is True
    assert config.output == ("text", "json=out/report.json")
    assert (config.color, config.timeout, config.rlimit, config.limit) == ("never", 30, 1000, 5)
    assert [property_.name for property_ in config.properties] == ["a", "b"]
    assert config.universe is None
    assert config.universe_spec is not None
    assert config.universe_spec.name == "production"
    assert config.file == "netpol.yaml"


def test_it_is_found_upwards_as_far_as_the_root_of_the_work_tree(tmp_path: Path) -> None:
    write(tmp_path, "Config\nspec: {namespace: outside}\n")
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    deep = tmp_path / "repo" / "a" / "b"
    deep.mkdir(parents=True)

    assert find_config(deep) is None
    assert find_config(tmp_path) == "netpol.yaml"

    write(tmp_path / "repo", "Config\nspec: {namespace: root}\n")
    assert load(deep).namespace == "root"

    write(tmp_path / "repo" / "a", "Config\nspec: {namespace: nearer}\n")
    assert load(deep).namespace == "nearer"


def test_outside_a_work_tree_only_the_directory_itself_is_looked_at(tmp_path: Path) -> None:
    write(tmp_path, "Config\nspec: {namespace: above}\n")
    (tmp_path / "sub").mkdir()

    assert find_config(tmp_path / "sub") is None


def test_a_named_file_is_read_instead(tmp_path: Path) -> None:
    write(tmp_path, "Config\nspec: {namespace: found}\n")
    write(tmp_path / "other", "Config\nspec: {namespace: named}\n")

    assert load_config("other/netpol.yaml", tmp_path, {}).namespace == "named"
    assert load(tmp_path, NETPOL_CONFIG="other/netpol.yaml").namespace == "named"


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    write(
        tmp_path / "conf",
        "Config\nspec: {manifests: k8s, universe: universes/prod.yaml, output: [json=out.json, text]}\n",
    )

    config = load_config("conf/netpol.yaml", tmp_path, {})

    assert config.manifests == ("conf/k8s",)
    assert config.universe == "conf/universes/prod.yaml"
    assert config.output == ("json=conf/out.json", "text")


def test_a_universe_with_a_name_of_its_own_is_no_path(tmp_path: Path) -> None:
    write(tmp_path / "conf", "Config\nspec: {universe: inventory}\n")

    assert load_config("conf/netpol.yaml", tmp_path, {}).universe == "inventory"


def test_the_environment_beats_the_file(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Config\nspec: {namespace: file, timeout: 5, switches: {sctp: no, host_network: as_pod}}\n",
        "Universe\nmetadata: {name: production}\nspec: {}\n",
    )

    config = load(
        tmp_path,
        NETPOL_UNIVERSE="inventory",
        NETPOL_NAMESPACE="shop",
        NETPOL_PROFILE="cilium",
        NETPOL_SET="sctp=yes, endport=no",
        NETPOL_EXCLUDE="a/*, b",
        NETPOL_SKIP_UNKNOWN="1",
        NETPOL_OUTPUT="json=out.json",
        NETPOL_COLOR="always",
        NETPOL_TIMEOUT="2.5",
        NETPOL_RLIMIT="7",
        NETPOL_LIMIT="8",
    )

    assert config.universe == "inventory"
    assert (config.namespace, config.profile) == ("shop", "cilium")
    assert config.switches == {"sctp": "yes", "endport": "no", "host_network": "as_pod"}
    assert config.exclude == ("a/*", "b")
    assert config.skip_unknown is True
    assert config.output == ("json=out.json",)
    assert (config.color, config.timeout, config.rlimit, config.limit) == ("always", 2.5, 7, 8)


def test_an_empty_variable_and_an_unknown_one_say_nothing(tmp_path: Path) -> None:
    assert load(tmp_path, NETPOL_TIMEOUT="", NETPOL_SOMETHING="x") == Config()


def test_the_universe_of_the_file_may_be_called_by_its_name(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Config\nspec: {universe: production}\n",
        "Universe\nmetadata: {name: production}\nspec: {nodes: true}\n",
    )

    for config in (load(tmp_path), load(tmp_path, NETPOL_UNIVERSE="production")):
        assert config.universe is None
        assert config.universe_spec is not None


def test_all_mistakes_of_the_file_are_listed(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Config\nspec: {manifest: k8s, profile: calcio, timeout: 0, limit: 0, output: []}\n",
        "Properties\nspec: {properties: [{name: a, only: {}}, {name: a, only: {}}]}\n",
        "Universe\nspec: {node: true}\n",
        "Config\nspec: {color: red}\n",
        "Cofnig\n",
    )

    assert faults(tmp_path) == [
        "netpol.yaml:3:8: unknown field `manifest` | did you mean `manifests`?",
        "netpol.yaml:3:32: unknown profile `calcio` | did you mean `calico`?",
        "netpol.yaml:3:49: a time limit must be more than 0 seconds",
        "netpol.yaml:3:59: a limit must be at least 1, not 0",
        "netpol.yaml:3:70: `output` is an empty list | list at least one",
        "netpol.yaml:11:8: unknown field `node` | did you mean `nodes`?",
        "netpol.yaml:14:7: a second document of kind Config in one file",
        "netpol.yaml:15:15: unknown color `red` | one of auto, always, never",
        "netpol.yaml:18:7: unknown kind `Cofnig` | did you mean `Config`?",
        "netpol.yaml:7:49: a second property named `a` | the first one is at netpol.yaml:7:28",
    ]


def test_a_universe_beside_another_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "Config\nspec: {universe: inventory}\n", "Universe\nmetadata: {name: production}\nspec: {}\n")

    assert faults(tmp_path) == [
        (
            "netpol.yaml:3:18: `universe: inventory` beside a document of kind Universe named `production` "
            "| keep one of the two"
        )
    ]


def test_what_is_not_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "netpol.yaml").write_text("apiVersion: v1\nkind: Namespace\n")

    (message,) = faults(tmp_path)
    assert message.startswith("netpol.yaml:1:13: not a document of netpol-verifier | it begins with ")


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        ("NETPOL_TIMEOUT", "soon", "`soon` is no number"),
        ("NETPOL_TIMEOUT", "-1", "a time limit must be more than 0 seconds"),
        ("NETPOL_TIMEOUT", "nan", "a time limit must be more than 0 seconds"),
        ("NETPOL_LIMIT", "1.5", "`1.5` is no whole number"),
        ("NETPOL_RLIMIT", "0", "a limit must be at least 1, not 0"),
        ("NETPOL_COLOR", "red", "unknown color `red` | one of auto, always, never"),
        ("NETPOL_PROFILE", "celium", "unknown profile `celium` | did you mean `cilium`?"),
        (
            "NETPOL_NAMESPACE",
            "Shop",
            "invalid namespace name `Shop` | at most 63 of a-z, 0-9 and `-`, the first and last no `-`",
        ),
        ("NETPOL_SKIP_UNKNOWN", "maybe", "`maybe` is neither true nor false"),
        ("NETPOL_SET", "sctp", "`sctp` is not of the form SWITCH=VALUE,SWITCH=VALUE"),
        ("NETPOL_SET", "sctp=maybe", "switch `sctp` cannot be the string `maybe` | one of yes, no, open"),
    ],
)
def test_a_faulty_variable_is_named(tmp_path: Path, variable: str, text: str, message: str) -> None:
    assert faults(tmp_path, **{variable: text}) == [f"{variable}: {message}"]


def test_a_file_may_want_a_later_version(tmp_path: Path) -> None:
    """Said alone: what else is unknown may be what the later version knows."""
    write(tmp_path, 'Config\nspec: {minVersion: "999.1", foresight: true}\n')

    [fault] = faults(tmp_path)

    assert fault == (
        f"netpol.yaml:3:20: this is netpol {version()}, and 999.1 or later is wanted | install a later version"
    )


def test_a_version_that_is_there_is_enough(tmp_path: Path) -> None:
    write(tmp_path, f'Config\nspec: {{minVersion: "{version()}", namespace: shop}}\n')

    assert load(tmp_path).namespace == "shop"


@pytest.mark.parametrize("wanted", ["'1.2.3.4'", "'1.x'", "'>=1'", "''", "1.2"])
def test_what_is_no_version_is_refused(tmp_path: Path, wanted: str) -> None:
    write(tmp_path, f"Config\nspec: {{minVersion: {wanted}}}\n")

    [fault] = faults(tmp_path)

    assert "is no version" in fault or "must be a string, not the number 1.2" in fault
