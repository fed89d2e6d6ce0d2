"""The scalar rules, held against a table that kubectl 1.32 itself gave (`kubectl annotate --local -f - -o json`)."""

import math

import pytest

from verifier.manifests.documents import scalars

OBSERVED = {
    "yes": True, "y": True, "Y": True, "on": True, "ON": True, "True": True, "TRUE": True, "tRue": "tRue",
    "no": False, "N": False, "Off": False, "false": False,
    "~": None, "null": None, "NULL": None, "": None, "nUll": "nUll",
    "0777": 511, "0o777": 511, "0O17": 15, "00": 0, "0_7": 7, "-0777": -511, "-0o17": -15, "0o8": "0o8",
    "0o-7": "0o-7",
    "08": 8, "0x1F": 31, "+0x1F": 31, "-0x1F": -31, "0x_1": 1, "0xg": "0xg", "0x": "0x",
    "0b101": 5, "-0b101": -5, "0b1_0": 2, "0b2": "0b2", "0b": "0b",
    "1_000": 1000, "1_": 1, "1__0": 10, "_1": "_1", "1,000": "1,000", "+1": 1, "-0": 0, "--1": "--1",
    "1:30": "1:30", "1:30:00": "1:30:00", "2001-01-01": "2001-01-01", "2001-01-01T00:00:00Z": "2001-01-01T00:00:00Z",
    "1.0": 1, "80.0": 80, "1.": 1, ".5": 0.5, "0.1": 0.1, "0.1_0": 0.1, "1_000.5": 1000.5, "+1.5": 1.5,
    "1e3": 1000, "8e1": 80, "1e-7": 1e-7, "1e21": 1e21, "1E400": "1E400", "1e": "1e", "e5": "e5", ".e5": ".e5",
    "12345678901234567890": 12345678901234567890, "123456789012345678901234": 1.2345678901234568e23,
    "=": "=", ".": ".", "web": "web",
}  # fmt: skip

OBSERVED_KEYS = {
    "yes": "true", "on": "true", "n": "false", "1": "1", "0x1F": "31", "1.5": "1.5", "0777": "511", "1:30": "1:30",
    "2001-01-01": "2001-01-01", "app": "app",
}  # fmt: skip


@pytest.mark.parametrize("text", OBSERVED)
def test_plain_scalars_are_what_kubectl_makes_of_them(text: str) -> None:
    value = scalars.resolve(text)

    assert value == OBSERVED[text]
    assert type(value) is type(OBSERVED[text])


@pytest.mark.parametrize("text", OBSERVED_KEYS)
def test_keys_are_what_kubectl_makes_of_them(text: str) -> None:
    assert scalars.key(scalars.resolve(text)) == OBSERVED_KEYS[text]


def test_infinity_is_a_number_that_no_field_takes() -> None:
    assert scalars.resolve("-.Inf") == -math.inf


def test_null_is_no_key() -> None:
    with pytest.raises(ValueError, match="without a name"):
        scalars.key(scalars.resolve("~"))


@pytest.mark.parametrize(
    ("tag", "text", "value"),
    [
        ("str", "5", "5"),
        ("int", "5", 5),
        ("float", "5", 5),
        ("bool", "true", True),
        ("null", "", None),
        ("binary", "aGVsbG8=", "hello"),
        ("timestamp", "2001-01-01", "2001-01-01"),
    ],
)
def test_tags_decide_what_a_scalar_is(tag: str, text: str, value: object) -> None:
    assert scalars.tagged(f"tag:yaml.org,2002:{tag}", text) == value


def test_an_unknown_tag_leaves_text() -> None:
    assert scalars.tagged("!Ref", "5") == "5"


@pytest.mark.parametrize(("tag", "text"), [("int", "yes"), ("bool", "5"), ("null", "x"), ("binary", "/w==")])
def test_a_tag_that_does_not_fit_is_refused(tag: str, text: str) -> None:
    with pytest.raises(ValueError, match=tag):
        scalars.tagged(f"tag:yaml.org,2002:{tag}", text)


@pytest.mark.parametrize("sign", ["", "-", "+"])
@pytest.mark.parametrize("digits", ["9" * 400, "9" * 5000, "0x" + "f" * 9000, "0b" + "1" * 20_000, "1" + "_0" * 5000])
def test_a_number_that_no_float_can_hold_is_text(sign: str, digits: str) -> None:
    assert scalars.resolve(sign + digits) == sign + digits


def test_a_number_of_more_than_64_bits_is_a_float() -> None:
    assert scalars.resolve("9" * 100) == 1e100
    assert scalars.resolve("0x1" + "0" * 20) == 2.0**80
