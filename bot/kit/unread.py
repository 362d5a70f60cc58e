"""How long what somebody sent has lain unread.

A process that is behind does not see it by its own queues: what has come waits in the kernel, on connections that it
has not looked at yet.
"""

from __future__ import annotations

import asyncio
import socket
import struct

_LAST_DATA_RECEIVED = 52
"""Where `struct tcp_info` holds the milliseconds since the last data came (linux/tcp.h)."""


def seconds_unread(transport: asyncio.BaseTransport | None) -> float:
    """Seconds since the last bytes of this connection came; 0 when the system does not say."""
    connection = transport.get_extra_info("socket") if transport is not None else None
    if connection is None or not hasattr(socket, "TCP_INFO"):
        return 0.0
    try:
        told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAST_DATA_RECEIVED + 4)
    except OSError:  # not TCP
        return 0.0
    if len(told) < _LAST_DATA_RECEIVED + 4:
        return 0.0
    millis: int = struct.unpack_from("=I", told, _LAST_DATA_RECEIVED)[0]
    return millis / 1000
