"""HTTP/1.1 and WebSocket as bytes on a socket: for what real clients refuse to send."""
import base64
import hashlib
import os
import re
import socket
import struct

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
STATUS_LINE = re.compile(rb"HTTP/1\.1 (\d\d\d) [ -~]*$")


class Response:
    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body

    def field(self, name):
        """The value of the only field of this name, or None."""
        values = [value for key, value in self.fields if key == name.lower()]
        assert len(values) < 2, f"{name} is there {len(values)} times"
        return values[0] if values else None


class Wire:
    """A connection with what has been read and not yet used."""

    def __init__(self, sock):
        self.sock, self.unread = sock, b""

    def send(self, data):
        self.sock.sendall(data)
        return self

    def _more(self):
        data = self.sock.recv(262144)
        self.unread += data
        return bool(data)

    def take(self, size):
        """Exactly `size` bytes."""
        while len(self.unread) < size:
            assert self._more(), f"closed after {len(self.unread)} of {size} bytes"
        data, self.unread = self.unread[:size], self.unread[size:]
        return data

    def rest(self):
        """Everything until the peer's end."""
        while self._more():
            pass
        data, self.unread = self.unread, b""
        return data

    def closed(self):
        """Has the peer ended, with nothing more to read?"""
        try:
            return not self.unread and not self._more()
        except ConnectionResetError:
            return True

    def head(self):
        """The next response head: (status, fields)."""
        while b"\r\n\r\n" not in self.unread:
            assert self._more(), f"closed within a head: {self.unread!r}"
        head, self.unread = self.unread.split(b"\r\n\r\n", 1)
        first, *lines = head.split(b"\r\n")
        status = STATUS_LINE.match(first)
        assert status, f"not a status line: {first!r}"
        fields = []
        for line in lines:
            name, colon, value = line.partition(b":")
            assert colon, f"not a field: {line!r}"
            fields.append((name.decode().lower(), value.strip().decode()))
        return int(status[1]), fields

    def response(self, method="GET"):
        """The next final response, whole."""
        status, fields = self.head()
        response = Response(status, fields, b"")
        if method != "HEAD" and status >= 200 and status not in (204, 304):
            length = response.field("content-length")
            assert length is not None, f"{status} without Content-Length"
            response.body = self.take(int(length))
        return response

    def close(self):
        self.sock.close()

    def reset(self):
        """Close so that the peer sees a reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


def request(method, path, *fields, body=b"", host="localhost"):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *fields]
    if body and not any(f.lower().startswith("transfer-encoding") for f in fields):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def upgrade_request(path, token, *fields, body=b""):
    return request("GET", path, "Connection: Upgrade", f"Upgrade: {token}", *fields, body=body)


def websocket_request(path="/ws", *fields):
    """(request, the Sec-WebSocket-Accept that must come back)"""
    key = base64.b64encode(os.urandom(16))
    accept = base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()
    return upgrade_request(path, "websocket", "Sec-WebSocket-Version: 13",
                           f"Sec-WebSocket-Key: {key.decode()}", *fields), accept


def frame(opcode, payload=b"", fin=True, masked=True, rsv=0):
    """One frame as a client sends it."""
    size = len(payload)
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    bit = 0x80 if masked else 0
    if size < 126:
        head += bytes([bit | size])
    elif size < 65536:
        head += bytes([bit | 126]) + struct.pack(">H", size)
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", size)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    repeated = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
    hidden = (int.from_bytes(payload, "big") ^ repeated).to_bytes(size, "big") if size else b""
    return head + mask + hidden


def read_frame(wire):
    """(opcode, fin, payload) of the server's next frame, which must not be masked."""
    first, second = wire.take(2)
    assert not second & 0x80, "a server's frame is masked"
    size = second & 0x7F
    if size == 126:
        size, = struct.unpack(">H", wire.take(2))
    elif size == 127:
        size, = struct.unpack(">Q", wire.take(8))
    return first & 0x0F, bool(first & 0x80), wire.take(size)


def close_code(payload):
    return struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else None
