"""`python -m tests.mutants`: plants each fault in a copy of the tree and tells which test notices it."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from queue import Queue

from tests.mutants import EVERYTHING, Fault
from tests.mutants.noticed import alive, record, recorded

ROOT = Path(__file__).parents[2]
SUITES = (
    ("tests/test_cases.py",),
    ("tests/encoding", "tests/test_semantics.py", "tests/ir"),
    ("tests/manifests", "tests/test_universe.py"),
    ("tests/test_soak.py",),
    ("tests/engine", "--ignore=tests/engine/test_crosscheck.py", "--ignore=tests/engine/test_scale.py"),
)
"""The quick tests, in the order in which they are tried."""
_ENGINE = "tests/engine/test_"
_RED = "tests/redteam/test_"
_DOUBTS = f"{_ENGINE}unknowns.py"
_CALICO = (_DOUBTS, "tests/manifests/test_calico.py", "tests/manifests/test_calico_selector.py")
_OF_CALICO = "verifier/manifests/kubernetes/calico"
_CILIUM = (
    _DOUBTS,
    "tests/manifests/test_cilium.py",
    "tests/test_cilium_laws.py",
    "tests/test_cilium_agreement.py",
    "tests/test_cases.py",
)
_OF_MESH = (
    _DOUBTS,
    "tests/test_cases.py",
    "tests/manifests/test_istio.py",
    "tests/manifests/test_istio_roots.py",
    "tests/test_mesh_agreement.py",
)
_LIVE = ("tests/manifests/test_live.py", "tests/cli/test_cluster.py")
_EDITS = ("tests/cli/test_edits.py", "tests/test_edits.py")
NEAR = {
    **{f"verifier/engine/coverage/{name}.py": _EDITS for name in ("coverage", "effects", "noticing", "versions")},
    **{
        f"verifier/manifests/kubernetes/mutants/{name}.py": _EDITS for name in ("mutants", "networkpolicy", "selectors")
    },
    "verifier/encoding/marks.py": _EDITS,
    "verifier/cli/inputs/changedlines.py": ("tests/cli/test_edits.py",),
    "verifier/report/words/edits.py": ("verifier/report/words/edits.py", "tests/cli/test_edits.py"),
    "verifier/engine/results/coverage.py": ("tests/cli/test_edits.py",),
    "verifier/cli/inputs/ranges.py": ("tests/cli/test_edits.py",),
    "verifier/report/lcov.py": ("tests/cli/test_edits.py",),
    "verifier/engine/check/suggest.py": (f"{_ENGINE}suggest.py",),
    "verifier/engine/check/accepted.py": (f"{_ENGINE}accepted.py", "tests/cli/test_accept.py"),
    "verifier/cli/inputs/accepted.py": (f"{_ENGINE}accepted.py", "tests/cli/test_accept.py"),
    "verifier/manifests/specs/acceptances.py": ("tests/manifests/test_acceptances.py", f"{_ENGINE}accepted.py"),
    "verifier/report/findings/junit.py": ("tests/report/test_junit.py", "tests/report/test_accepted.py"),
    "verifier/report/words/result.py": ("tests/report/test_accepted.py", "tests/report/test_text.py"),
    "verifier/cli/commands/baseline.py": ("tests/cli/test_baseline.py",),
    "verifier/version.py": ("tests/manifests/test_config.py", f"{_RED}odd_names.py"),
    "verifier/manifests/documents/there.py": (f"{_RED}odd_names.py",),
    "verifier/manifests/specs/form.py": (f"{_RED}odd_names.py",),
    "verifier/cli/inputs/options.py": (f"{_RED}odd_names.py",),
    "verifier/cli/commands/lint.py": ("tests/cli/test_lint.py",),
    "verifier/cli/inputs/targets.py": ("tests/cli/test_map.py", "tests/cli/test_explain.py"),
    **{f"release/site/{name}.py": ("tests/test_site.py",) for name in ("contents", "pages", "versions")},
    "verifier/ir/endpoint.py": (
        "tests/report/test_text.py",
        "tests/report/test_sarif.py",
        "tests/test_cases.py",
        f"{_ENGINE}variants.py",
    ),
    "verifier/encoding/decode.py": ("tests/cli/test_places.py",),
    "verifier/admission/leaving.py": ("tests/admission/test_desk.py",),
    "verifier/admission/desk.py": ("tests/admission/test_desk.py",),
    "verifier/admission/whole.py": ("tests/admission/test_whole.py",),
    "verifier/report/text/admission.py": ("tests/admission/test_desk.py",),
    "verifier/admission/server.py": ("tests/admission/test_webhook.py",),
    "verifier/admission/cluster.py": ("tests/admission/test_watching.py",),
    "verifier/manifests/documents/excludes.py": ("tests/manifests/test_excludes.py",),
    "verifier/cli/inputs/exclusions.py": ("tests/manifests/test_excludes.py",),
    "verifier/report/findings/githuboutputs.py": ("tests/test_ci.py",),
    "action.yml": ("tests/test_ci.py",),
    ".pre-commit-hooks.yaml": ("tests/test_ci.py",),
    "verifier/engine/check/extent.py": (f"{_ENGINE}extent.py",),
    "verifier/session.py": ("tests/test_session.py",),
    "verifier/manifests/kubernetes/joining.py": ("tests/test_session.py",),
    "verifier/manifests/kubernetes/incremental.py": ("tests/manifests/test_incremental.py", "tests/test_session.py"),
    "verifier/engine/diff/growth.py": ("tests/admission/test_wider.py",),
    "verifier/engine/problem/athome.py": ("tests/admission/test_wider.py",),
    "verifier/engine/problem/shapes.py": (f"{_ENGINE}shapes.py", f"{_ENGINE}changed.py"),
    "verifier/engine/problem/changed.py": (
        f"{_ENGINE}compare.py",
        f"{_ENGINE}changed.py",
        f"{_ENGINE}normal_form.py",
        "tests/test_difference.py",
    ),
    "verifier/engine/solve/minimize.py": (f"{_ENGINE}simplest.py", f"{_ENGINE}query.py"),
    "verifier/smt/alike.py": ("tests/smt/test_alike.py", f"{_ENGINE}extent.py"),
    "verifier/smt/script.py": ("tests/smt",),
    "verifier/report/findings/finding.py": ("tests/report/test_gatetext.py",),
    "verifier/report/words/wrapping.py": ("tests/report/test_wrapping.py",),
    "playground/inside.py": ("tests/test_playground.py",),
    "playground/build.py": ("tests/test_playground.py",),
    "verifier/cli/terminal/signals.py": ("tests/cli/test_signals.py",),
    "verifier/report/svg.py": ("tests/report/test_svg.py",),
    "verifier/report/graph.py": ("tests/report/test_mapformats.py",),
    "verifier/report/words/mapplaces.py": ("tests/report/test_mapplaces.py",),
    **{
        f"verifier/report/html/{name}.py": ("tests/report/test_html.py", "tests/report/test_coverage.py")
        for name in ("assets", "check", "diff", "frame", "markup", "ofmap", "ofregions", "parts", "picture")
    },
    "verifier/report/words/coverage.py": ("tests/report/test_coverage.py",),
    "verifier/engine/results/standing.py": ("tests/report/test_coverage.py", "tests/cli/test_overwritten.py"),
    "verifier/report/text/check.py": ("tests/report/test_coverage.py",),
    **{
        f"{_OF_CALICO}/{name}.py": (*_CALICO, "tests/test_cases.py", "tests/test_calico_agreement.py")
        for name in ("lowering", "meaning", "objects", "policies", "reading", "rules", "selector", "sets", "spec")
    },
    **{
        f"verifier/manifests/kubernetes/cilium/{name}.py": _CILIUM
        for name in ("filter", "lowering", "meaning", "peers", "ports", "rules", "spec")
    },
    "verifier/ir/texts.py": ("tests/ir",),
    f"{_OF_CALICO}/services.py": (_DOUBTS, "tests/test_behind.py"),
    "verifier/manifests/kubernetes/fields.py": (_DOUBTS,),
    **{
        f"verifier/manifests/kubernetes/istio/{name}.py": _OF_MESH
        for name in (
            "lowering",
            "matching",
            "mutualtls",
            "names",
            "rules",
            "policies",
            "proxies",
            "unsaid",
            "spec",
            "beside",
            "roots",
        )
    },
    **dict.fromkeys(
        (
            "verifier/encoding/settings.py",
            "verifier/engine/diff/settings.py",
        ),
        ("tests/test_settings.py",),
    ),
    "verifier/mending/search.py": ("tests/mending",),
    "verifier/mending/edits.py": ("tests/mending", "tests/cli/test_repairlines.py"),
    "verifier/mending/networkpolicies.py": ("tests/mending/test_search.py",),
    "verifier/mending/changes.py": ("tests/mending/test_search.py",),
    "verifier/mending/calico.py": ("tests/mending/test_dialects.py",),
    "verifier/mending/cilium.py": ("tests/mending/test_dialects.py",),
    "verifier/mending/hunks.py": ("tests/mending/test_hunks.py",),
    "verifier/report/findings/fixfinding.py": ("tests/report/test_fix.py",),
    "verifier/report/findings/sarif.py": ("tests/report/test_fix.py", "tests/report/test_sarif.py"),
    "verifier/report/markdown/fix.py": ("tests/report/test_fix.py",),
    "verifier/report/html/coverage.py": ("tests/report/test_html.py",),
    "verifier/cli/inputs/nextsteps.py": ("tests/cli/test_repairlines.py", "tests/cli/test_nextsteps.py"),
    "verifier/mending/placing.py": ("tests/mending/test_placing.py",),
    "verifier/manifests/documents/editing.py": ("tests/manifests/test_editing.py", "tests/mending"),
    "verifier/cli/commands/fix.py": ("tests/cli/test_fix.py",),
    "verifier/cli/inputs/settings.py": ("tests/cli/test_twosettings.py",),
    "verifier/cli/inputs/sides.py": ("tests/cli/test_twosettings.py",),
    "verifier/manifests/kubernetes/deviations.py": ("tests/manifests/test_deviations.py",),
    "verifier/ir/cluster.py": ("tests/manifests/test_deviations.py",),
    "verifier/engine/problem/proxies.py": ("tests/engine/test_mesh.py",),
    "verifier/encoding/world.py": (
        f"{_ENGINE}residents.py",
        f"{_ENGINE}well_formed.py",
        f"{_ENGINE}universe_rules.py",
        f"{_ENGINE}nonempty.py",
    ),
    "verifier/encoding/listed.py": (f"{_ENGINE}well_formed.py", f"{_ENGINE}residents.py", "tests/test_cases.py"),
    "verifier/encoding/tenancy.py": (f"{_ENGINE}residents.py", f"{_ENGINE}backends.py", "tests/test_cases.py"),
    "verifier/ir/residents.py": (f"{_ENGINE}residents.py", f"{_ENGINE}backends.py", "tests/test_cases.py"),
    "verifier/engine/problem/owners.py": (
        f"{_ENGINE}residents.py",
        f"{_ENGINE}backends.py",
        f"{_ENGINE}service_ports.py",
    ),
    "verifier/engine/problem/peers.py": (
        f"{_ENGINE}residents.py",
        f"{_ENGINE}scope.py",
        f"{_ENGINE}confined.py",
        f"{_ENGINE}verdicts.py",
        f"{_ENGINE}hostpeers.py",
    ),
    "verifier/engine/problem/services.py": (f"{_ENGINE}services.py", f"{_ENGINE}service_ports.py"),
    "verifier/engine/problem/meant.py": (
        f"{_ENGINE}services.py",
        f"{_ENGINE}service_ports.py",
        f"{_ENGINE}gate.py",
    ),
    "verifier/ir/notation.py": (f"{_ENGINE}service_ports.py", f"{_ENGINE}suggest.py"),
    "verifier/manifests/kubernetes/facts/services.py": ("tests/manifests/test_facts.py",),
    "verifier/engine/check/inside.py": (f"{_ENGINE}inside.py",),
    "verifier/engine/explain/aims.py": (
        f"{_ENGINE}backends.py",
        f"{_ENGINE}services.py",
        f"{_ENGINE}service_ports.py",
    ),
    "verifier/manifests/notation/connection.py": (
        "tests/manifests/test_connection.py",
        f"{_ENGINE}services.py",
        f"{_ENGINE}residents.py",
    ),
    "verifier/manifests/kubernetes/facts/attribution.py": ("tests/manifests/test_facts.py",),
    "verifier/manifests/kubernetes/facts/endpoints.py": ("tests/manifests/test_facts.py", "tests/test_behind.py"),
    "verifier/engine/problem/variants.py": (
        f"{_ENGINE}service_ports.py",
        f"{_ENGINE}variants.py",
        f"{_ENGINE}choices.py",
        "tests/test_cases.py",
    ),
    "verifier/engine/problem/choices.py": (f"{_ENGINE}choices.py", "tests/test_cases.py"),
    "verifier/manifests/kubernetes/controllers.py": ("tests/test_cases.py",),
    "verifier/ir/freelabels.py": (f"{_ENGINE}choices.py",),
    "verifier/engine/lint/coverage.py": (f"{_ENGINE}choices.py", "tests/engine/lint/test_lint.py"),
    "verifier/manifests/kubernetes/owners.py": ("tests/manifests/test_owners.py", f"{_ENGINE}residents.py"),
    "verifier/manifests/documents/plainyaml.py": ("tests/manifests/test_plainyaml.py",),
    "verifier/manifests/documents/jsontext.py": ("tests/manifests/test_documents.py",),
    "verifier/engine/problem/alike.py": ("tests/engine/lint/test_kinds.py",),
    "verifier/engine/lint/kinds.py": ("tests/engine/lint/test_kinds.py",),
    "verifier/engine/lint/survey.py": ("tests/engine/lint/test_wide.py", f"{_ENGINE}unreachable.py"),
    "verifier/engine/lint/homes.py": (
        "tests/engine/lint/test_wide.py",
        "tests/engine/lint/test_kinds.py",
        "tests/engine/lint/test_redundancy.py",
        f"{_ENGINE}templates.py",
    ),
    "verifier/vocabulary.py": (
        f"{_ENGINE}universe_rules.py",
        f"{_ENGINE}pods_apart.py",
        "tests/test_universe.py",
        f"{_ENGINE}explain_tiers.py",
    ),
    "verifier/engine/problem/scope.py": (
        f"{_ENGINE}pods_apart.py",
        f"{_ENGINE}residents.py",
        f"{_ENGINE}scope.py",
        f"{_ENGINE}confined.py",
        f"{_ENGINE}verdicts.py",
        f"{_ENGINE}hostpeers.py",
    ),
    "verifier/engine/lint/legs.py": (f"{_ENGINE}hostpeers.py",),
    **{
        f"verifier/{name}.py": (f"{_ENGINE}firing.py",)
        for name in ("engine/problem/firing", "engine/problem/ends", "encoding/problem")
    },
    "verifier/engine/check/proved.py": (f"{_ENGINE}proved.py",),
    "verifier/engine/problem/slicing.py": (f"{_ENGINE}slicing.py", f"{_ENGINE}templates.py"),
    "verifier/engine/check/check.py": (f"{_ENGINE}verdicts.py", f"{_ENGINE}service_ports.py"),
    "verifier/engine/check/notes.py": (f"{_ENGINE}assumptions.py", f"{_ENGINE}confined.py", f"{_ENGINE}inside.py"),
    "verifier/engine/solve/query.py": (f"{_ENGINE}limits.py", f"{_ENGINE}query.py"),
    "verifier/encoding/question.py": (f"{_ENGINE}homes.py",),
    "verifier/engine/problem/declared.py": (f"{_ENGINE}homes.py", f"{_RED}terms.py"),
    "verifier/engine/problem/problem.py": (
        f"{_ENGINE}homes.py",
        f"{_ENGINE}pods_apart.py",
        f"{_ENGINE}templates.py",
        "tests/test_cases.py",
    ),
    "verifier/engine/problem/mentioned.py": (
        f"{_ENGINE}compared.py",
        f"{_ENGINE}explain_universe.py",
        f"{_ENGINE}explain.py",
        f"{_ENGINE}nodes.py",
        "tests/engine/map",
        "tests/test_cases.py",
    ),
    "verifier/engine/precheck/prepare.py": ("tests/test_settings.py", f"{_ENGINE}prepare.py", f"{_ENGINE}nonempty.py"),
    "verifier/cli/inputs/inputs.py": ("tests/cli/test_inputs.py", "tests/cli/test_rendering.py", *_LIVE),
    **{
        f"verifier/manifests/render/{name}.py": ("tests/manifests/render", "tests/cli/test_rendering.py")
        for name in ("helm", "made", "reach", "roots", "sandbox", "texts", "values", "wanted")
    },
    "verifier/cli/inputs/helmvalues.py": ("tests/cli/test_rendering.py",),
    "verifier/cli/inputs/parts.py": ("tests/cli/test_watch.py",),
    "verifier/fleet/task.py": ("tests/cli/test_rendering.py",),
    "verifier/fleet/plan.py": ("tests/fleet/test_plan.py",),
    "verifier/report/words/region.py": ("tests/report/test_region.py",),
    "verifier/engine/region/apart.py": (f"{_ENGINE}apart.py",),
    "verifier/manifests/documents/trace.py": ("tests/manifests/render",),
    "verifier/processes/bounded.py": ("tests/processes/test_bounded.py",),
    "verifier/cli/inputs/gaterendered.py": (f"{_RED}rendering.py",),
    "verifier/manifests/documents/kubectl.py": _LIVE,
    "verifier/manifests/kubernetes/live.py": _LIVE,
    "verifier/manifests/kubernetes/unlisted.py": _LIVE,
    "verifier/cli/commands/namespacehint.py": ("tests/cli/test_namespacehint.py",),
    "verifier/engine/precheck/addresses.py": (f"{_ENGINE}residents.py",),
    "verifier/engine/precheck/validate.py": (f"{_ENGINE}universe_rules.py",),
    "verifier/engine/problem/pairing.py": (
        "tests/test_settings.py",
        f"{_ENGINE}choices.py",
        f"{_ENGINE}normal_form.py",
        f"{_ENGINE}compare.py",
        f"{_ENGINE}onesided.py",
        f"{_ENGINE}residents.py",
        "tests/test_difference.py",
    ),
    "verifier/encoding/pairedpods.py": (f"{_ENGINE}onesided.py", "tests/test_difference.py"),
    "verifier/engine/diff/believed.py": (f"{_ENGINE}believed.py", f"{_RED}terms.py", f"{_RED}mesh_root.py"),
    "verifier/ir/meshroot.py": ("tests/manifests/test_istio_roots.py",),
    "verifier/engine/diff/onesided.py": (f"{_ENGINE}onesided.py",),
    "verifier/engine/results/diff.py": (f"{_ENGINE}onesided.py",),
    "verifier/cli/exits.py": ("tests/cli/test_exits.py", "tests/cli/test_edits.py"),
    "verifier/engine/region/box.py": (f"{_ENGINE}box.py", f"{_ENGINE}breaches.py"),
    "verifier/engine/region/merging.py": (
        f"{_ENGINE}joined_selectors.py",
        f"{_ENGINE}box.py",
        f"{_ENGINE}wide_regions.py",
    ),
    "verifier/engine/diff/gate.py": (
        f"{_ENGINE}gate.py",
        f"{_ENGINE}believed.py",
        f"{_ENGINE}prepare.py",
        "tests/cli/test_gate.py",
        f"{_RED}terms.py",
        "tests/admission/test_desk.py",
    ),
    "verifier/engine/diff/turned.py": (f"{_ENGINE}turned.py",),
    "verifier/manifests/kubernetes/load.py": (f"{_RED}base.py", f"{_ENGINE}partial.py", "tests/cli/test_waysout.py"),
    "verifier/manifests/kubernetes/settling.py": ("tests/manifests/test_settling.py",),
    "verifier/cli/inputs/shellwords.py": ("tests/cli/test_waysout.py",),
    "verifier/cli/inputs/waysout.py": ("tests/cli/test_waysout.py",),
    "verifier/engine/map/podclasses.py": ("tests/engine/map/test_pods.py", "tests/engine/map/test_too_many.py"),
    "verifier/engine/diff/comparison.py": (
        "tests/test_settings.py",
        f"{_ENGINE}regions.py",
        f"{_ENGINE}onesided.py",
        "tests/test_difference.py",
    ),
    "verifier/engine/region/boxes.py": (f"{_ENGINE}wide_regions.py", "tests/test_difference.py"),
    "verifier/engine/region/region.py": (f"{_ENGINE}wide_regions.py", f"{_ENGINE}regions.py"),
    "verifier/engine/region/members.py": (f"{_ENGINE}breaches.py", f"{_ENGINE}wide_regions.py", f"{_ENGINE}compare.py"),
    "verifier/engine/check/breaches.py": (f"{_ENGINE}breaches.py", "tests/cli/test_baseline.py"),
    "verifier/encoding/breach.py": (f"{_ENGINE}breaches.py",),
    "verifier/engine/region/flows.py": ("tests/cli/test_baseline.py",),
    "verifier/encoding/claimed.py": (f"{_ENGINE}wide_regions.py", "tests/test_difference.py"),
    "verifier/manifests/documents/revision.py": (
        "tests/manifests/test_revision.py",
        "tests/manifests/test_excludes.py",
    ),
    "verifier/manifests/documents/refs.py": ("tests/manifests/test_revision.py",),
    "verifier/smt/library.py": (f"{_RED}code.py",),
    "verifier/processes/programs.py": (f"{_RED}code.py",),
    "verifier/__main__.py": (f"{_RED}code.py",),
    "verifier/cli/inputs/gitbase.py": (f"{_RED}base.py",),
    "verifier/cli/inputs/gatereading.py": (f"{_RED}base.py", "tests/cli/test_gate.py", f"{_RED}rendering.py"),
    "verifier/cli/commands/gate.py": ("tests/cli/test_repairlines.py", f"{_RED}terms.py"),
    "verifier/report/words/gate.py": (f"{_RED}terms.py",),
    "verifier/engine/diff/partial.py": (f"{_ENGINE}partial.py", f"{_RED}terms.py", f"{_RED}what_is_read.py"),
    "verifier/manifests/notation/span.py": (f"{_ENGINE}confined.py", "tests/manifests/test_expression.py"),
    "verifier/manifests/kubernetes/kinds.py": ("tests/manifests/test_kinds.py",),
    "verifier/manifests/kubernetes/objects.py": ("tests/manifests/test_kinds.py",),
    "verifier/manifests/kubernetes/facts/behind.py": ("tests/test_behind.py",),
    "verifier/manifests/kubernetes/collect.py": ("tests/manifests/test_kinds.py",),
    "verifier/manifests/kubernetes/collection.py": ("tests/manifests",),
    "verifier/manifests/kubernetes/generators.py": ("tests/manifests/test_kinds.py",),
    "verifier/engine/lint/lint.py": (f"{_ENGINE}partial.py",),
    "verifier/engine/lint/tiers.py": (f"{_ENGINE}partial.py",),
    "verifier/manifests/kubernetes/kustomization.py": (
        f"{_RED}what_is_read.py",
        "tests/manifests/test_kustomization.py",
    ),
    "verifier/report/words/place.py": (f"{_RED}output.py",),
    "verifier/cli/inputs/charts.py": (f"{_RED}base.py",),
    "verifier/cli/inputs/takenin.py": (f"{_RED}taken_in.py", f"{_RED}what_is_read.py"),
    "verifier/cli/inputs/nevercreated.py": (f"{_RED}never_created.py",),
    "verifier/manifests/kubernetes/touched.py": (f"{_RED}taken_in.py",),
    "verifier/manifests/kubernetes/mentions.py": (f"{_RED}taken_in.py", f"{_RED}what_is_read.py"),
    "verifier/manifests/documents/held.py": (f"{_RED}what_is_read.py", f"{_RED}base.py"),
    "verifier/cli/inputs/unjudged.py": (f"{_RED}taken_in.py", f"{_RED}base.py", f"{_RED}what_is_read.py"),
    "verifier/cli/inputs/gateterms.py": (f"{_RED}terms.py",),
    "verifier/cli/terminal/streams.py": (f"{_RED}files.py",),
    "verifier/engine/diff/outcome.py": (f"{_ENGINE}onesided.py", f"{_RED}terms.py", "tests/report/test_outcome.py"),
    "verifier/engine/lint/redundancy.py": (
        f"{_ENGINE}templates.py",
        "tests/engine/lint/test_redundancy.py",
        "tests/engine/lint/test_undone.py",
        "tests/engine/lint/test_wide.py",
    ),
    "verifier/engine/lint/parts.py": ("tests/engine/lint/test_redundancy.py", "tests/engine/lint/test_kinds.py"),
    "verifier/engine/lint/unreachable.py": ("tests/engine/lint/test_dialects.py", f"{_ENGINE}unreachable.py"),
    "verifier/admission/stored.py": ("tests/admission/test_desk.py",),
    "verifier/engine/lint/undone.py": ("tests/engine/lint/test_undone.py", f"{_ENGINE}partial.py"),
    "verifier/ir/leftout.py": ("tests/engine/lint/test_undone.py", f"{_ENGINE}explain.py"),
    "verifier/ir/network.py": ("tests/engine/lint/test_undone.py", "tests/ir"),
    "verifier/engine/problem/slips.py": ("tests/engine/lint/test_lint.py", f"{_ENGINE}doubts.py"),
    "verifier/engine/lint/dead.py": ("tests/engine/lint/test_lint.py",),
    "verifier/engine/lint/written.py": ("tests/engine/lint/test_lint.py",),
    "verifier/engine/lint/hostnetwork.py": ("tests/engine/lint/test_lint.py",),
    "verifier/engine/lint/tunnel.py": ("tests/engine/lint/test_lint.py",),
    "verifier/engine/check/reopened.py": (f"{_ENGINE}reopened.py",),
    "verifier/engine/check/doubts.py": (f"{_ENGINE}doubts.py",),
    "verifier/engine/explain/asides.py": (f"{_ENGINE}explain.py",),
    "verifier/manifests/kubernetes/misplaced.py": ("tests/manifests/test_misplaced.py",),
    "verifier/manifests/documents/syntax.py": ("tests/manifests/test_misplaced.py",),
    "verifier/engine/map/peers.py": ("tests/engine/map",),
    "verifier/engine/map/meetings.py": ("tests/engine/map",),
    "verifier/encoding/unknowns.py": (f"{_ENGINE}unknowns.py",),
    "verifier/encoding/pair.py": (
        "tests/test_settings.py",
        f"{_ENGINE}unknowns.py",
        f"{_ENGINE}compare.py",
        f"{_ENGINE}wide_regions.py",
        "tests/test_difference.py",
    ),
    "verifier/engine/diff/compare.py": (
        f"{_ENGINE}wide_regions.py",
        f"{_ENGINE}compare.py",
        f"{_ENGINE}onesided.py",
        f"{_ENGINE}regions.py",
        f"{_ENGINE}nonempty.py",
        f"{_RED}terms.py",
    ),
    "verifier/encoding/removal.py": (
        f"{_ENGINE}unknowns.py",
        "tests/engine/lint/test_redundancy.py",
        "tests/engine/lint/test_wide.py",
    ),
    "verifier/smt/solver.py": ("tests/smt", f"{_ENGINE}limits.py"),
    "verifier/encoding/reach.py": (
        "tests/engine/lint/test_tiers.py",
        f"{_ENGINE}normal_form.py",
        f"{_ENGINE}unreachable.py",
    ),
    "verifier/encoding/ties.py": (
        "tests/engine/lint/test_tiers.py",
        f"{_ENGINE}normal_form.py",
        f"{_ENGINE}unreachable.py",
    ),
    "verifier/engine/precheck/conflicts.py": (f"{_ENGINE}conflicts.py", "tests/engine/lint/test_tiers.py"),
    "verifier/engine/explain/nearmiss.py": (f"{_ENGINE}explain_tiers.py", f"{_ENGINE}nearmiss.py"),
    "verifier/engine/precheck/nonempty.py": (f"{_ENGINE}nonempty.py",),
    "verifier/engine/explain/undeclared.py": (
        f"{_ENGINE}explain_universe.py",
        f"{_ENGINE}compared.py",
        "tests/engine/map/test_universe.py",
    ),
    "verifier/engine/explain/cases.py": (
        f"{_ENGINE}services.py",
        f"{_ENGINE}backends.py",
        f"{_ENGINE}residents.py",
        f"{_ENGINE}explain_universe.py",
        f"{_ENGINE}explain.py",
    ),
    "verifier/engine/explain/explain.py": (
        f"{_ENGINE}services.py",
        f"{_ENGINE}service_ports.py",
        f"{_ENGINE}backends.py",
        f"{_ENGINE}explain_universe.py",
        f"{_ENGINE}prepare.py",
    ),
    "verifier/engine/lint/naming.py": (f"{_ENGINE}templates.py", "tests/engine/lint/test_redundancy.py"),
    "verifier/engine/map/classes.py": ("tests/engine/map/test_universe.py", f"{_ENGINE}compared.py"),
    "verifier/engine/map/map.py": (
        "tests/engine/map/test_map.py",
        "tests/engine/map/test_universe.py",
        "tests/engine/map/test_too_many.py",
        f"{_ENGINE}prepare.py",
    ),
    "verifier/engine/map/ports.py": ("tests/engine/map/test_map.py",),
    "verifier/engine/map/flows.py": (
        "tests/engine/map/test_sharing.py",
        "tests/engine/map/test_map.py",
        f"{_ENGINE}hostpeers.py",
    ),
    "verifier/engine/map/reach.py": (
        "tests/engine/map/test_sharing.py",
        "tests/engine/map/test_map.py",
        f"{_ENGINE}normal_form.py",
        f"{_ENGINE}nodes.py",
        "tests/engine/map/test_dialects.py",
        f"{_ENGINE}nodes.py",
    ),
    "verifier/manifests/kubernetes/dialects.py": ("tests/manifests/test_dialects.py", "tests/test_cases.py"),
    "verifier/engine/diff/uncovered.py": (f"{_ENGINE}partial.py", f"{_RED}what_is_read.py"),
    "verifier/manifests/kubernetes/istio/beside.py": _OF_MESH,
    "verifier/semantics.py": (f"{_ENGINE}normal_form.py",),
    "verifier/encoding/formulas.py": (f"{_ENGINE}normal_form.py",),
    "verifier/encoding/pipes.py": (f"{_ENGINE}normal_form.py",),
    "verifier/ir/merging.py": ("tests/ir", f"{_ENGINE}normal_form.py"),
    "verifier/ir/policy.py": ("tests/ir", f"{_ENGINE}normal_form.py"),
}
"""Tests that are tried first, by the file that a fault is in."""
_TIMES = count(int(time.time()) + 1)
"""Seconds since 1970, each given once."""
_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+?(?:\[.*?\])?)(?: - .*)?$", re.MULTILINE)


def main(arguments: Sequence[str] | None = None) -> int:
    """0: every fault is caught."""
    parser = argparse.ArgumentParser(prog="faults")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="faults that have this in their description")
    parser.add_argument("--start", type=int, default=0, help="how many faults to pass over")
    parser.add_argument("--near", action="store_true", help="try near tests only, to see where more are wanted")
    parser.add_argument("--passing", action="store_true", help="the tests are known to pass where nothing is planted")
    options = parser.parse_args(arguments)
    faults = [fault for fault in EVERYTHING[options.start :] if options.only in fault.what]
    adrift = [fault for fault in faults if not fault.fits(ROOT)]
    for fault in adrift:
        print(f"ADRIFT: {fault.what}: the anchor does not stand in {fault.path} exactly once")
    missed = 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.jobs) as pool:
        trees: Queue[Path] = Queue()
        for number in range(options.jobs):
            trees.put(copy(Path(folder) / str(number)))
        without = None if options.passing or options.only or options.near else failing(trees.queue[0], SUITES)
        if without is not None:
            print(f"the tests fail without any fault: {without}")
            return 1
        noticed = alive(recorded(), collected(trees.queue[0]))

        def tried(fault: Fault) -> str | None:
            tree = trees.get()
            try:
                first = [(noticed[fault.what],)] if fault.what in noticed else []
                near = [NEAR[fault.path]] if fault.path in NEAR else []
                rest = SUITES if not options.near else SUITES[:2] if near else SUITES[:-1]
                return caught(fault, tree, (*first, *near, *rest))
            finally:
                trees.put(tree)

        sound = [fault for fault in faults if fault not in adrift]
        for fault, by in zip(sound, pool.map(tried, sound), strict=True):
            missed += by is None
            noticed = {**noticed, fault.what: by} if by is not None else noticed
            record({**recorded(), **noticed})
            print(f"{fault.what} | {fault.path} | {by or 'NOT CAUGHT'}", flush=True)
    print(f"{len(sound)} faults, {len(sound) - missed} caught, {len(adrift)} adrift")
    return 1 if missed or adrift else 0


def copy(tree: Path) -> Path:
    """A copy of all that the tests need."""
    tree.mkdir(parents=True)
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc", "node_modules")
    for name in ("verifier", "tests", "properties", "examples", "docs", "playground", "release", ".github"):
        shutil.copytree(ROOT / name, tree / name, ignore=ignore)
    texts = (
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "action.yml",
        ".pre-commit-hooks.yaml",
        "constraints.txt",
        "requirements.lock",
    )
    for name in ("pyproject.toml", *texts):
        shutil.copy(ROOT / name, tree / name)
    return tree


def caught(fault: Fault, tree: Path, suites: Sequence[Sequence[str]] = SUITES) -> str | None:
    """The test that notices the fault; None: no test does. The tree is as before afterwards."""
    file = tree / fault.path
    before = file.read_text()
    fault.plant(tree)
    _make_newer(file)
    try:
        return failing(tree, suites)
    finally:
        file.write_text(before)
        _make_newer(file)


def _make_newer(file: Path) -> None:
    """Gives a file that was just written a time that none of its bytecode has, which knows it by second and size."""
    later = next(_TIMES)
    os.utime(file, (later, later))


def collected(tree: Path) -> list[str]:
    """Every test that pytest finds there."""
    run = _pytest(tree, "--collect-only", "-q")
    if run.returncode != 0:
        raise ChildProcessError(f"the tests cannot be collected: {run.stdout[-500:]}")
    return run.stdout.splitlines()


def failing(tree: Path, suites: Sequence[Sequence[str]]) -> str | None:
    """The first test that fails; None: all pass."""
    for suite in suites:
        run = _pytest(tree, "-x", "-q", "--tb=no", *suite)
        if run.returncode < 0:
            raise ChildProcessError(f"{' '.join(suite)}: killed by signal {-run.returncode}")
        if run.returncode != 0:
            found = _FAILED.search(run.stdout)
            return found[1] if found else f"{' '.join(suite)} (exit {run.returncode})"
    return None


def _pytest(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPATH": str(tree)}
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, env=environment, check=False)


if __name__ == "__main__":
    sys.exit(main())
