"""The tests' own fence."""

import socket

import pytest
import pytest_socket


def test_the_network_is_out_of_reach() -> None:
    """A connection to anything but loopback is refused before it leaves."""
    with pytest.raises(pytest_socket.SocketConnectBlockedError), pytest.warns(UserWarning, match="192.0.2.1"):
        socket.create_connection(("192.0.2.1", 9), timeout=1)
