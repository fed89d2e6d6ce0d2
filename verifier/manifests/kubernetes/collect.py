"""Collects what documents declare, object by object, and everything that is wrong with them."""

from collections.abc import Iterable

from msgspec import Struct, field

from verifier.errors import Diagnostic, Severity
from verifier.ir.origin import Origin
from verifier.ir.policy import NewNamespaces
from verifier.manifests.documents.document import Document
from verifier.manifests.kubernetes import kinds
from verifier.manifests.kubernetes.cilium.policies import Known, read_group
from verifier.manifests.kubernetes.cilium.policies import read_policy as read_cilium_policy
from verifier.manifests.kubernetes.cilium.spec import GROUP, CIDRGroup, CiliumPolicy
from verifier.manifests.kubernetes.collection import Collection
from verifier.manifests.kubernetes.deployers import is_deployer
from verifier.manifests.kubernetes.deviations import deviations
from verifier.manifests.kubernetes.dialects import CALICO, CILIUM, Spoken, choose
from verifier.manifests.kubernetes.duplicates import (
    distinct_namespaces,
    distinct_nodes,
    distinct_objects,
    distinct_of_mesh,
    distinct_policies,
    distinct_services,
    distinct_tiers,
    distinct_workloads,
    in_order,
    shared_addresses,
    shared_services,
)
from verifier.manifests.kubernetes.facts.attribution import attributed
from verifier.manifests.kubernetes.facts.endpoints import read_endpoints, read_slice
from verifier.manifests.kubernetes.facts.nodes import read_node
from verifier.manifests.kubernetes.facts.services import read_service
from verifier.manifests.kubernetes.fields import Field, Problem, Report, quoted
from verifier.manifests.kubernetes.generators import held
from verifier.manifests.kubernetes.istio.beside import Beside
from verifier.manifests.kubernetes.istio.policies import read_mesh_policy
from verifier.manifests.kubernetes.istio.spec import rooted
from verifier.manifests.kubernetes.kinds import Bearing
from verifier.manifests.kubernetes.kustomization import is_kustomization
from verifier.manifests.kubernetes.lowering import Policy
from verifier.manifests.kubernetes.metadata import Metadata, plain_metadata, read_metadata
from verifier.manifests.kubernetes.misplaced import where_it_belongs
from verifier.manifests.kubernetes.networkpolicy import Spec, read_spec
from verifier.manifests.kubernetes.objects import Object, list_problem, objects, size_problem
from verifier.manifests.kubernetes.owners import Identity, settle, settle_finished
from verifier.manifests.kubernetes.settling import Settling
from verifier.manifests.kubernetes.tiers.policies import mixed, read_tier_policy
from verifier.manifests.kubernetes.tiers.spec import ALPHA1
from verifier.manifests.kubernetes.workloads import foreign_template, is_finished, read_namespace, read_workload

_POLICY_FIELDS = {"apiVersion", "kind", "metadata", "spec"}
_FACTS = ("Service", "Endpoints", "EndpointSlice")
_GENERATED = (
    "name what it makes beside these manifests; what every new namespace gets, under `newNamespacesGet` of a universe"
)


class Reader(Struct):
    """Reads documents into `collection`; `finish` gives what is wrong with them.

    namespace: what a missing metadata.namespace means; `NewNamespaces.ALL`: only NetworkPolicies, which name none.
    mixed_tiers: cluster-scoped policies of two versions may stand side by side.
    profile: the one that somebody named.
    last_counts: of objects of one name that differ, the one that was read last counts.
    """

    namespace: str | NewNamespaces
    skip_unknown: bool = False
    strict_cidr: bool = True
    strict_fields: bool = True
    allow_extensions: bool = False
    empty_l4: bool = False
    nested_peers: bool = False
    mixed_tiers: bool = False
    profile: str | None = None
    last_counts: bool = False
    collection: Collection = field(default_factory=Collection)
    _found: list[Diagnostic] = field(default_factory=list)
    _no_objects: list[Object] = field(default_factory=list)
    _other_networks: list[Object] = field(default_factory=list)
    _finished: list[Object] = field(default_factory=list)
    _beside_proxies: Beside = field(default_factory=Beside)
    _others: set[Identity] = field(default_factory=set)
    """Objects that are no workloads."""
    _specs: dict[int | str, tuple[object, Spec, tuple[Problem, ...]]] = field(default_factory=dict)
    _cilium_rules: Known = field(default_factory=dict)
    _known_parts: dict[object, tuple[object, object]] = field(default_factory=dict)

    def read(self, document: Document) -> None:
        """Takes in what one document declares."""
        if not isinstance(document.value, dict):
            self._no_object(Object(document, (), {}, "", ""))
        before = len(self.collection.read)
        for each in objects(document):
            wrong = list_problem(each) if "items" in each.value else None
            if wrong is None:
                self._read(each)
            else:
                self._report(each, [wrong])
        if document.source.hidden_breaks and len(self.collection.read) > before:
            hidden = document.hidden_break()
            self._found += [hidden] if hidden is not None else []

    def finish(self) -> list[Diagnostic]:
        """Sorts out duplicates and gives all that was found."""
        everything, settling = self.collection, Settling(self.last_counts)
        everything.policies, of_policies = distinct_policies(everything.policies, settling)
        everything.namespaces, of_namespaces = distinct_namespaces(everything.namespaces, settling)
        everything.declared, of_workloads = distinct_workloads(everything.declared, settling)
        everything.services, of_services = distinct_services(everything.services, settling)
        everything.backends = list(dict.fromkeys(everything.backends))
        known = attributed(everything.declared, everything.services, everything.backends)
        settled = settle(known, self._others)
        everything.workloads, everything.owned = in_order(settled.workloads), in_order(settled.owned)
        ended, _ = distinct_workloads(everything.ended, settling)
        everything.finished = in_order(settle_finished(ended, known, self._others))
        everything.tiers, of_tiers = distinct_tiers(everything.tiers, settling)
        everything.nodes, of_nodes = distinct_nodes(everything.nodes, settling)
        self._found += [*of_policies, *of_namespaces, *of_workloads, *of_tiers, *of_nodes, *of_services]
        everything.mesh, of_mesh = distinct_of_mesh(rooted(everything.mesh, self._beside_proxies.roots.root), settling)
        everything.mesh_root = self._beside_proxies.roots.of(everything.mesh)
        self._found += of_mesh
        self._found += shared_addresses(everything.workloads)
        self._found += shared_services(everything.services)
        self._found += everything.calico.settle(settling)
        everything.cilium, of_cilium = distinct_objects(everything.cilium, settling)
        everything.cidr_groups, of_groups = distinct_objects(everything.cidr_groups, settling)
        self._found += [*of_cilium, *of_groups]
        everything.overwritten = tuple(settling.overwritten)
        everything.choice = choose(self.profile, everything.spoken, self._found)
        self._found += deviations(everything.choice.profile, everything.policies, everything.tiers)
        self._found += self._beside_proxies.told(everything.mesh)
        of_calico = everything.choice.dialect is CALICO
        if of_calico or not self.mixed_tiers:
            self._found += mixed(everything.tiers, may_be_ordered=not of_calico)
        self._summarise(self._no_objects, "no-object", "no Kubernetes object, passed over", None)
        elsewhere = "about other networks than that of the pods, passed over"
        self._summarise(self._other_networks, "other-network", elsewhere, None)
        finished = "a finished Pod (status.phase Succeeded or Failed) is nobody, and passed over"
        self._summarise(self._finished, "finished-pod", finished, None)
        return self._found

    def _read(self, each: Object) -> None:
        if is_kustomization(each):
            self.collection.kustomizations.append(each)
        elif not each.api or not each.kind:
            self._nameless(each)
        elif kinds.is_read(each.api, each.kind):
            self._known(each)
        else:
            self._other(each)

    def _known(self, each: Object) -> None:
        self.collection.read.append(each)
        size = size_problem(each)
        if size is not None:
            self._report(each, [size])
        report = self._new_report(each)
        root = Field(each.value, (), report)
        if each.kind == kinds.POLICY and not kinds.is_of_calico(each.api, each.kind):
            self._policy(each, root)
        elif isinstance(self.namespace, NewNamespaces):
            root.reject("kind", f"{each.kind} where only NetworkPolicies are expected")
        elif kinds.is_of_calico(each.api, each.kind):
            citation = self.collection.calico.read(root, each, self.namespace)
            self.collection.spoken.append(Spoken(CALICO, citation, each.origin))
        elif not kinds.is_read(each.api, each.kind) and each.kind != kinds.POLICY:
            self._workload(each, root, self.namespace)
            self._beside_proxies.see(each, root, self.namespace)
        elif each.kind in kinds.MESH:
            self.collection.mesh.append(read_mesh_policy(root, each, self.namespace))
        elif each.kind in kinds.TIERS:
            self.collection.tiers.append(read_tier_policy(root, each))
        elif each.kind in kinds.CILIUM:
            self._cilium(each, root, self.namespace)
        elif each.kind == "Node":
            self.collection.nodes.append(read_node(root, each.origin))
        elif each.kind in _FACTS:
            self._others.add(each.identity)
            self._fact(each, root, self.namespace)
            self._beside_proxies.see_waypoint(each, root)
        elif each.kind == "Namespace":
            self.collection.namespaces.append(read_namespace(root, each))
            self._beside_proxies.see_waypoint(each, root)
        else:
            self._workload(each, root, self.namespace)
            self._beside_proxies.see(each, root, self.namespace)
        if report.problems:
            self._report(each, report.problems)

    def _fact(self, each: Object, root: Field, namespace: str) -> None:
        metadata = root.get("metadata")
        if metadata.get("name").value is None and metadata.get("generateName").value is None:
            root.note("patch", f"a {each.kind} with no name is passed over", "a patch? check the rendered manifests")
            self.collection.passed_over[each.kind] += 1
        elif each.kind == "Service":
            self.collection.services.append(read_service(root, each.origin, namespace))
        else:
            read = read_endpoints if each.kind == "Endpoints" else read_slice
            self.collection.backends += read(root, each.origin, namespace)

    def _cilium(self, each: Object, root: Field, namespace: str) -> None:
        found: CiliumPolicy | CIDRGroup
        if each.kind == GROUP:
            self.collection.cidr_groups.append(found := read_group(root, each))
        else:
            self.collection.cilium.append(found := read_cilium_policy(root, each, namespace, self._cilium_rules))
        self.collection.spoken.append(Spoken(CILIUM, found.citation, each.origin))

    def _workload(self, each: Object, root: Field, namespace: str) -> None:
        declared = read_workload(root, each, namespace)
        if declared is None:
            return
        self.collection.homes.setdefault(declared.workload.namespace, each.origin)
        if is_finished(root, each.kind):
            self._finished.append(each)
            self.collection.ended.append(declared)
        else:
            self.collection.declared.append(declared)

    def _new_report(self, each: Object) -> Report:
        return Report(
            self.strict_fields,
            self.strict_cidr,
            self.empty_l4,
            self.nested_peers and each.api.endswith(f"/{ALPHA1}"),
            known=self._known_parts,
        )

    def _policy(self, each: Object, root: Field) -> None:
        home: str | NewNamespaces
        plain = plain_metadata(each.value.get("metadata"), strict=True)
        if plain is not None and each.value.keys() <= _POLICY_FIELDS and isinstance(self.namespace, str):
            metadata, home = plain, plain.given_namespace or self.namespace
        else:
            names = ("apiVersion", "kind", "metadata", "spec", "status")
            metadata_field = root.fields(*names, hints=where_it_belongs)[2]
            metadata = read_metadata(metadata_field, strict=True)
            home = self._home(metadata, metadata_field)
        value = each.value.get("spec")
        spec, problems = self._spec(value, each)
        if problems:
            self._report(each, problems)
        origin = each.origin
        selector = Origin(origin.document, (*origin.path, "spec", "podSelector")) if isinstance(value, dict) else origin
        self.collection.policies.append(Policy(home, metadata.name, spec, origin, selector))

    def _home(self, metadata: Metadata, field: Field) -> str | NewNamespaces:
        given = metadata.given_namespace
        if given is None:
            return self.namespace
        if isinstance(self.namespace, NewNamespaces):
            message = f"a policy of every new namespace names the namespace {quoted(given)}"
            field.get("namespace").reject("namespace", message, "remove `namespace`")
        return given

    def _spec(self, value: object, each: Object) -> tuple[Spec, tuple[Problem, ...]]:
        """The spec, and what is wrong with it. Most policies of a cluster are copies, so what is equal is read once."""
        text = id(value) if each.document.is_shared else repr(value)
        found = self._specs.get(text)
        if found is None:
            report = self._new_report(each)
            spec = read_spec(Field(value, ("spec",), report))
            found = self._specs[text] = (value, spec, tuple(report.problems))
        return found[1:]

    def _other(self, each: Object) -> None:
        """An object that is not read: of no bearing, unless it is a policy or a mistake."""
        what = f"{quoted(each.kind)} of {quoted(each.api)}"
        wrong_api = kinds.is_native(each.api) and each.kind in kinds.APIS
        meant = kinds.misspelled(each.api, each.kind)
        if (each.api, each.kind) == (kinds.OLD_POLICY_API, kinds.POLICY) and self.allow_extensions:
            self._known(each)
        elif (each.api, each.kind) == (kinds.OLD_POLICY_API, kinds.POLICY):
            message = "a NetworkPolicy of `extensions/v1beta1`, which no current cluster serves"
            self._refuse(each, "extensions", message, f"write `apiVersion: {kinds.POLICY_API}`", "apiVersion")
        elif kinds.bearing(each.api, each.kind) is Bearing.DECIDES:
            hint = kinds.policy_hint(each.api, each.kind)
            self._refuse(each, "unknown-policy", f"{what} decides about traffic and is not understood", hint, "kind")
        elif isinstance(self.namespace, NewNamespaces):
            self._complain(each, "kind", f"{what} where only NetworkPolicies are expected", None, "kind")
        elif meant is not None:
            self._complain(each, "kind", f"unknown kind {what}", f"did you mean `{meant}`?", "kind")
        elif wrong_api:
            hint = f"write `apiVersion: {kinds.APIS[each.kind][0]}`"
            self._complain(each, "api-version", f"there is no {what}", hint, "apiVersion")
        elif foreign_template(each.value) is not None:
            self._known(each)
        else:
            self._pass_over(each, what)

    def _pass_over(self, each: Object, what: str) -> None:
        """An object that is not read, and says nothing about who may open a connection."""
        self.collection.passed_over[each.kind] += 1
        self._others.add(each.identity)
        if (each.api, each.kind) == ("v1", "ServiceAccount") and isinstance(self.namespace, str):
            self.collection.calico.read_account(each, self.namespace)
        if kinds.is_custom(each.api):
            self.collection.customs.append(each)
        self._beside_proxies.roots.see(each, str(self.namespace))
        if is_deployer(each):
            self.collection.deployers.append(each)
        match kinds.bearing(each.api, each.kind):
            case Bearing.OTHER_NETWORKS:
                self._other_networks.append(each)
                return
            case Bearing.STEERS:
                self._beside_proxies.steering.append(each)
            case Bearing.REDIRECTS:
                message = f"{what} redirects traffic, and is not read: the answers are about traffic as if it did not"
                self._report(each, [Problem("redirects", ("kind",), message, None, Severity.WARNING)])
        policies = held(each.api, each.value)
        if policies is not None:
            place, made = policies
            message = f"{what} holds what is not read, since something else makes it: {', '.join(map(quoted, made))}"
            self._report(each, [Problem("generator", place, message, _GENERATED, Severity.WARNING)])

    def _no_object(self, each: Object) -> None:
        """A document that is no mapping. A bare list of objects is no manifest, and silence about it a wrong answer."""
        items = each.document.value
        if isinstance(items, list) and any(isinstance(i, dict) and {"apiVersion", "kind"} <= i.keys() for i in items):
            hint = "put them under `items` of a `kind: List`, or apart with lines `---`"
            self._report(each, [Problem("no-object", (), "a list of objects, which is no manifest", hint)])
        else:
            self._no_objects.append(each)

    def _nameless(self, each: Object) -> None:
        """An object without apiVersion or kind: most often a values file or a patch, now and then a mistake."""
        spec = each.value.get("spec")
        names = {name.lower(): name for name in each.value}
        for right in ("apiVersion", "kind"):
            wrong = names.get(right.lower(), right)
            if wrong != right:
                self._complain(each, "unknown-field", f"unknown field `{wrong}`", f"did you mean `{right}`?", wrong)
                return
        if each.kind in kinds.APIS or kinds.looks_like_policy(each.kind):
            hint = f"write `apiVersion: {kinds.APIS.get(each.kind, (kinds.POLICY_API,))[0]}`"
            self._complain(each, "no-kind", f"{each.kind} without `apiVersion`", hint, "kind")
        elif each.api and isinstance(spec, dict):
            self._complain(each, "no-kind", "an object without `kind`", None, "apiVersion")
        elif not each.kind and isinstance(spec, dict) and spec.keys() & {"podSelector", "policyTypes"}:
            hint = f"write `apiVersion: {kinds.POLICY_API}` and `kind: {kinds.POLICY}`"
            self._complain(each, "no-kind", "a policy without `apiVersion` and `kind`", hint, "spec")
        else:
            self._no_objects.append(each)

    def _refuse(self, each: Object, code: str, message: str, hint: str, at: str) -> None:
        """An error, or with `skip_unknown` a warning, about a policy that is not read. Among those of every new
        namespace an error, since no report would say that they are not all."""
        if self.skip_unknown and isinstance(self.namespace, str):
            self.collection.passed_over[each.kind] += 1
            self.collection.not_understood.append(each)
            self._report(each, [Problem(code, (at,), f"{message}; passed over", None, Severity.WARNING)])
        else:
            self._complain(each, code, message, hint, at)

    def _complain(self, each: Object, code: str, message: str, hint: str | None, at: str) -> None:
        self._report(each, [Problem(code, (at,), message, hint)])

    def _report(self, each: Object, problems: Iterable[Problem]) -> None:
        self._found += [each.diagnostic(problem) for problem in dict.fromkeys(problems)]

    def _summarise(self, found: list[Object], code: str, message: str, hint: str | None) -> None:
        """One note for all of `found`, at the first of them."""
        if found:
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            self._report(found[0], [Problem(code, (), message + more, hint, Severity.NOTE)])
