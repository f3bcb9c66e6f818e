"""A proxy on loopback that opens tunnels, whatever their names, to one port."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any


class ConnectProxy:
    """What the tests hold: its address, and what it was asked."""

    def __init__(self, port: int, to: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.to = to
        self.asked: list[bytes] = []
        """The head of each request, as it came."""
        self.wants: bytes | None = None
        """A line without which the head gets 407."""


@contextmanager
def connect_proxy(to: int) -> Iterator[ConnectProxy]:
    """Serve a proxy for as long as the block lasts."""

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            head = b"".join(iter(self.rfile.readline, b"\r\n"))
            proxy.asked.append(head)
            if proxy.wants and proxy.wants.lower() not in head.lower():
                self.wfile.write(b"HTTP/1.1 407 Hush\r\nContent-Length: 0\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", proxy.to)) as there:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
                back = threading.Thread(target=_pass_on, args=(there, self.connection))
                back.start()
                _pass_on(self.connection, there)
                back.join()

    class Server(ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        proxy = ConnectProxy(server.server_address[1], to)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield proxy
        server.shutdown()
        thread.join()


def _pass_on(source: socket.socket, destination: Any) -> None:
    try:
        while data := source.recv(65536):
            destination.sendall(data)
        destination.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # one end has gone: so does the other
