"""Plain YAML: what is read without a YAML parser has the value that the parser gives, or is left to it."""

import random
from collections.abc import Callable
from functools import partial
from itertools import islice

import pytest
import yaml
from hypothesis import example as an_example
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.generate import Plain
from benchmarks.profiles import PROFILES
from benchmarks.write import text_of
from tests.generators.strategies import example
from verifier.errors import InputError
from verifier.manifests.documents import yamltext
from verifier.manifests.documents.plainyaml import PlainTexts
from verifier.manifests.kubernetes import collect, metadata, networkpolicy, selectors
from verifier.manifests.kubernetes import load as loading
from verifier.manifests.kubernetes.fields import Field, Report
from verifier.manifests.kubernetes.load import Loaded, Options, load_text

KEYS = (
    "a",
    "spec",
    "app.kubernetes.io/name",
    "yes",
    "n",
    "null",
    "_x",
    "1",
    "-a",
    '"a"',
    "<<",
    "a b",
    "a:b",
    "x" * 300,
)
VALUES = (
    "a", "a b", "a  b", "::/0", ":a", ": a", ":", "1", "0777", "0x1F", "80.0", "1:30", "10.0.0.0/8", "yes", "null", "~",
    "", "a:b", "a: b", "a :b",
    "a#b", "a #b", "-1", "- 1", "a - b", '"a"', '"a: #"', '"a\\n"', '"a', "'a'", "'it''s'", "'", "{}", "[]", "{ }",
    "[a]", "[a, b]", "[a,b]", "[on]", "[a,]", "{a: b}", "|", ">-", "&x a", "*x", "!!str 1", "@a", "%a", "a ",
    "a\t", "é",
    "a{b}", "a,b", "a]", "...", ".5", ".inf", "http://a.b/c?d=e&f", "x" * 2000,
)  # fmt: skip
WHOLE = ("", "  ", "# a", "  # a: b", "---", "--- a", "...", "%YAML 1.1", "\t", "- ", "-", "?", "- - a", "a", '"', "}")
LINES = st.one_of(
    st.builds(
        lambda indent, dash, key, gap, value: f"{'  ' * indent}{dash}{key}:{gap}{value}",
        st.integers(0, 3),
        st.sampled_from(("", "", "", "- ", "-  ")),
        st.sampled_from((*("b", "c", "d", "e") * 4, *KEYS)),
        st.sampled_from((" ", " ", " ", "  ", "")),
        st.sampled_from((*("",) * len(VALUES), *("x", "y") * 20, *VALUES)),
    ),
    st.builds(
        lambda indent, value: f"{' ' * indent}- {value}",
        st.integers(0, 6),
        st.sampled_from((*("x", "y") * 20, *VALUES)),
    ),
    st.builds(lambda indent, text: f"{' ' * indent}{text}", st.integers(0, 3), st.sampled_from(WHOLE)),
)
TEXTS = st.builds(
    lambda head, lines, end: head + "\n".join(lines) + end,
    st.sampled_from(("", "", "---\n", "--- \n", "# a\n", "\n")),
    st.lists(LINES, min_size=1, max_size=7),
    st.sampled_from(("\n", "", "\n\n", "\n...\n", "\n# a\n", "\n# é\n")),
)


def parsed(text: str) -> object:
    """The value of the only document of `text`, as libyaml and the builder give it."""
    (node,) = yamltext.compose(text)
    assert node is not None
    value, repeated = yamltext.build(node, text)
    assert repeated == []
    return value


def same(text: str, plain: PlainTexts) -> bool:
    """True iff `text` was read; fails where it was read as something else than it is."""
    value = plain.read(text)
    if value is not None:
        assert repr(value) == repr(parsed(text))
    return value is not None


@given(st.lists(TEXTS, min_size=1, max_size=3))
@an_example(["a:\n- x\n", "a:\n  - x\n", "b:\n- a:\n  - x\n"])
@an_example(["a:\n  b: x\n", "- a:\n    b: x\n", "a:\n   b: x\n  c: y\n"])
def test_what_is_read_has_the_value_that_the_parser_gives(texts: list[str]) -> None:
    plain = PlainTexts()

    for text in texts:
        same(text, plain)


@given(st.text("ab:- \n#\"'[]{}|,&*!é", max_size=40))
def test_any_text_has_the_value_that_the_parser_gives_or_is_left_to_it(text: str) -> None:
    same(text, PlainTexts())


@pytest.mark.parametrize("value", VALUES)
def test_each_value_is_that_of_the_parser_or_is_left_to_it(value: str) -> None:
    same(f"a:\n  b: {value}\n  c: 1\n", PlainTexts())
    same(f"a:\n- {value}\n- 1\n", PlainTexts())


@pytest.mark.parametrize(
    "text",
    [
        "a: b\n  c: d\n", "a: b\n\n  c\n", "a: b\n  - c\n", "a: b\n- c\n", "a: |\n  b: c\n", "a: 'b\n  c: d'\n",
        'a: "b\n\n  c"\n',
        "a: [b,\n  c]\n", "a: &x\n  b: c\nd: *x\n", "a: 1\na: 2\n", "a:\n    b: 1\n  c: 2\n", "a:\n  - b\n- c\n",
        "a: b # c\n",
        "a:\n- b: 1\n   c: 2\n", "a:\n- b: 1\n c: 2\n", "a:\n- b\n  c\n", "a: 1\n...\nb: 2\n", "a: 1\n--- b\n",
        "<<:\n  a: 1\n",
        "yes: 1\n", "a:\t1\n", "a: \u00e9\n", "- a\n", "a\n", "# a\n", "", " a: 1\n", "? a\n: b\n",
        "a:\n-\n  b: 1\n", "a: b: c\n",
        "a:\n" + "".join(f"{' ' * n}a:\n" for n in range(1, 120)),
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_the_parser(text: str) -> None:
    assert PlainTexts().read(text) is None


@pytest.mark.parametrize("profile", sorted(PROFILES.keys() - {"C"}))  # whose label keys hold colons, for the parser
def test_what_programs_write_is_read(profile: str) -> None:
    plain = PlainTexts()

    for _, made in islice(PROFILES[profile].make(random.Random(0)), 20):
        assert all(same(text_of([each]), plain) for each in made)


@pytest.mark.parametrize("seed", range(40))
def test_what_the_yaml_library_writes_is_read(seed: int) -> None:
    plain = PlainTexts()

    for manifest in example(seed).manifests:
        assert same(yaml.dump(manifest, Dumper=Plain, sort_keys=False), plain)
        same(yaml.dump(manifest, Dumper=Plain, default_flow_style=None), plain)


def test_equal_texts_are_read_once_and_only_with_equal_indentation() -> None:
    plain = PlainTexts()
    one = plain.read("name: a\nspec:\n  ports:\n  - port: 80\n")
    other = plain.read("---\nname: b\nspec:\n  ports:\n  - port: 80\n")
    deeper = plain.read("name: a\nspec:\n    ports:\n    - port: 80\n")

    assert one is not None
    assert other is not None
    assert deeper is not None
    assert one["spec"] is other["spec"]
    assert one["spec"] is not deeper["spec"]
    assert one["spec"] == deeper["spec"]


# Whole manifests


def outcome(text: str, options: Options) -> object:
    """All that loading `text` gives, positions included, in a form that can be compared."""
    try:
        loaded = load_text(text, "f.yaml", options)
    except InputError as error:
        return error.diagnostics
    return loaded.cluster, loaded.diagnostics, loaded.documents, loaded.passed_over, positions(loaded)


def positions(loaded: Loaded) -> list[str]:
    cluster = loaded.cluster
    policies = cluster.policies
    rungs = [r for p in (policies.ingress, policies.egress) for s in p.stages for b in s.blocks() for r in b.rungs]
    citations = [*policies.objects, *(r.citation for r in rungs)]
    origins = [each.origin for each in (*citations, *cluster.workloads, *cluster.namespaces)]
    return [str(origin.position) for origin in origins if origin is not None]


TYPOS = (
    ("spec:", "spce:"), ("port: ", "prot: "), ("port: ", "port: 9"), ("TCP", "TPC"), ("name: ", "name: -"),
    ("name: ", "#"),
    ("/", "/9"), ("matchLabels", "matchLabel"), ("from:", "form:"), ("- ", "-"), (": ", ":"), ("  ", " "), ("\n",
    "\n\n"),
    ("metadata", "metaData"), ("kind: ", "kind: X"), ("\n", "\n# a\n"), ("podSelector", "podSelecter"), ("In", "Gt"),
    ("labels:", "labels: {}"), ("namespace: ", "namespace: A"), ("Ingress", "ingress"), ("ports:", "ports: 1"),
    ("a", "{{a}}"),
)  # fmt: skip


@given(
    st.integers(0, 10**6), st.lists(st.tuples(st.sampled_from(TYPOS), st.integers(0, 40)), max_size=2), st.booleans()
)
def test_manifests_say_the_same_whoever_reads_them(
    seed: int, typos: list[tuple[tuple[str, str], int]], strict: bool
) -> None:
    manifests = example(seed).manifests
    text = yaml.dump_all([*manifests, *manifests[:1]], Dumper=Plain, sort_keys=False)
    for (right, wrong), number in typos:
        parts = text.split(right)
        at = 1 + number % max(1, len(parts) - 1)
        text = right.join(parts[:at]) + (wrong + right.join(parts[at:]) if len(parts) > 1 else "")
    options = Options(strict_fields=strict, strict_cidr=strict)

    quick = outcome(text, options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "PlainTexts", Parser)
        nothing_is_plain(patch)
        assert quick == outcome(text, options)


class Parser(PlainTexts):
    """Leaves everything to the parser."""

    def read(self, text: str) -> None:  # noqa: ARG002
        return None


def nothing_is_plain(patch: pytest.MonkeyPatch) -> None:
    """Has every value read by the readers that report what is wrong with it."""
    for module, name in (
        (networkpolicy, "_plain_port"),
        (networkpolicy, "_plain_peer"),
        (selectors, "_is_plain"),
        (collect, "plain_metadata"),
        (metadata, "plain_metadata"),
    ):
        patch.setattr(module, name, lambda *_, **__: None)


WORDS = (
    None,
    True,
    False,
    0,
    1,
    80,
    65535,
    65536,
    -1,
    80.0,
    80.5,
    "",
    "80",
    "a",
    "TCP",
    "tcp",
    "http",
    "-",
    [],
    {},
    ["a"],
)
CIDRS = (
    "10.0.0.0/8", "10.0.0.1/8", "10.0.0.1/32", "0.0.0.0/0", "256.0.0.0/8", "010.0.0.0/8", "10.0.0.0/08", "10.0.0.0/33",
    "10.0.0/8", "10.0.0.0", "10.0.0.0/8\n", " 10.0.0.0/8", "::/0", "::ffff:10.0.0.0/104", "1.2.3.4/31", "٣.0.0.0/8",
)  # fmt: skip
NAMES = (
    "a",
    "a-b",
    "a.b",
    "a..b",
    "A",
    "",
    "-a",
    "a\n",
    "a" * 63,
    "a" * 64,
    "a" * 254,
    "a/b",
    "x.y/z",
    "/a",
    "a/b/c",
    "a_b",
    "é",
)
ANY = st.sampled_from((*WORDS, *CIDRS, *NAMES))
SPECS = st.fixed_dictionaries(
    {},
    optional={
        "podSelector": st.one_of(
            ANY, st.dictionaries(st.just("matchLabels"), st.dictionaries(st.sampled_from(NAMES), ANY))
        ),
        "ingress": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "ports": st.lists(
                        st.one_of(ANY, st.dictionaries(st.sampled_from(("protocol", "port", "endPort", "prot")), ANY))
                    ),
                    "from": st.lists(
                        st.one_of(
                            ANY,
                            st.fixed_dictionaries({"ipBlock": st.fixed_dictionaries({"cidr": st.sampled_from(CIDRS)})}),
                            st.dictionaries(
                                st.sampled_from(("ipBlock", "podSelector")),
                                st.one_of(
                                    ANY, st.dictionaries(st.sampled_from(("cidr", "except", "matchLabels")), ANY)
                                ),
                            ),
                        )
                    ),
                },
            ),
            max_size=2,
        ),
    },
)


def read_twice(read: Callable[[Field], object], value: object) -> list[object]:
    """What is read, and what is wrong with it; the second time from memory, where something is remembered."""
    report = Report()
    return [[read(Field(value, ("spec",), report)) for _ in range(2)], report.problems]


@pytest.mark.parametrize("protocol", WORDS)
def test_ports_that_are_plainly_right_are_read_as_those_that_are_looked_at_closely(protocol: object) -> None:
    ports = [{"protocol": protocol, "port": port, "endPort": end} for port in WORDS for end in WORDS]
    quick = read_twice(networkpolicy.read_spec, {"ingress": [{"ports": ports}]})
    with pytest.MonkeyPatch.context() as patch:
        nothing_is_plain(patch)
        assert repr(quick) == repr(read_twice(networkpolicy.read_spec, {"ingress": [{"ports": ports}]}))


@given(SPECS)
def test_specs_that_are_plainly_right_are_read_as_those_that_are_looked_at_closely(spec: object) -> None:
    quick = read_twice(networkpolicy.read_spec, spec)
    with pytest.MonkeyPatch.context() as patch:
        nothing_is_plain(patch)
        assert repr(quick) == repr(read_twice(networkpolicy.read_spec, spec))


@given(
    st.dictionaries(
        st.sampled_from(("name", "namespace", "generateName", "labels", "annotations", "nmae")),
        st.one_of(ANY, st.dictionaries(st.sampled_from(("a", "A/b", "a.b/C", "helm.sh/hook")), st.sampled_from("b -"))),
    ),
    st.booleans(),
)
def test_metadata_that_is_plainly_right_is_read_as_that_which_is_looked_at_closely(
    value: dict[str, object], strict: bool
) -> None:
    read = partial(metadata.read_metadata, strict=strict)

    quick = read_twice(read, value)
    with pytest.MonkeyPatch.context() as patch:
        nothing_is_plain(patch)
        assert repr(quick) == repr(read_twice(read, value))
