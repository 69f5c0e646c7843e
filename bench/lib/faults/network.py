"""Hosts in network namespaces of their own, on a bridge inside one more. Nothing of the machine's own network is touched."""

import ctypes
import http.client
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from contextlib import closing, contextmanager
from pathlib import Path

from .. import machine

PREFIX = "proxyd-faults-"
NAMESPACES = Path("/run/netns")
CLONE_NEWNET = 0x40000000
DROP_SYN = """add table inet faults
add chain inet faults input { type filter hook input priority 0; }
add rule inet faults input tcp flags & (syn | ack) == syn drop
"""
LIBC = ctypes.CDLL(None, use_errno=True)


def ip(*arguments):
    command = [machine.needed("ip", "iproute2"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        machine.fail(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def _enter(namespace):
    """This thread, not the others."""
    if LIBC.setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "cannot enter a network namespace")


def remove_leftovers():
    """Ends what a run that was killed has left: its namespaces, the processes within them, and its folder."""
    for left in (*NAMESPACES.glob(PREFIX + "*"), *Path(tempfile.gettempdir()).glob(PREFIX + "*")):
        pid = left.name.removeprefix(PREFIX).split("-")[0]
        if Path(f"/proc/{pid}").exists():
            continue
        if left.parent == NAMESPACES:
            _remove(left.name)
        else:
            shutil.rmtree(left)


def _remove(name):
    for pid in ip("netns", "pids", name).split():
        try:
            os.kill(int(pid), signal.SIGKILL)
        except ProcessLookupError:
            pass
    ip("netns", "del", name)


class Host:
    """A network namespace with an address, on the bridge by a veth pair."""

    def __init__(self, network, name, address):
        self.network, self.name, self.address = network, name, address
        self.namespace = network.add(name)
        ip("-n", network.bridge, "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", self.namespace)
        ip("-n", network.bridge, "link", "set", name, "master", "bridge", "up")
        ip("-n", self.namespace, "addr", "add", f"{address}/24", "dev", "eth0")
        ip("-n", self.namespace, "link", "set", "eth0", "up")
        ip("-n", self.namespace, "link", "set", "lo", "up")

    def command(self, *command):
        """The command that runs a command on this host, as the same process."""
        return [machine.needed("ip", "iproute2"), "netns", "exec", self.namespace, *command]

    @contextmanager
    def entered(self):
        """The sockets that this thread opens meanwhile are this host's."""
        home = os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY)
        try:
            self.enter()
            yield
        finally:
            _enter(home)
            os.close(home)

    def enter(self):
        """This thread is on this host from now on."""
        with open(NAMESPACES / self.namespace, "rb") as namespace:
            _enter(namespace.fileno())

    def status(self, address, port, path):
        """Asks another host, or this one; the status of its answer, or None if there is none."""
        try:
            with self.entered():
                connection = http.client.HTTPConnection(address, port, timeout=1)
                connection.connect()
            with closing(connection):
                connection.request("GET", path)
                return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None

    def link(self, up):
        """Pulls the cable at the switch, or plugs it in: to the others the host is silent."""
        ip("-n", self.network.bridge, "link", "set", self.name, "up" if up else "down")

    def drop_syn(self, drop):
        """Whether requests for new connections are dropped without an answer."""
        rules = DROP_SYN if drop else "delete table inet faults\n"
        subprocess.run(self.command(machine.needed("nft", "nftables"), "-f", "-"), input=rules, text=True, check=True)


class Network:
    """The bridge with its hosts; all of it goes away at the end."""

    def __init__(self):
        self.names = []
        self.bridge = self.add("bridge")
        ip("-n", self.bridge, "link", "add", "bridge", "type", "bridge")
        ip("-n", self.bridge, "link", "set", "bridge", "up")

    def add(self, name):
        """A new namespace; returns its full name."""
        full = f"{PREFIX}{os.getpid()}-{name}"
        ip("netns", "add", full)
        self.names.append(full)
        return full

    def remove(self):
        for name in reversed(self.names):
            _remove(name)
