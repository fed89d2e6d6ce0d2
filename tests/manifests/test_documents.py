"""Reading documents: syntax, limits, repeated keys, templates, positions."""

import json
import pathlib
import pickle
from collections.abc import Iterator
from itertools import pairwise

import pytest

from verifier.errors import Diagnostic, InputError, Severity
from verifier.ir.origin import Path
from verifier.manifests.documents import yamltext
from verifier.manifests.documents.document import Document, documents, read_documents
from verifier.manifests.documents.source import Source


def read(text: str, name: str = "f.yaml") -> list[Document]:
    return read_documents(Source.text_of(name, text))


def values(text: str) -> list[object]:
    return [document.value for document in read(text)]


def mistake(text: str, name: str = "f.yaml") -> Diagnostic:
    with pytest.raises(InputError) as caught:
        read(text, name)
    (only,) = caught.value.diagnostics
    return only


def test_documents_are_taken_apart_at_the_separator() -> None:
    assert values("a: 1\n---\n# nothing\n---\nb: 2\n--- # more\nc: 3\n") == [{"a": 1}, {"b": 2}, {"c": 3}]


def test_a_separator_inside_text_separates_nothing() -> None:
    assert values("a: |\n  x\n  ---\n  y\n") == [{"a": "x\n---\ny\n"}]


def test_document_ends_are_understood() -> None:
    assert values("---\na: 1\n...\n# nothing\n---\nb: 2\n") == [{"a": 1}, {"b": 2}]


def test_byte_order_mark_and_windows_line_ends_are_understood() -> None:
    source = Source.of("f.yaml", b"\xef\xbb\xbfa: 1\r\nb:\r\n  c: 2\r\n")

    (document,) = read_documents(source)

    assert document.value == {"a": 1, "b": {"c": 2}}
    assert str(document.locate(("b", "c"))) == "f.yaml:3:6"


def test_a_byte_order_mark_in_a_concatenated_file_is_understood() -> None:
    assert values("a: 1\n--- # more\n\ufeffb: 2\nc: 3\n") == [{"a": 1}, {"b": 2, "c": 3}]


def test_a_line_break_that_only_yaml_knows_does_no_harm() -> None:
    (document,) = read("# one\x85# two\x85# three\na:\n  b: 1\n")

    assert document.locate(("a", "b")).column == 6
    assert document.locate(()).column == 1


def test_kyaml_flow_style_with_trailing_commas_is_understood() -> None:
    assert values('---\n{\n  kind: "NetworkPolicy",\n  list: [1, 2,],\n}\n') == [
        {"kind": "NetworkPolicy", "list": [1, 2]}
    ]


def test_json_is_understood_also_several_values_in_a_row() -> None:
    assert values('{"a": [1, 2.5, true, null]}\n{"b": "\\u00e4"}') == [{"a": [1, 2.5, True, None]}, {"b": "ä"}]


def test_equal_parts_of_json_are_one_object_and_only_those() -> None:
    text = '[{"a": {"b": [1, "x"]}}, {"c": {"b": [1, "x"]}, "d": [{"b": [1, "x"]}]}]'
    [found] = read(text, "f.json")
    first, second = found.value  # type: ignore[misc]

    assert first["a"] is second["c"] is second["d"][0]

    apart = '{"a": {"v": 1}, "b": {"v": true}, "c": {"v": 1.0}, "d": {"v": "1"}, "e": {"v": null}, "f": {"v": -0.0}}'
    for one in (apart, apart.replace('{"v": ', "[").replace("},", "],").replace("}}", "]}")):
        [found] = read(one, "f.json")
        assert len({id(value) for value in found.value.values()}) == 6  # type: ignore[attr-defined]
        assert found.value == json.loads(one)
        assert [repr(each) for each in found.value.values()] == [repr(each) for each in json.loads(one).values()]  # type: ignore[attr-defined]


def test_flow_style_yaml_that_starts_like_json_is_understood() -> None:
    assert values("{a: 1, b: [x,]}\n---\nc: 2\n") == [{"a": 1, "b": ["x"]}, {"c": 2}]


def test_anchors_and_aliases_stand_for_their_value() -> None:
    assert values("a: &x {k: 1}\nb: *x\n") == [{"a": {"k": 1}, "b": {"k": 1}}]


def test_merges_are_taken_in_as_kubectl_does() -> None:
    """What comes later in the text wins, an explicit field as well as a merge; of a list of merges the first wins."""
    text = "a: &a {x: 1, z: 1}\nb: &b {x: 2}\nc: {<<: *a, x: 9}\nd: {x: 9, <<: *a}\ne: {<<: [*a, *b]}\nf: {'<<': 1}\n"

    (value,) = values(text)

    assert isinstance(value, dict)
    assert value["c"] == {"x": 9, "z": 1}
    assert value["d"] == {"x": 1, "z": 1}
    assert value["e"] == {"x": 1, "z": 1}
    assert value["f"] == {"<<": 1}


def test_a_merge_that_is_overridden_is_no_repeated_key() -> None:
    assert values("a: &a {x: 1}\nb:\n  <<: *a\n  x: 2\n") == [{"a": {"x": 1}, "b": {"x": 2}}]


def test_text_of_all_styles_stays_text() -> None:
    assert values("a: 'yes'\nb: \"1\"\nc: |\n  on\nd: >-\n  5\n") == [{"a": "yes", "b": "1", "c": "on\n", "d": "5"}]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: [\n", (2, 1), "did not find expected"),
        ("a:\n\tb: 1\n", (2, 1), "a tab where YAML wants blanks"),
        ("a: 1\nb: x: y\n", (2, 5), "mapping values are not allowed"),
        ("a: \x07\n", (1, 4), "control character"),
        ("? [a]\n: 1\n", (1, 3), "name of a field"),
        ("~: 1\n", (1, 1), "without a name"),
        ("a: !!int yes\n", (1, 4), "`yes` is no `!!int`"),
        ("a: {<<: 5}\n", (1, 9), "`<<` takes a mapping"),
        ("a: &a [*a]\n", (1, 4), "inside the value it stands for"),
        ("a: *nobody\n", (1, 4), "undefined alias"),
    ],
)
def test_broken_yaml_is_refused_with_its_place(text: str, place: tuple[int, int], words: str) -> None:
    found = mistake(text)

    assert (found.file, found.line, found.column) == ("f.yaml", *place)
    assert words in found.message


def test_broken_json_is_refused_in_json_s_words() -> None:
    found = mistake('{"a": 1,\n "b" 2}', "f.json")

    assert (found.code, found.line, found.column) == ("json", 2, 6)


def test_every_broken_document_of_a_file_is_listed() -> None:
    found, mistakes = documents(Source.text_of("f.yaml", "a: ]\n---\nb: 1\n---\nc: ]\n"))

    assert [document.value for document in found] == [{"b": 1}]
    assert [m.line for m in mistakes] == [1, 5]


def test_aliases_that_expand_without_end_are_refused() -> None:
    names = "abcdefgh"
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]" for old, new in pairwise(names)]

    assert "aliases expand" in mistake("\n".join(lines)).message


def test_a_large_document_that_merely_has_an_ampersand_is_read() -> None:
    assert len(values("u: a&b\nl: [" + "1," * (yamltext.MAX_EXPANDED + 10) + "]\n")) == 1


@pytest.mark.parametrize(
    "text", ["[" * 300_000, "- " * 300_000, "a: " + "[" * 300 + "]" * 300, "[" * 100_000 + "]" * 100_000]
)
def test_deep_nesting_is_refused(text: str) -> None:
    assert "nested" in mistake(text).message


def test_a_repeated_key_is_refused_at_its_second_place() -> None:
    found = mistake("spec:\n  rule:\n    from: 1\n    ports: 2\n    from: 3\n")

    assert (found.code, found.line, found.column) == ("duplicate-key", 5, 5)
    assert "`from`" in found.message


def test_a_key_repeated_in_what_stands_twice_itself_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        read("a: {b: 1, b: 2}\na: [x]\n")

    assert [d.message for d in caught.value.diagnostics] == [
        "`b` stands twice in one mapping",
        "`a` stands twice in one mapping",
    ]


def test_a_repeated_key_is_refused_in_json() -> None:
    found = mistake('{"a": {"x": 1,\n "x": 2}}')

    assert (found.code, found.line, found.column) == ("duplicate-key", 2, 2)


def test_a_repeated_key_that_yaml_spells_in_two_ways_is_refused() -> None:
    assert mistake('"1": a\n1: b\n').code == "duplicate-key"


def test_of_repeated_keys_the_last_wins_where_fields_are_dropped() -> None:
    found, mistakes = documents(Source.text_of("f.yaml", "a: 1\na: 2\n"), strict=False)

    assert found[0].value == {"a": 2}
    assert [m.severity for m in mistakes] == [Severity.WARNING]


def test_a_missing_separator_is_recognised() -> None:
    found = mistake("apiVersion: v1\nkind: A\nmetadata: {}\napiVersion: v1\nkind: B\nmetadata: {}\n")

    assert (found.code, found.line) == ("missing-separator", 4)
    assert "`---`" in str(found.hint)
    assert "line 4" in str(found.hint)


@pytest.mark.parametrize(
    "text",
    [
        "name: {{ .Values.name }}\n",
        "{{- if .Values.on }}\nname: x\n{{- end }}\n",
        'metadata:\n  labels:\n    {{- include "x" . | nindent 4 }}\n  name: x\n',
    ],
)
def test_a_template_is_called_one(text: str) -> None:
    found = mistake(text)

    assert found.code == "template"
    assert "helm template" in str(found.hint)


def test_a_template_in_text_does_not_excuse_a_mistake_elsewhere() -> None:
    assert mistake("script: |\n  {{ x }}\nlist: ]\n").code == "yaml"


def test_a_template_in_text_is_no_mistake() -> None:
    assert values("script: '{{ x }}'\n") == [{"script": "{{ x }}"}]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"a: \xff\n", "not UTF-8"),
        (b"a: 1\nb: \x00\n", "NUL"),
        ("a: 1\n".encode("utf-16"), "UTF-16"),
        ("a: 1\n".encode("utf-16-le"), "UTF-16"),
        ("a: 1\n".encode("utf-16-be"), "UTF-16"),
    ],
)
def test_what_is_no_utf8_text_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Source.of("f.yaml", data)


def test_the_place_of_a_bad_byte_is_given() -> None:
    with pytest.raises(InputError) as caught:
        Source.of("f.yaml", b"a: 1\nb: x\xff\n")

    assert (caught.value.diagnostics[0].line, caught.value.diagnostics[0].column) == (2, 5)


TEXT = """\
# a comment
---
kind: First
---

spec:
  ingress:
  - from:
    - podSelector: {}   # a comment

    - script: |
        foo

  # the end
  name: x
"""


@pytest.mark.parametrize(
    ("path", "start", "end"),
    [
        (("spec",), (7, 3), (15, 10)),
        (("spec", "ingress", 0), (8, 5), (12, 12)),
        (("spec", "ingress", 0, "from", 0), (9, 7), (9, 22)),
        (("spec", "ingress", 0, "from", 1), (11, 7), (12, 12)),
        (("spec", "name"), (15, 9), (15, 10)),
        (("spec", "nowhere", 5), (7, 3), (15, 10)),
    ],
)
def test_values_are_located_in_the_file(path: tuple[str | int, ...], start: object, end: object) -> None:
    place = read(TEXT)[1].locate(path)

    assert (place.file, (place.line, place.column), (place.end_line, place.end_column)) == ("f.yaml", start, end)


def test_keys_are_located_too() -> None:
    assert str(read(TEXT)[1].locate_key(("spec", "ingress"))) == "f.yaml:7:3"


def test_values_of_json_are_located() -> None:
    first, second = read('{"a": [1, {"b\\"": "x"}]}\n {"c": {}}', "f.json")

    assert str(first.locate(("a", 1, 'b"'))) == "f.json:1:19"
    assert str(first.locate_key(("a", 1, 'b"'))) == "f.json:1:12"
    assert str(second.locate(("c",))) == "f.json:2:8"
    assert second.locate(("c",)).end_column == 10


def test_a_merged_value_is_located_where_it_is_written() -> None:
    (document,) = read("a: &a\n  x: 1\nb:\n  <<: *a\n  y: 2\n")

    assert str(document.locate(("b", "x"))) == "f.yaml:2:6"


def test_an_excerpt_is_clipped_to_the_file() -> None:
    assert read(TEXT)[1].excerpt(14, 99) == [(14, "  # the end"), (15, "  name: x")]


def test_the_pure_python_loader_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: &a {x: 'yes', y: on}\nb: {<<: *a, z: [1, ~]}\n---\nc: |\n  text\n"
    fast = values(text)
    monkeypatch.setattr(yamltext, "_Loader", yamltext._PureLoader)

    assert values(text) == fast
    assert mistake("a: [\n").code == "yaml"


def test_numbers_of_thousands_of_digits_are_read_alike_in_json_and_yaml() -> None:
    digits = "9" * 5000

    assert [d.value for d in read(f'{{"a": {digits}}}', "f.json")] == [d.value for d in read(f"a: {digits}")]


DEEP = {
    "lists": "- " * 30_000 + "x",
    "lists below a complex key": "? [a]\n: " + "- " * 30_000 + "x",
    "complex keys": "? " * 30_000 + "x",
    "brackets": "[" * 30_000 + "]" * 30_000,
    "brackets that seem to close again": '["]",' * 30_000,
    "brackets that comments seem to close": "[#]\n" * 30_000,
    "single pairs": "[a: " * 30_000,
    "a staircase": "\n".join(" " * i + "-" for i in range(3000)),
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_what_nests_too_deeply_never_reaches_the_composer_which_would_crash(text: str) -> None:
    assert mistake(text).message == "nested too deeply"


def test_very_many_collections_that_do_not_nest_are_fine() -> None:
    [document] = read(f"[{'[a], {b: c}, ' * 3000}]")

    assert document.value == [["a"], {"b": "c"}] * 3000


def test_a_long_line_of_dashes_is_no_depth() -> None:
    [document] = read(f"# {'-' * 3000}\na: |\n  {'- ' * 3000}\nb: {' ' * 3000}c\n")

    assert document.value == {"a": "- " * 3000 + "\n", "b": "c"}


MANY = 20_000


@pytest.mark.parametrize("name", ["f.yaml", "f.json"])
def test_tens_of_thousands_of_mistakes_in_one_mapping_are_all_found_and_quickly_enough_to_be_run(name: str) -> None:
    """A search through the mapping for each of them would take most of an hour."""
    fields = ", ".join(f'"k{n}": 1, "k{n}": 2' for n in range(MANY))

    _, mistakes = documents(Source.text_of(name, f"{{{fields}}}"))

    assert [m.code for m in mistakes] == ["duplicate-key"] * MANY
    assert mistakes[-1].column == fields.rindex('"k') + 2


def paths(value: object, path: Path = ()) -> Iterator[Path]:
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from paths(item, (*path, index))


TRAVELLERS = [
    *(path.read_text("utf-8") for path in sorted((pathlib.Path(__file__).parent.parent / "cases").glob("*.yaml"))),
    "".join(f"# {n}\n---\na: {n}\nb:\n- c: [{n}, ä]\n" for n in range(60)),
    '{"a": 1}\n{"b": [1,\n 2]}\n' * 30,
    '\n\n{"kind": "List", "items": [{"a": {"b": "ü"}},\n{"c": 1}]}\n',
    "a: 1",
    "---\na: &x [1, 2]\nb: *x\n...\n---\nc: |\n  d\n\n  e\n\n\n\n\n\n\n\n\n\n\n\n\n",
]


@pytest.mark.parametrize("text", TRAVELLERS, ids=lambda text: text[:40].partition("\n")[0])
def test_a_document_that_travelled_knows_its_places_and_shows_the_lines_around_them(text: str) -> None:
    found, _ = documents(Source.text_of("f.yaml", text))
    for document in found:
        other: Document = pickle.loads(pickle.dumps(document))
        again: Document = pickle.loads(pickle.dumps(other))
        for path in paths(document.value):
            place = document.locate(path)
            assert other.locate(path) == again.locate(path) == place
            assert other.locate_key(path) == document.locate_key(path)
            shown = document.excerpt(place.line - 4, place.end_line + 4)
            assert other.excerpt(place.line - 4, place.end_line + 4) == shown
            assert again.excerpt(place.line - 4, place.end_line + 4) == shown


def test_a_document_travels_without_the_rest_of_its_file() -> None:
    found, _ = documents(Source.text_of("f.yaml", "".join(f"---\na{n}: {'x' * 100}\n" for n in range(1000))))

    assert len(pickle.dumps(found[500])) < 5000
