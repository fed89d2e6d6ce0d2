"""No text from outside gives a command to whoever reads a log."""

import json
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.report.words.paint import Paint
from verifier.report.words.steering import heard_by_nobody, in_json, in_xml, unhashed

PIECES = ("#", "##", "[", "::", ":", "vso", "group", "]", " ", "\t", "\n", "\u00a0", "\x1b[1m", "\\", '"', "&", "<")
pieces = st.lists(st.sampled_from(PIECES)).map("".join)


def is_heard(text: str) -> bool:
    """True iff a runner of GitHub, Azure or TeamCity finds a command in one of the lines."""
    bare = re.sub("\x1b\\[[0-9;]*m", "", text)
    lines = [*text.split("\n"), *bare.split("\n")]
    return any(line.strip().startswith("::") or re.search(r"##\w*\[", line) for line in lines)


@given(pieces)
def test_no_line_is_a_command(text: str) -> None:
    assert not is_heard(heard_by_nobody(text))


@given(pieces)
def test_what_is_no_command_stays(text: str) -> None:
    assert is_heard(text) or heard_by_nobody(text) == text


@given(pieces)
def test_json_without_commands_means_the_same(text: str) -> None:
    written = in_json(json.dumps({text: [text]}, indent=2, ensure_ascii=False))

    assert not is_heard(written)
    assert json.loads(written) == {text: [text]}


@given(pieces)
def test_xml_without_commands_means_the_same(text: str) -> None:
    root = ElementTree.Element("a", name=text)
    root.text = text.replace("\x1b", "")
    root.set("name", text.replace("\x1b", ""))
    plain = ElementTree.tostring(root, encoding="unicode")
    written = in_xml(plain)

    assert not is_heard(written)
    read, expected = ElementTree.fromstring(written), ElementTree.fromstring(plain)
    assert (read.text, read.attrib) == (expected.text, expected.attrib)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::stop-commands::x.yaml:1:1: no", "\\x3a:stop-commands::x.yaml:1:1: no"),
        (" \t::debug::x", " \t\\x3a:debug::x"),
        ("a\n::debug::x", "a\n\\x3a:debug::x"),
        ("e ##[add-mask]e.yaml", "e #\\x23[add-mask]e.yaml"),
        ("###vso[task.complete]", "##\\x23vso[task.complete]"),
        ("2001:db8::1 -> a::b", "2001:db8::1 -> a::b"),
        ("## heading [x]", "## heading [x]"),
    ],
)
def test_a_command_is_broken_where_all_can_see_it(text: str, shown: str) -> None:
    assert heard_by_nobody(text) == shown


def test_a_command_is_broken_behind_the_codes_of_colours() -> None:
    assert "::" not in heard_by_nobody(Paint(True)("::debug::", "bold")).partition("debug")[0]
    assert unhashed(unhashed("##[x]")) == unhashed("##[x]")
