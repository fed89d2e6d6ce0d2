"""The connection that `netpol explain` is asked about, as text."""

from ipaddress import ip_address

import pytest

from tests.engine.asking import cluster, deployment, pod
from verifier.errors import InputError
from verifier.ir.connectionquery import AddressEnd, ConnectionQuery, LabelledEnd, NodeEnd, WorkloadEnd
from verifier.ir.network import Protocol
from verifier.manifests.notation.connection import parse_connection_query

HERE = cluster(
    pod("shop", "api", "{app: api}", "containers: [{name: c, ports: [{name: http, containerPort: 8080}]}]")
    + deployment("shop", "web", "{app: web}")
    + pod("shop", "web", "{app: web}")
    + deployment("ops", "probe", "{app: probe}")
    + "---\napiVersion: v1\nkind: Node\nmetadata: {name: worker-1}\n"
)


def parse(text: str) -> ConnectionQuery:
    return parse_connection_query(text, HERE.workloads, HERE.nodes)


def ends(text: str) -> tuple[object, object]:
    found = parse(f"{text} : TCP/80")
    return found.source, found.destination


@pytest.mark.parametrize("name", ["shop/api", "shop/pod/api", "shop/Pod/api", "shop/POD/api", "shop/po/api"])
def test_a_workload_is_named_with_or_without_its_kind(name: str) -> None:
    end, _ = ends(f"{name} -> 192.0.2.1")

    assert isinstance(end, WorkloadEnd)
    assert [str(w) for w in end.definitions] == ["Pod shop/api"]


def test_labels_are_those_of_a_pod_that_need_not_exist() -> None:
    assert ends("lab/app=x,example.com/tier=b -> shop/{}") == (
        LabelledEnd("lab", {"app": "x", "example.com/tier": "b"}),
        LabelledEnd("shop", {}),
    )


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", "::1"])
def test_an_address_is_outside(address: str) -> None:
    assert ends(f"{address} -> shop/api")[0] == AddressEnd(ip_address(address))


def test_a_node_is_any_or_the_one_of_that_name() -> None:
    assert ends("node -> shop/api")[0] == NodeEnd()
    assert ends("shop/api -> node:worker-1")[1] == NodeEnd(HERE.nodes[0])
    assert isinstance(ends("node/app=x -> shop/api")[0], LabelledEnd)


def test_a_node_without_an_object_is_named_in_vain() -> None:
    with pytest.raises(InputError) as caught:
        parse_connection_query("node:a -> shop/{} : TCP/80", (), ())

    assert caught.value.diagnostics[0].hint == "no manifest is a Node: `node` alone is any node"


def test_the_port_is_a_number_or_the_name_of_a_container_port() -> None:
    by_number, by_name = parse("ops/probe -> shop/api : UDP/53"), parse("ops/probe -> shop/api : TCP/http")

    assert (by_number.protocol, by_number.port) == (Protocol.UDP, 53)
    assert (by_name.protocol, by_name.port) == (Protocol.TCP, 8080)


@pytest.mark.parametrize(
    ("text", "message", "place", "hint"),
    [
        ("", "the connection is empty", "", "looks like"),
        ("shop/api", "` -> ` and a destination are missing", "", "looks like"),
        ("shop/api->shop/web : TCP/80", "blanks are required around `->`", "->", "looks like"),
        ("shop/api -> 192.0.2.1 -> 192.0.2.2 : TCP/80", "a second `->`", "-> 192.0.2.2", "one source"),
        ("shop/api -> 192.0.2.1", "` : ` and a port are missing", "", "netpol map"),
        ("192.0.2.1 -> 192.0.2.2 : TCP/80", "no end is a pod", "192.0.2.2", "two outside addresses"),
        ("node -> 192.0.2.2 : TCP/80", "no end is a pod", "192.0.2.2", "a node and what is no pod"),
        ("node:worker-2 -> shop/api : TCP/80", "no Node `worker-2`", "worker-2", "did you mean `node:worker-1`?"),
        ("node:zzz -> shop/api : TCP/80", "no Node `zzz`", "zzz", "`node` alone"),
        ("node: -> shop/api : TCP/80", "the name of a Node is missing", "", "any node"),
        ("nodes -> shop/api : TCP/80", "`nodes` names no namespace", "nodes", "an end is"),
        ("192.0.2.0/24 -> shop/api : TCP/80", "one address, not a block", "192.0.2.0/24", "netpol map"),
        ("192.0.2.300 -> shop/api : TCP/80", "is not an address", "192.0.2.300", "as in"),
        ("api -> 192.0.2.1 : TCP/80", "`api` names no namespace", "api", "did you mean `shop/api`?"),
        ("app=x -> 192.0.2.1 : TCP/80", "names no namespace", "app=x", "an end is"),
        ("Shop/api -> 192.0.2.1 : TCP/80", "no name of a namespace", "Shop/api", "an end is"),
        ("shop/ -> 192.0.2.1 : TCP/80", "a name or labels are missing", "", "an end is"),
        ("shop/apx -> 192.0.2.1 : TCP/80", "no workload `apx` in namespace `shop`", "apx",
         "did you mean `shop/pod/api`?"),
        ("shop/probe -> 192.0.2.1 : TCP/80", "no workload `probe`", "probe", "`ops/deployment/probe`"),
        ("shop/job/api -> 192.0.2.1 : TCP/80", "no Job `api`", "api ->", "`shop/pod/api`"),
        ("shop/zzz -> 192.0.2.1 : TCP/80", "no workload `zzz`", "zzz", "`shop/app=zzz`"),
        ("shop/deploymnt/web -> 192.0.2.1 : TCP/80", "unknown kind `deploymnt`", "deploymnt",
         "did you mean `deployment`?"),
        ("shop/web -> 192.0.2.1 : TCP/80", "is a Deployment and a Pod", "web",
         "`shop/deployment/web` or `shop/pod/web`"),
        ("shop/app!=x -> 192.0.2.1 : TCP/80", "labels, not conditions", "app!=x", "that it has"),
        ("shop/app=x,app=y -> 192.0.2.1 : TCP/80", "stands here twice", "app=y", None),
        ("shop/api -> 192.0.2.1 : tcp/80", "unknown protocol `tcp`", "tcp/80", "did you mean `TCP`?"),
        ("shop/api -> 192.0.2.1 : TCP", "a port is missing", "", "netpol map"),
        ("shop/api -> 192.0.2.1 : TCP/0", "out of range", "0", "1 to 65535"),
        ("ops/probe -> shop/api : UDP/http", "has no UDP port `http`", "http", "it has TCP/http"),
        ("shop/api -> shop/app=x : TCP/http", "nobody can say which port `http` is", "http", "named ports"),
        ("shop/api -> 192.0.2.1 : TCP/80-90", "invalid port `80-90`", "80-90", "one connection has one port"),
    ],
)  # fmt: skip
def test_mistakes_are_pointed_at(text: str, message: str, place: str, hint: str | None) -> None:
    with pytest.raises(InputError) as caught:
        parse(text)

    (diagnostic,) = caught.value.diagnostics
    first, *picture = diagnostic.message.split("\n")
    assert message in first
    if picture:
        assert picture[0][picture[1].index("^") :].startswith(place)
    assert hint is None if diagnostic.hint is None else hint is not None and hint in diagnostic.hint


@pytest.mark.parametrize("text", ["shop/web -> shop/deploy/db : TCP/http", "shop/web -> 192.0.2.1 : UDP/53"])
def test_where_nobody_knows_the_workloads_any_name_may_be_one(text: str) -> None:
    assert parse_connection_query(text, None).text == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("shop/web -> shop/db : TCP/HT TP", "invalid port"),
        ("shop/web -> shop/app=db : TCP/http", "nobody can say which port"),
        ("shop/web -> shop/deplyment/db : TCP/80", "unknown kind"),
        ("web -> shop/db : TCP/80", "names no namespace"),
    ],
)
def test_what_no_workload_could_mend_is_refused_all_the_same(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_connection_query(text, None)
