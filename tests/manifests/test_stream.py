"""A file is taken apart where kubectl does it: what a YAML parser would find besides is refused (L16)."""

import pytest

from verifier.errors import Diagnostic, InputError
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.load import Loaded, load_text
from verifier.manifests.specs.acceptances import read_acceptances


def policy(name: str) -> str:
    return (
        f"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: shop}}\n"
        "spec: {podSelector: {}}\n"
    )


ONE, TWO = policy("one"), policy("two")
JSON = '{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "%s"}}'
SEPARATOR = "begin each document with a line `---` of its own"


def names(loaded: Loaded) -> list[str]:
    return [citation.name for citation in loaded.cluster.policies.objects]


def read(text: str, name: str = "f.yaml") -> Loaded:
    return load_text(text, name)


def refusal(text: str) -> Diagnostic:
    with pytest.raises(InputError) as caught:
        load_text(text, "f.yaml")
    return caught.value.diagnostics[0]


@pytest.mark.parametrize(
    "between",
    ["---\n", "--- \n", "---\t\n", "--- # more\n", "---\r\n", "...\n---\n", "---\n# nothing\n---\n", "---\n\ufeff"],
)
def test_two_documents_that_kubectl_takes_apart_are_two(between: str) -> None:
    assert names(read(ONE + between + TWO)) == ["one", "two"]


@pytest.mark.parametrize("break_", ["\u2028", "\u2029", "\x85", "\r"])
def test_documents_between_which_only_a_yaml_parser_sees_a_line_break_are_refused(break_: str) -> None:
    found = refusal(f"{ONE}{break_}---{break_}{TWO}")

    assert (found.code, found.line, found.column) == ("line-break", 5, 1)


HIDDEN = {"\u2028": "U+2028", "\u2029": "U+2029", "\x85": "U+0085", "\r": "a lone carriage return"}


@pytest.mark.parametrize("break_", HIDDEN, ids=HIDDEN.values())
@pytest.mark.parametrize(
    ("old", "new"), [("apiVersion", "# quiet%sapiVersion"), ("name: one", "name: one, annotations: {a: 'b%sc'}")]
)
def test_a_hidden_line_break_in_a_document_that_counts_is_named(old: str, new: str, break_: str) -> None:
    found = refusal(ONE.replace(old, new % break_))

    assert found.message == f"{HIDDEN[break_]} breaks a line here, which kubectl and most editors do not see"


@pytest.mark.parametrize("break_", ["\u2028", "\x85", "\r"])
def test_a_hidden_line_break_in_what_does_not_count_is_nobodys_business(break_: str) -> None:
    settings = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n  a: |\n    x{break_}    y\n"

    assert names(read(f"{settings}---\n{ONE}")) == ["one"]


def test_a_line_separator_in_json_breaks_nothing() -> None:
    assert names(read(JSON % "a" + JSON.replace('"name"', '"annotations": {"a": "\u2028"}, "name"') % "b")) == [
        "a",
        "b",
    ]


@pytest.mark.parametrize(
    "separator", ["--- !!map", "--- {}", "---x", "----", "---#", "---\xa0", "---\x0c", "--- |", "---\u2028"]
)
def test_a_line_that_kubectl_does_not_take_for_a_separator_is_refused(separator: str) -> None:
    found = refusal(f"{ONE}{separator}\n{TWO}")

    assert (found.code, found.line, found.hint) == ("separator", 5, SEPARATOR)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"{ONE}...\n{TWO}", 6),
        (f"{JSON % 'a'}\n{TWO}", 2),
        (f"{JSON % 'a'} ---\n{TWO}", 1),
        (f"{JSON % 'a'}\n{JSON % 'b'}\n---\n{TWO}", 2),
        (f"[1]\n{JSON % 'a'}", 2),
        (" " * 5000 + JSON % "a" + JSON % "b", 1),
        ("\ufeff" + JSON % "a" + JSON % "b", 1),
    ],
)
def test_what_follows_without_a_separator_is_refused(text: str, line: int) -> None:
    found = refusal(text)

    assert (found.code, found.line, found.hint) == ("separator", line, SEPARATOR)


def test_json_may_go_on_as_yaml_as_it_does_for_kubectl() -> None:
    assert names(read(f"{JSON % 'a'}\n---\n{TWO}")) == ["a", "two"]
    assert names(read(f"{JSON % 'a'} # one\n---\n{JSON % 'b'}\n")) == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "line"), [("---\n...\n" + ONE, 3), ("# a\n...\n---\n" + ONE, 2), (f"{ONE}---\n\n...\n", 7)]
)
def test_an_end_without_a_document_is_refused(text: str, line: int) -> None:
    assert refusal(text).line == line


def test_a_directive_is_refused_as_by_kubectl() -> None:
    found = refusal(f"%YAML 1.1\n---\n{ONE}")

    assert (found.message, found.hint) == ("a YAML directive, which kubectl refuses", "remove the line")


@pytest.mark.parametrize("blank", ["\xa0", "\u2028", "\x0c", "\u3000"])
def test_what_is_blank_to_kubectl_only_is_refused_in_front_of_json(blank: str) -> None:
    assert refusal(blank + JSON % "a").message == f"U+{ord(blank):04X} in front of `{{`"
    assert refusal(f"{{kind: x}}\n---\n{JSON % 'a'}\u2029").code == "line-break"


@pytest.mark.parametrize(
    "text",
    [
        f"{ONE}\ufeff",
        ONE.replace("spec", "\ufeffspec"),
        f"{ONE}\ufeff---\n{TWO}",
        "---\n\ufeff" + ONE,
        "# a\n---\n---\n\ufeff" + ONE,
    ],
)
def test_a_byte_order_mark_inside_a_document_is_refused(text: str) -> None:
    assert refusal(text).message == "a byte order mark inside a document"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("name: one", 'name: one, annotations: {a: "\\/"}', "the escape `\\/`, which kubectl does not read"),
        ("name: one", "name: one, annotations: {a: b?c}", "a `?` without quotes between brackets"),
        ("name: one", "name: one, annotations: {a: !,}", "a tag that not every reader takes for one"),
        ("name: one", "name: one, annotations: {a: !x,}", "a tag that not every reader takes for one"),
        ("name: one", "name: one, annotations: {a: ! 1}", "a tag that not every reader takes for one"),
        ("name: one", "name: one, annotations: {a: .inf}", "a number that JSON does not have"),
        ("name: one", "name: one, annotations: {18446744073709551615: x}", "a number as the name of a field"),
        ("name: one", "name: one, annotations: {1e6: x}", "a number as the name of a field"),
        ("name: one", "name: one, !!merge <<: {}", "a tag in front of `<<`"),
    ],
)
def test_what_libyaml_reads_and_kubectl_does_not_is_refused(old: str, new: str, message: str) -> None:
    assert refusal(ONE.replace(old, new)).message.startswith(message)


@pytest.mark.parametrize(
    "written", ["'b?c'", "!!str b", "!local b", "!<tag:yaml.org,2002:str> b", "&a !!str b", "'\\/'", '"\\\\/"', "b!"]
)
def test_what_both_read_is_read(written: str) -> None:
    assert names(read(ONE.replace("name: one", f"name: one, annotations: {{a: {written}}}"))) == ["one"]


def test_aliases_that_kubectl_finds_excessive_are_refused() -> None:
    bomb = "x: &x [1]\n" + "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}' if n else '*x'] * 10)}]\n" for n in range(4))

    assert refusal(bomb + "---\n" + ONE).message == "its aliases expand to too many values"


def test_own_files_with_hidden_line_breaks_are_refused() -> None:
    head = "apiVersion: netpol-verifier/v1\nkind: Acceptances\nspec: {acceptances: []}\n"

    with pytest.raises(InputError, match="a lone carriage return breaks a line here"):
        read_acceptances(Source.text_of("a.yaml", f"# quiet\r{head}"))
    assert read_acceptances(Source.text_of("a.yaml", head.replace("\n", "\r\n"))) == ()


def test_every_document_of_concatenated_files_may_begin_with_a_byte_order_mark() -> None:
    assert names(read("---\n".join(f"\ufeff{text}" for text in (ONE, TWO, policy("x"))))) == ["one", "two", "x"]
    assert names(read("---\n".join(f"\ufeff# {n}\n" for n in range(9)) + f"---\n\ufeff{ONE}")) == ["one"]
