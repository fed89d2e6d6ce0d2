"""From manifests to a `Cluster`: the one place that knows which reader reads what.

`load` takes paths, `load_text` a text. Both give everything the manifests say, and raise InputError with all that is
wrong with them. The order of files and documents makes no difference to the result, unless the last of several objects
of one name is to count.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from verifier.errors import Diagnostic, InputError, Severity, UsageError
from verifier.ir.cluster import Cluster
from verifier.ir.policy import NewNamespaces, PolicySet
from verifier.manifests.documents.contexts import context_of
from verifier.manifests.documents.document import documents, paused_collector
from verifier.manifests.documents.excludes import NOTHING_LEFT_OUT, Excludes
from verifier.manifests.documents.files import STDIN, find_files
from verifier.manifests.documents.objectdocument import object_documents
from verifier.manifests.documents.plainyaml import PlainTexts
from verifier.manifests.documents.refs import Target
from verifier.manifests.documents.revision import read_revisions, target_of
from verifier.manifests.documents.source import Source, shown
from verifier.manifests.kubernetes.calico.lowering import assemble as assemble_calico
from verifier.manifests.kubernetes.calico.meaning import Facts
from verifier.manifests.kubernetes.cilium.lowering import Mode, ask_accounts, variants, with_cilium
from verifier.manifests.kubernetes.cilium.spec import NAMESPACED
from verifier.manifests.kubernetes.collect import Reader
from verifier.manifests.kubernetes.collection import Collection
from verifier.manifests.kubernetes.deployers import deployments
from verifier.manifests.kubernetes.dialects import CALICO, CILIUM
from verifier.manifests.kubernetes.facts.behind import Behind
from verifier.manifests.kubernetes.istio.lowering import ask_accounts as mesh_asks_accounts
from verifier.manifests.kubernetes.istio.lowering import known_of, with_besides, with_mesh
from verifier.manifests.kubernetes.kinds import MESH, POLICY
from verifier.manifests.kubernetes.kustomization import Kustomization, altering, complaints
from verifier.manifests.kubernetes.lowering import KIND as NETWORK
from verifier.manifests.kubernetes.lowering import assemble, lower
from verifier.manifests.kubernetes.objects import Object
from verifier.manifests.kubernetes.tiers.spec import ALPHA1
from verifier.manifests.kubernetes.unlisted import Unlisted, passed_over_of, told_of, with_unlisted

if TYPE_CHECKING:
    from verifier.manifests.kubernetes.live import Live


class Options(Struct, frozen=True):
    """How to read.

    namespace: what a missing metadata.namespace means.
    exclude: patterns, as in a .gitignore, of files and directories that are left out; exclude_from: the directory of
        the configuration that says so (excludes.py).
    skip_unknown: policies of kinds that are not understood are passed over, with a warning, instead of refused.
    strict_cidr, strict_fields: the switches `strict_cidr` (on) and `field_validation` (strict).
    allow_extensions: NetworkPolicies of extensions/v1beta1 are read like those of networking.k8s.io/v1.
    empty_l4, nested_peers: the switches `kcnp_empty_l4` (all_ports) and `nested_peers` (read).
    first_version: of cluster-scoped policies of two versions, the one whose policies come first in each tier (switch
        `mixed_tiers`); None: two versions are refused.
    staged: staged policies are read as if they were promoted.
    profile: the profile that somebody named; None: it chooses itself from the objects (`dialects`).
    cilium: the switches `cilium_mode` and `cilium_empty_rule`.
    last_counts: of objects of one name that differ, the one that was read last counts.
    """

    namespace: str = "default"
    exclude: tuple[str, ...] = ()
    exclude_from: str | None = None
    skip_unknown: bool = False
    strict_cidr: bool = True
    strict_fields: bool = True
    allow_extensions: bool = False
    empty_l4: bool = False
    nested_peers: bool = False
    first_version: str | None = None
    profile: str | None = None
    staged: bool = False
    cilium: Mode = Mode()
    last_counts: bool = False

    @classmethod
    def under(
        cls,
        switches: Mapping[str, str],
        namespace: str,
        exclude: Excludes = NOTHING_LEFT_OUT,
        skip_unknown: bool = False,
        profile: str | None = None,
        staged: bool = False,
        last_counts: bool = False,
    ) -> "Options":
        """How to read where the switches that decide it are set so."""
        mixed = switches.get("mixed_tiers", "reject")
        return cls(
            namespace=namespace,
            exclude=exclude.patterns,
            exclude_from=exclude.folder,
            skip_unknown=skip_unknown,
            strict_cidr=switches.get("strict_cidr") != "off",
            strict_fields=switches.get("field_validation") != "drop",
            empty_l4=switches.get("kcnp_empty_l4") == "all_ports",
            nested_peers=switches.get("nested_peers") == "read",
            first_version=None if mixed == "reject" else mixed.removesuffix("_first"),
            profile=profile,
            staged=staged,
            cilium=Mode(switches.get("cilium_mode", "default"), switches.get("cilium_empty_rule", "nothing")),
            last_counts=last_counts,
        )

    @property
    def excludes(self) -> Excludes:
        """What is left out on purpose."""
        return Excludes(self.exclude, self.exclude_from)


_DEFAULTS = Options()


class Texts(Struct, frozen=True):
    """Manifests that nobody has read yet. `mistakes`: why others are missing. `left_out`: what was not looked into.
    `unread`: of that, what no pattern leaves out. `fitted`: the patterns that fit something. `unlisted`: what clusters
    hold, maybe, and did not list."""

    sources: tuple[Source, ...]
    mistakes: tuple[Diagnostic, ...] = ()
    left_out: tuple[str, ...] = ()
    unread: tuple[str | Target, ...] = ()
    fitted: frozenset[str] = frozenset()
    unlisted: tuple[Unlisted, ...] = ()


class Loaded(Struct, frozen=True):
    """What was read. `diagnostics` are warnings and notes.

    files, bytes, documents: how much was read. policies: how many policies. passed_over: how many objects of
    each kind have no bearing. left_out: files and directories that were not looked into, as they are cited.
    objects: those that were read, as they were written. moved: what the manifests say where objects that name no
    namespace are in the one given; None where every policy names its own. kustomizations: those that change what was
    read, for a gate to compare. unread: where that is which was left out, and by no pattern.
    places: where that is which was looked into, of files and paths at revisions. fitted: the patterns of what is left
    out that fit something. collection, options: what it was made of, and how.
    """

    cluster: Cluster
    diagnostics: tuple[Diagnostic, ...] = ()
    files: int = 0
    bytes: int = 0
    documents: int = 0
    policies: int = 0
    passed_over: Mapping[str, int] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    objects: tuple[Object, ...] = ()
    moved: Callable[[str], Cluster] | None = None
    kustomizations: tuple[Kustomization, ...] = ()
    unread: tuple[str | Target, ...] = ()
    places: tuple[str | Target, ...] = ()
    fitted: frozenset[str] = frozenset()
    collection: Collection | None = None
    options: Options = _DEFAULTS

    @property
    def has_policies(self) -> bool:
        return self.policies > 0

    @property
    def has_workloads(self) -> bool:
        return bool(self.cluster.workloads)


def load(
    paths: Sequence[str | Target], options: Options = _DEFAULTS, stdin: Callable[[], bytes] | None = None
) -> Loaded:
    """What the manifests at `paths` say: files, directories, `-` for what `stdin` gives (by default the process's own),
    `REV:PATH` for what a git revision holds, `cluster:CONTEXT` for what a live cluster does. Nothing is rendered here:
    of a kustomization that changes what it takes in there is a warning, and of a chart a note.

    Raises InputError with every mistake found.
    """
    return load_texts(find_texts(paths, options.excludes, stdin), options)


def find_texts(
    paths: Sequence[str | Target],
    exclude: Excludes = NOTHING_LEFT_OUT,
    stdin: Callable[[], bytes] | None = None,
    ask: "Callable[[str], Live] | None" = None,
) -> Texts:
    """The texts that `paths` name. A target is what it says, whatever files there are. ask: what a cluster holds."""
    if not paths:
        raise UsageError("no manifests given", "name a file, a directory, or `-` for stdin")
    contexts = [context for path in dict.fromkeys(paths) if (context := context_of(path)) is not None]
    named = [path for path in paths if context_of(path) is None]
    places = [path if isinstance(path, Target) else target_of(path) or path for path in named]
    found = find_files([place for place in places if isinstance(place, str)], exclude)
    mistakes = list(found.mistakes)
    sources = []
    for path in found.paths:
        try:
            sources.append(Source.stdin(stdin or sys.stdin.buffer.read) if path == STDIN else Source.read(path))
        except InputError as error:
            mistakes += error.diagnostics
    revised = read_revisions([place for place in places if isinstance(place, Target)], exclude)
    unlisted = list[Unlisted]()
    for context in contexts:
        from verifier.manifests.kubernetes.live import read_cluster  # only where a cluster is to be asked

        try:
            live = (ask or read_cluster)(context)
        except InputError as error:
            mistakes += error.diagnostics
        else:
            sources += live.sources
            unlisted += live.unlisted
    return Texts(
        (*sources, *revised.sources),
        (*mistakes, *revised.mistakes),
        (*found.left_out, *revised.left_out),
        (*found.unread, *revised.unread),
        frozenset(found.fitted | revised.fitted),
        tuple(unlisted),
    )


def load_texts(found: Texts, options: Options = _DEFAULTS) -> Loaded:
    """What texts say. Raises InputError with every mistake found, those among `found` included."""
    try:
        mistakes = [*found.mistakes, *told_of(found.unlisted, skip_unknown=options.skip_unknown)]
        loaded = _load(found.sources, options, mistakes, found.left_out)
    except InputError as error:
        raise InputError(_cited(error.diagnostics, found)) from None
    loaded = replace(
        loaded,
        cluster=with_unlisted(loaded.cluster, found.unlisted),
        diagnostics=_cited(loaded.diagnostics, found),
        moved=None if found.unlisted else loaded.moved,
    )
    places = tuple(source.place for source in found.sources if source.place is not None)
    unread = {shown(each) if isinstance(each, str) else str(each) for each in found.unread}
    left_out = tuple(name for name in found.left_out if name not in unread)
    cluster = replace(loaded.cluster, left_out=left_out)
    return replace(loaded, cluster=cluster, unread=found.unread, places=places, fitted=found.fitted)


def _cited(diagnostics: Sequence[Diagnostic], found: Texts) -> tuple[Diagnostic, ...]:
    """The diagnostics; those about objects of a live cluster without lines, of which there is no file."""
    objects = {source.name for source in found.sources if source.is_object}
    return tuple(replace(d, line=None, column=None) if d.file in objects else d for d in diagnostics)


def load_text(text: str, name: str = "<text>", options: Options = _DEFAULTS) -> Loaded:
    """What the manifests in `text` say; `name` is cited as their file. Raises InputError with every mistake."""
    return _load([Source.text_of(name, text)], options, [], ())


def read_policies(sources: Iterable[Source], options: Options = _DEFAULTS) -> PolicySet:
    """The NetworkPolicies of `sources` as those of every new namespace (`newNamespacesGet` of a universe).

    Raises InputError where there is anything else, or where one names a namespace.
    """
    mistakes: list[Diagnostic] = []
    found, _ = collect(sources, options, mistakes, NewNamespaces.ALL)
    raise_errors(mistakes)
    lowered = lower(found.policies, whole_pods=True)
    in_calico = assemble_calico((), (), Facts(), found.policies, ())
    return replace(lowered, variants=(*variants(lowered, NETWORK), in_calico))


def _load(sources: Sequence[Source], options: Options, mistakes: list[Diagnostic], left_out: tuple[str, ...]) -> Loaded:
    with paused_collector():
        found, count = collect(sources, options, mistakes, options.namespace)
        raise_errors(mistakes)
        cluster = cluster_of(found, options)
        mistakes += found.calico.remarks(promoted=options.staged)
    return Loaded(
        cluster,
        tuple(mistakes),
        len(sources),
        sum(len(source.text.encode()) for source in sources),
        count,
        len(cluster.policies.objects),
        dict(sorted(Counter(found.passed_over).items())),
        left_out,
        tuple(found.read),
        partial(_moved, sources, options) if any(map(_is_homeless, found.read)) else None,
        altering(found.kustomizations, sources),
        collection=found,
        options=options,
    )


def cluster_of(found: Collection, options: Options) -> Cluster:
    """What was collected, in the normal form."""
    policies = policies_of(found, options)
    namespaces = found.declared_namespaces()
    workloads, owned, finished = found.workloads, found.owned, found.finished
    if found.mesh:
        workloads, owned, finished = (list(map(with_besides, some)) for some in (workloads, owned, finished))
    ordered = sorted(map(passed_over_of, found.not_understood), key=lambda each: (str(each), each.group))
    cluster = Cluster(
        namespaces,
        tuple(workloads),
        policies,
        tuple(found.nodes),
        tuple(ordered),
        owned=tuple(owned),
        finished=tuple(finished),
        services=tuple(found.services),
        backends=tuple(found.backends),
        customs=tuple(sorted(str(passed_over_of(each)) for each in found.customs)),
        profile=found.choice.profile,
        chosen_for=found.choice.chosen_for,
        overwritten=found.overwritten,
        mesh_root=found.mesh_root,
    )
    asked = ask_accounts(found.cilium) or found.calico.ask_accounts() or mesh_asks_accounts(found.mesh)
    return cluster.with_accounts() if asked else cluster


def policies_of(found: Collection, options: Options) -> PolicySet:
    """The policies that were collected, those of a mesh too."""
    policies = _policies(found, options)
    if not found.mesh:
        return policies
    return with_mesh(policies, found.mesh, known_of(found.mesh, found.declared_namespaces(), found.workloads))


def _policies(found: Collection, options: Options) -> PolicySet:
    """The policies in the stages of whoever reads them all. Where NetworkPolicies stand alone, those of Calico say the
    same as those of Kubernetes."""
    behind = Behind.of(found.services, found.backends)
    if found.choice.dialect is not CALICO or not (found.spoken or found.tiers):
        policies = assemble(found.policies, found.tiers, found.nodes, options.first_version or ALPHA1)
        if found.choice.dialect is CILIUM:
            return with_cilium(policies, found.cilium, found.cidr_groups, options.cilium, NETWORK, behind)
        return policies
    objects, namespaced = found.calico, found.policies
    if options.staged:
        objects, namespaced = objects.promoted(namespaced)
    facts = objects.facts(found.namespaces, behind)
    return assemble_calico(objects.policies, objects.tiers, facts, namespaced, found.tiers, found.nodes)


def _moved(sources: Sequence[Source], options: Options, namespace: str) -> Cluster:
    return _load(sources, replace(options, namespace=namespace), [], ()).cluster


def _is_homeless(each: Object) -> bool:
    """True iff it is a policy of a namespace that names none."""
    metadata = each.value.get("metadata")
    return each.kind in (POLICY, NAMESPACED, *MESH) and isinstance(metadata, dict) and not metadata.get("namespace")


def raise_errors(mistakes: list[Diagnostic]) -> None:
    """Raises InputError iff one of them is an error."""
    errors = [mistake for mistake in mistakes if mistake.severity is Severity.ERROR]
    if errors:
        raise InputError(errors)


def collect(
    sources: Iterable[Source], options: Options, mistakes: list[Diagnostic], namespace: str | NewNamespaces
) -> tuple[Collection, int]:
    """What the sources declare, and in how many documents; adds to `mistakes`."""
    sources = tuple(sources)
    reader = new_reader(options, namespace)
    plain = PlainTexts()
    count = 0
    for source in sources:
        if source.is_object:
            found, faults = object_documents(source)
        else:
            found, faults = documents(source, strict=options.strict_fields, plain=plain)
        mistakes += faults
        count += len(found)
        for document in found:
            reader.read(document)
    mistakes += reader.finish()
    mistakes += complaints(reader.collection.kustomizations, sources)
    mistakes += deployments(reader.collection.deployers)
    return reader.collection, count


def new_reader(options: Options, namespace: str | NewNamespaces) -> Reader:
    """A reader that has read nothing."""
    return Reader(
        namespace,
        skip_unknown=options.skip_unknown,
        strict_cidr=options.strict_cidr,
        strict_fields=options.strict_fields,
        allow_extensions=options.allow_extensions,
        empty_l4=options.empty_l4,
        nested_peers=options.nested_peers,
        mixed_tiers=options.first_version is not None,
        profile=options.profile,
        last_counts=options.last_counts,
    )
