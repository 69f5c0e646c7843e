"""What the proxy sends to each backend, seen at the proxy's own network card, where a silent backend cannot hide it."""

import ctypes
import socket
import struct
import threading
import time

ETH_P_ALL = 0x0003
SO_ATTACH_FILTER = 26
REQUEST_BYTES = 900  # requests of the load are longer, health checks shorter
# Classic BPF: outgoing packets of at least that length, their first 96 bytes.
PACKET_TYPE, OUTGOING = 0xFFFFF000 + 4, 4
FILTER = [(0x80, 0, 0, 0), (0x35, 0, 3, REQUEST_BYTES),         # shorter: to the last line
          (0x30, 0, 0, PACKET_TYPE), (0x15, 0, 1, OUTGOING),    # not outgoing: to the last line
          (0x06, 0, 0, 96), (0x06, 0, 0, 0)]


class Traffic:
    """When which backend was sent a request of the load. A segment that TCP sends again does not count again."""

    def __init__(self, host):
        with host.entered():
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            self.socket.bind(("eth0", ETH_P_ALL))
        code = b"".join(struct.pack("HBBI", *line) for line in FILTER)
        self.code = ctypes.create_string_buffer(code)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                               struct.pack("HL", len(FILTER), ctypes.addressof(self.code)))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.settimeout(0.2)
        self.seen, self.times = set(), {}
        self.open = True
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        while self.open:
            try:
                packet = self.socket.recv(96)
            except TimeoutError:
                continue
            now = time.monotonic()
            tcp = 14 + (packet[14] & 15) * 4
            segment = packet[30:34] + packet[tcp:tcp + 2] + packet[tcp + 4:tcp + 8]  # to whom, from which port, which byte
            if segment not in self.seen:
                self.seen.add(segment)
                self.times.setdefault(socket.inet_ntoa(packet[30:34]), []).append(now)

    def close(self):
        """Returns, for each address, when it was sent a request: seconds on the clock of time.monotonic."""
        self.open = False
        self.thread.join()
        self.socket.close()
        return self.times
