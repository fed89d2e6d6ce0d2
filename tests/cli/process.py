"""Runs the command line as a process of its own, as users do."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

QUIET_ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith("NETPOL_") and name not in ("NO_COLOR", "FORCE_COLOR", "_NETPOL_COMPLETE")
}

GOOD = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  policyTypes: [Ingress]
  ingress:
  - from:
    - podSelector: {matchLabels: {role: monitoring}}
    ports:
    - {protocol: TCP, port: 5000}
"""

POD = """\
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: shop, labels: {app: api}}
"""

PROVED = "only shop/role=monitoring -> shop/app=api"
VIOLATED = "never shop/role=monitoring -> shop/app=api : TCP/5000"
VACUOUS = "always shop/app=api -> nowhere/app=ghost"


def environment(**more: str) -> dict[str, str]:
    return {**QUIET_ENVIRONMENT, "PYTHONPATH": str(ROOT), **more}


def netpol(
    *arguments: str, cwd: Path, stdin: str = GOOD, program: tuple[str, ...] = ("-m", "verifier"), **env: str
) -> subprocess.CompletedProcess[str]:
    """The finished process; text in and out."""
    return subprocess.run(
        [sys.executable, *program, *arguments],
        input=stdin,
        cwd=cwd,
        env=environment(**env),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
