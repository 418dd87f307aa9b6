"""Copied beside a journey's server, which loads it: writes down each host that is not this machine.

Python's own sockets only; who connects from within a compiled library is not heard.
"""

import sys
from pathlib import Path

HOME = ("127.", "::1", "localhost", "0.0.0.0", "::ffff:127.")
PLACES = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
}
"""Audit event → which of its arguments is, or begins with, the host."""


def _hear(event, args):
    if event not in PLACES:
        return
    address = args[PLACES[event]]
    host = address[0] if isinstance(address, tuple) else address
    if isinstance(host, str) and host and not host.startswith((*HOME, "/", "\0")):
        with Path(__file__).with_name("connections").open("a", encoding="utf-8") as heard:
            heard.write(f"{event} {host}\n")


sys.addaudithook(_hear)
