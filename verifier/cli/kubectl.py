"""`kubectl_complete-netpol`: kubectl runs it to complete the words after `kubectl netpol`."""

import os
from typing import NoReturn

from verifier.cli.commands import completion
from verifier.cli.main import main as netpol


def main() -> NoReturn:
    os.environ[completion.VARIABLE] = "kubectl_complete"
    netpol()
