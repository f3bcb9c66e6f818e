"""Certificates for an STS on loopback, made for the run by the ``openssl`` of this machine."""

import socket
import ssl
import subprocess
from pathlib import Path

_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"


class Certificates:
    """An authority that the function trusts, and what it signed; and one that nobody trusts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.authority = folder / "authority.pem"
        self._make_own("authority", "CN=Authority", "DNS:authority")
        self._make_own("self-signed", "CN=127.0.0.1", "IP:127.0.0.1")
        self._sign("good", "IP:127.0.0.1", days=1)
        self._sign("hub", "DNS:hub.invalid", days=1)
        # A day that is over: openssl takes -1 for tests like this one.
        self._sign("expired", "IP:127.0.0.1", days=-1)
        self._sign("another-name", "DNS:sts.eu-west-1.amazonaws.com", days=1)

    def serve(self, accepted: socket.socket, name: str) -> ssl.SSLSocket:
        """Shake hands as a server that has one of the certificates."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        return context.wrap_socket(accepted, server_side=True)

    def _make_own(self, name: str, subject: str, host: str) -> None:
        files = f"-keyout {name}.key -out {name}.pem"
        self._openssl(f"req -x509 {_KEY} {files} -days 2 -subj /{subject} -addext subjectAltName={host}")

    def _sign(self, name: str, host: str, days: int) -> None:
        (self._folder / f"{name}.ext").write_text(f"subjectAltName={host}\n")
        self._openssl(f"req {_KEY} -keyout {name}.key -out {name}.csr -subj /CN=sts")
        signer = "-CA authority.pem -CAkey authority.key -CAcreateserial"
        self._openssl(f"x509 -req -in {name}.csr -out {name}.pem {signer} -days {days} -extfile {name}.ext")

    def _openssl(self, arguments: str) -> None:
        done = subprocess.run(
            ["openssl", *arguments.split()], cwd=self._folder, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
