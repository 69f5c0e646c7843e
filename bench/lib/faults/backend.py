"""The three backends: FaultBackend on a host of its own each."""

import select
import signal

from .. import machine
from .process import LESS_URGENT, Program
from .relay import Relay

PORT, RELAYED_PORT = 8080, 8081
START_SECONDS = 20
# Small and quick to start, as restarts are part of the faults.
OPTIONS = ["-Xms64m", "-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xlog:disable",
           "-Dio.netty.tryReflectionSetAccessible=false", "--enable-native-access=ALL-UNNAMED"]


def java(*options):
    _, class_path = machine.distribution()
    return [machine.java() / "bin" / "java", *OPTIONS, *options, "-cp", class_path]


def class_archive(host, work):
    """An archive of the classes of a backend, from one that ran once; restarts are quicker with it."""
    archive = work / "backend.jsa"
    program = Program(host, [*java(f"-XX:ArchiveClassesAtExit={archive}"), "io.proxyd.bench.faults.FaultBackend", PORT,
                             work / "archive.executed"], work / "archive.log", orders=True)
    program.hear("ready")
    for path in ("/", "/healthz"):
        host.status(host.address, PORT, path)
    program.end()
    return archive


def one_listens(backends):
    """Waits until the first of them does."""
    select.select([b.program.process.stdout for b in backends], [], [], START_SECONDS)


class Backend:
    """One backend, and what can be done to it."""

    def __init__(self, host, work, archive):
        self.host, self.work, self.archive = host, work, archive
        self.address = host.address
        self.relay = None
        self.program = None
        self.starting = False
        self.executed = work / f"{host.name}.executed"

    def start(self, port=PORT):
        """Starts it and waits until it listens."""
        self.launch(port)
        self.listening()

    def launch(self, port=PORT):
        self.starting = True
        self.program = Program(self.host, [*java(f"-XX:SharedArchiveFile={self.archive}"),
                                           "io.proxyd.bench.faults.FaultBackend", port, self.executed],
                               self.work / f"{self.host.name}.log", orders=True, urgency=LESS_URGENT)

    def listening(self):
        """Waits until it listens, if it was launched and not waited for."""
        if self.starting:
            self.program.hear("ready")
            self.starting = False

    def stop(self):
        """In order: it finishes what it has begun."""
        self.program.end()

    def kill(self):
        self.program.kill()

    def freeze(self):
        self.program.signal(signal.SIGSTOP)

    def thaw(self):
        self.program.signal(signal.SIGCONT)

    def misbehave(self, fault):
        """A name of BackendFault, as in reset-at-accept; `none` for none."""
        self.program.order(fault)

    def close_connections(self):
        self.program.order("close-connections")

    def behind_relay(self):
        """Moves the server to another port, and a relay into its place."""
        self.stop()
        self.start(RELAYED_PORT)
        self.relay = Relay(self.host, PORT, RELAYED_PORT)

    def recover(self):
        """Whatever happened to it before: it runs, and does well."""
        if self.relay:
            self.relay.close()
            self.relay = None
            self.stop()
        if not self.program or not self.program.running():
            self.start()
        self.listening()
        self.misbehave("none")

    def executions(self):
        """The ids of the POST requests that it executed so far, with repetitions."""
        return self.executed.read_text().split() if self.executed.exists() else []

    def end(self):
        if self.relay:
            self.relay.close()
        if self.program:
            self.program.end()
