"""Laws of the algebra of ports and addresses, against plain sets of small integers."""

import ipaddress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.ir.network import ALL_ADDRESSES, PORTS, PRIVATE_ADDRESSES, AddressSet, Intervals

TOP = 40
spans = st.tuples(st.integers(0, TOP), st.integers(0, TOP))
intervals = st.lists(spans, max_size=5).map(Intervals.of)
address_sets = st.builds(AddressSet, intervals, intervals)


def elements(some: Intervals) -> set[int]:
    return {n for n in range(TOP + 1) if n in some}


@given(st.lists(spans, max_size=6))
def test_intervals_hold_what_they_were_made_of(parts: list[tuple[int, int]]) -> None:
    assert elements(Intervals.of(parts)) == {n for low, high in parts for n in range(low, high + 1)}


@given(intervals)
def test_parts_are_ascending_and_do_not_touch(some: Intervals) -> None:
    parts = list(some)

    assert all(low <= high for low, high in parts)
    assert all(after[0] > before[1] + 1 for before, after in pairwise(parts))
    assert some.size() == len(elements(some))
    assert some.is_empty() == (elements(some) == set())


@given(intervals, intervals)
def test_operations_are_those_of_sets(one: Intervals, other: Intervals) -> None:
    a, b = elements(one), elements(other)

    assert elements(one.union(other)) == a | b
    assert elements(one.intersect(other)) == a & b
    assert elements(one.subtract(other)) == a - b
    assert one.is_subset(other) == (a <= b)
    assert (one == other) == (a == b)


@given(intervals, intervals)
def test_results_are_in_the_one_normal_form(one: Intervals, other: Intervals) -> None:
    for result in (one.union(other), one.intersect(other), one.subtract(other)):
        assert result == Intervals.of(result.parts)


@given(intervals, intervals, intervals)
def test_what_is_taken_away_and_what_is_left_make_up_the_whole(
    one: Intervals, other: Intervals, third: Intervals
) -> None:
    assert one.subtract(other).union(one.intersect(other)) == one
    assert one.subtract(other).intersect(other).is_empty()
    assert one.subtract(other.union(third)) == one.subtract(other).subtract(third)


@given(address_sets, address_sets)
def test_families_are_kept_apart(one: AddressSet, other: AddressSet) -> None:
    for name in ("union", "intersect", "subtract"):
        joined = getattr(one, name)(other)
        assert joined == AddressSet(getattr(one.v4, name)(other.v4), getattr(one.v6, name)(other.v6))
    assert one.is_subset(other) == (one.v4.is_subset(other.v4) and one.v6.is_subset(other.v6))
    assert one.is_empty() == (one.v4.is_empty() and one.v6.is_empty())


@pytest.mark.parametrize(
    ("address", "inside"),
    [("172.17.0.9", True), ("172.17.1.9", False), ("172.18.0.0", False), ("172.17.255.255", True), ("::ac11:9", False)],
)
def test_a_block_holds_its_addresses_but_for_the_excepted_ones(address: str, inside: bool) -> None:
    block = AddressSet.block(ipaddress.ip_network("172.17.0.0/16"), [ipaddress.ip_network("172.17.1.0/24")])

    assert (ipaddress.ip_address(address) in block) is inside


def test_all_of_one_family_says_nothing_about_the_other() -> None:
    assert ipaddress.ip_address("::1") not in AddressSet.of(["0.0.0.0/0"])
    assert ipaddress.ip_address("1.2.3.4") not in AddressSet.of(["::/0"])
    assert AddressSet.of(["0.0.0.0/0", "::/0"]) == ALL_ADDRESSES


def test_blocks_that_touch_are_one() -> None:
    assert AddressSet.of(["10.0.0.0/25", "10.0.0.128/25"]) == AddressSet.of(["10.0.0.0/24"])


def test_a_block_with_host_bits_is_no_block() -> None:
    with pytest.raises(ValueError, match="host bits"):
        AddressSet.of(["10.0.0.1/24"])


def test_private_addresses_are_those_of_rfc_1918_and_4193() -> None:
    inside = ("10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.255.255", "fc00::", "fdff::1")
    outside = ("9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.169.0.0", "fbff::", "fe00::")

    assert all(ipaddress.ip_address(a) in PRIVATE_ADDRESSES for a in inside)
    assert not any(ipaddress.ip_address(a) in PRIVATE_ADDRESSES for a in outside)


def test_port_numbers_begin_at_one() -> None:
    assert (0 in PORTS, 1 in PORTS, 65535 in PORTS, 65536 in PORTS) == (False, True, True, False)
