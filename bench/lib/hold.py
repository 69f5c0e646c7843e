"""A backend that accepts connections, and neither reads from them nor answers."""

import socket
import threading


class Hold:
    """Listens on a free port; keeps what it accepted."""

    def __init__(self, receive_bytes=0):
        """receive_bytes: how much the kernel takes for it ahead of its reads; 0 leaves that to the kernel."""
        self.listener = socket.socket()
        if receive_bytes:
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(4096)
        self.port = self.listener.getsockname()[1]
        self.accepted = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            self.accepted.append(self.listener.accept()[0])
