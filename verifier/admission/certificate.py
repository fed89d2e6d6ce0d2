"""The certificate of the server, read again when its files change."""

import os
import ssl
from pathlib import Path

from verifier.errors import Diagnostic, InputError


class Certificate:
    """Life cycle: made, which raises InputError where the files are no certificate with its key; then looked at any
    number of times. New connections get what was read last."""

    def __init__(self, certificate: str, key: str) -> None:
        self._files = certificate, key
        self.context = self._context()
        self._signature = self._look()
        try:
            self._load(self.context)
        except (OSError, ssl.SSLError) as error:
            raise InputError(Diagnostic("certificate", _said(error), certificate)) from None

    def renew(self) -> str | None:
        """Takes a new certificate in; says what came of it, where the files are others than before."""
        signature = self._look()
        if signature == self._signature:
            return None
        try:
            self._load(self._context())  # files of which only one is written yet must not spoil what is in use
            self._load(self.context)
        except (OSError, ssl.SSLError) as error:
            return f"the certificate cannot be read, the old one stays: {_said(error)}"
        self._signature = signature
        return "the certificate was read again"

    @staticmethod
    def _context() -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        return context

    def _load(self, context: ssl.SSLContext) -> None:
        context.load_cert_chain(*self._files, password=lambda: b"")

    def _look(self) -> tuple[object, ...]:
        found: list[object] = []
        for file in self._files:
            try:
                entry = os.stat(file)  # noqa: PTH116
            except OSError:
                found.append(None)
            else:
                found.append((Path(file).resolve(), entry.st_mtime_ns, entry.st_size, entry.st_ino))
        return tuple(found)


def _said(error: OSError | ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLError):
        return f"no certificate with its key ({error.reason or 'not PEM'})"
    return (error.strerror or str(error)).lower()
