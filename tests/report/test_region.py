import pytest
from msgspec.structs import replace

from tests.report.comparisons import CLOSED, EVERY_PORT, OPENED, end, region, without
from verifier.engine.results.region import EndRegion, Part, Region
from verifier.ir.endpoint import Kind
from verifier.ir.labels import Operator, Requirement, Selector
from verifier.ir.network import ALL_ADDRESSES, PORTS, AddressSet, Intervals, Protocol
from verifier.ir.policy import Direction
from verifier.report.markdown.markup import code
from verifier.report.words.ranges import say_addresses, say_ports
from verifier.report.words.region import condition, destination, line, ports, source

TCP, UDP, SCTP = Protocol.TCP, Protocol.UDP, Protocol.SCTP
ANYWHERE = frozenset({Kind.POD, Kind.EXTERNAL})
OUTSIDE = frozenset({Kind.EXTERNAL})
ROLE = Selector.of({"role": "api"})
HAS_ROLE = Selector(frozenset({Requirement("role", Operator.EXISTS)}))
NO_ROLE = Selector(frozenset({Requirement("role", Operator.DOES_NOT_EXIST)}))


def but(*parts: tuple[int, int]) -> Intervals:
    return PORTS.subtract(Intervals.of(parts))


def test_a_region_reads_as_a_person_would_say_it() -> None:
    assert line(OPENED) == "any pod in namespaces team=ops -> shop pods role=api, TCP 5000"


def test_the_parts_that_come_from_manifests_are_dressed() -> None:
    assert source(OPENED, code) == "any pod in namespaces `team=ops`"
    assert destination(OPENED, code) == "`shop` pods `role=api`"


@pytest.mark.parametrize(
    ("who", "words"),
    [
        (end(), "any pod"),
        (end(pod_selector=ROLE), "pods role=api"),
        (end(pod_selector=HAS_ROLE), "pods role"),
        (end(pod_selector=NO_ROLE), "any pod without label role"),
        (end(pod_selector=without("role", "api", "db")), "any pod with role anything but api or db"),
        (end(pod_selector=without("role", "")), 'any pod with role anything but ""'),
        (end(namespaces=frozenset({"shop"})), "shop pods"),
        (end(namespaces=frozenset({"shop"}), pod_selector=NO_ROLE), "shop pods without label role"),
        (end(namespaces=frozenset({"b", "a"})), "any pod in namespaces a, b"),
        (end(not_namespaces=frozenset({"b", "a"})), "any pod in any namespace but a, b"),
        (end(namespace_selector=without("team", "ops")), "any pod in namespaces with team anything but ops"),
        (
            end(namespaces=frozenset({"shop"}), namespace_selector=Selector.of({"team": "ops"})),
            "shop pods whose namespace has team=ops",
        ),
        (
            end(pod_selector=without("role", "web"), namespace_selector=Selector.of({"team": "ops"})),
            "any pod in namespaces team=ops with role anything but web",
        ),
        (end(addresses=AddressSet.of(["10.0.0.0/8"])), "any pod at 10.0.0.0/8"),
        (end(kinds=frozenset({Kind.HOSTPOD})), "any hostNetwork pod"),
        (end(workloads=frozenset({"Pod a/x", "Pod a/w"})), "pods of Pod a/w, Pod a/x"),
        (EndRegion(OUTSIDE), "any address outside the cluster"),
        (EndRegion(OUTSIDE, addresses=ALL_ADDRESSES), "any address outside the cluster"),
        (EndRegion(OUTSIDE, addresses=AddressSet.of(["10.0.0.0/8"])), "10.0.0.0/8 outside the cluster"),
        (EndRegion(frozenset({Kind.NODE})), "any node"),
        (EndRegion(frozenset({Kind.NODE}), addresses=AddressSet.of(["10.0.0.0/8"])), "nodes at 10.0.0.0/8"),
        (EndRegion(OUTSIDE | {Kind.NODE}), "any node or address outside the cluster"),
        (EndRegion(ANYWHERE), "anything"),
        (EndRegion(ANYWHERE, addresses=AddressSet.of(["10.0.0.0/8"])), "anything at 10.0.0.0/8"),
        (EndRegion(ANYWHERE, pod_selector=without("role", "api")), "anything but pods role=api"),
        (EndRegion(ANYWHERE, pod_selector=NO_ROLE), "anything but pods with label role"),
        (EndRegion(ANYWHERE, not_namespaces=frozenset({"a", "b"})), "anything but pods in namespaces a, b"),
        (
            EndRegion(ANYWHERE, namespace_selector=without("team", "ops")),
            "anything but pods in namespaces team=ops",
        ),
        (EndRegion(frozenset({Kind.POD, Kind.NODE})), "any pod or node"),
        (EndRegion(frozenset({Kind.HOSTPOD, Kind.NODE})), "any hostNetwork pod or node"),
        (EndRegion(frozenset(Kind) - {Kind.POD}), "any hostNetwork pod, node or outside address"),
    ],
)
def test_each_sort_of_endpoint_has_its_words(who: EndRegion, words: str) -> None:
    assert source(region(source=who), str) == words


def test_what_only_a_pod_can_meet_is_said_of_pods_alone() -> None:
    assert source(region(source=EndRegion(ANYWHERE, pod_selector=ROLE)), str) == "pods role=api"


def test_one_namespace_or_two_is_said_at_the_destination() -> None:
    anyone = region(source=end(), destination=end(pod_selector=ROLE))

    assert destination(replace(anyone, same_namespace=True), str) == "pods role=api of the same namespace"
    assert destination(replace(anyone, same_namespace=False), str) == "pods role=api of another namespace"


def test_a_list_of_namespaces_stands_once() -> None:
    many = frozenset({"blog", "shop"})
    there = end(namespaces=many, pod_selector=ROLE)

    both = region(source=end(namespaces=many), destination=there, same_namespace=True)
    assert source(both, str) == "any pod in namespaces blog, shop"
    assert destination(both, str) == "pods role=api of the same namespace"
    other = region(source=end(), destination=there, same_namespace=False)
    assert destination(other, str) == "pods role=api of another namespace, one of blog, shop"
    same = region(source=end(), destination=end(not_namespaces=many), same_namespace=True)
    assert destination(same, str) == "any pod of the same namespace, none of blog, shop"


def test_names_that_tell_the_namespaces_apart_are_enough() -> None:
    shop, blog = end(namespaces=frozenset({"shop"})), end(namespaces=frozenset({"blog"}))

    assert destination(region(source=shop, destination=shop, same_namespace=True), str) == "shop pods"
    assert destination(region(source=shop, destination=blog, same_namespace=False), str) == "blog pods"


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (EVERY_PORT, "every port"),
        ({TCP: Intervals.of([(5000, 5000)])}, "TCP 5000"),
        ({TCP: but((80, 80))}, "TCP 1-79, 81-65535"),
        ({TCP: but((80, 80), (443, 443))}, "every TCP port but 80, 443"),
        (EVERY_PORT | {TCP: but((80, 80))}, "every port but TCP 80"),
        (EVERY_PORT | {TCP: but((80, 80)), UDP: but((53, 53))}, "every port but TCP 80, UDP 53"),
        ({TCP: PORTS, UDP: PORTS}, "every TCP and UDP port"),
        ({TCP: PORTS, UDP: Intervals.of([(53, 53)])}, "every TCP port, UDP 53"),
        (EVERY_PORT | {Protocol.OTHER: Intervals()}, "every port, protocols without ports"),
        ({Protocol.OTHER: Intervals()}, "protocols without ports"),
    ],
)
def test_ports_are_said_in_the_shorter_way(held: dict[Protocol, Intervals], words: str) -> None:
    assert say_ports(held) == words


def test_named_ports_are_named() -> None:
    assert ports(region(ports=EVERY_PORT, port_names={"TCP/http": True}), str) == "the TCP port named http"
    assert ports(region(port_names={"http": True}), str) == "TCP 5000 where it is the port named http"
    assert ports(region(port_names={"http": False}), str) == "TCP 5000 but the port named http"


@pytest.mark.parametrize(
    ("cidrs", "words"),
    [
        (["10.0.0.0/8"], "10.0.0.0/8"),
        (["10.0.0.0/8", "fd00::/8"], "10.0.0.0/8, fd00::/8"),
        (["0.0.0.0/0", "::/0"], "any address"),
        (["10.0.0.0/9", "10.128.0.0/9"], "10.0.0.0/8"),
    ],
)
def test_addresses_are_blocks(cidrs: list[str], words: str) -> None:
    assert say_addresses(AddressSet.of(cidrs)) == words


def test_addresses_with_a_hole_name_the_hole() -> None:
    everywhere = AddressSet.of(["0.0.0.0/0"]).subtract(AddressSet.of(["10.0.0.0/8"]))

    assert say_addresses(everywhere) == "0.0.0.0/0 except 10.0.0.0/8"


def test_many_blocks_are_counted() -> None:
    scattered = AddressSet.of([f"10.0.{n}.0/24" for n in range(0, 60, 4)])

    assert say_addresses(scattered).endswith(" and 8 more")


def test_conditions_follow_the_ports() -> None:
    hangs = region(switches={"ipblock_pods": "match"}, same_node=False, provided=frozenset({Direction.EGRESS}))

    assert condition(OPENED, str) == ""
    assert line(hangs).endswith(
        "TCP 5000, on different nodes, as far as the egress policies of the source let it out, "
        "where `ipblock_pods` = `match`"
    )


def test_a_closed_region_reads_likewise() -> None:
    assert line(CLOSED) == "shop pods with role anything but web -> 10.0.0.0/8 outside the cluster, every port"


def test_equal_regions_have_equal_words() -> None:
    again = Region(OPENED.source, OPENED.destination, dict(OPENED.ports), OPENED.witness)

    assert line(again) == line(OPENED)


def test_what_is_taken_out_is_told_behind_the_rest() -> None:
    part = Part(
        end(pod_selector=Selector.of({"a": "x", "b": "x"})), end(), EVERY_PORT, switches={"ipblock_pods": "match"}
    )
    other = Part(end(), end(namespaces=frozenset({"db"})), {Protocol.TCP: Intervals.of([(80, 80)])})
    said = line(region(excluding=(part, other)))

    assert said.startswith("any pod in namespaces team=ops -> shop pods role=api, TCP 5000")
    assert ", but not from pods a=x,b=x where `ipblock_pods` = `match`, but not to db pods on TCP 80" in said
