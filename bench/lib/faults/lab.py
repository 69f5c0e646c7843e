"""The lab: one host for the proxy, one for the load, three with a backend each; and a run of one fault through one proxy."""

import os
import signal
import tempfile
import time
from collections import Counter
from pathlib import Path

from .. import machine
from . import proxies
from .backend import Backend, class_archive, java
from .measures import Run
from .network import PREFIX, Host, Network, remove_leftovers
from .process import Program
from .traffic import Traffic

SETTLE_SECONDS, AFTER_SECONDS = 2, 5
WARM_UP_RATE = 3000
STOP_SECONDS = 30


class Lab:
    """Use with `with`: all that it made is gone afterwards."""

    def __init__(self, rate, seconds, restarts, warm_up_seconds, proxyd_options=""):
        self.rate, self.seconds, self.restarts, self.warm_up_seconds = rate, seconds, restarts, warm_up_seconds
        self.proxyd_options = proxyd_options
        self.runs = 0
        self.backends, self.programs = [], []
        remove_leftovers()
        self.folder = tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-")
        self.work = Path(self.folder.name)
        self.work.chmod(0o755)  # nginx drops to another user
        self.network = None

    def __enter__(self):
        try:
            self._build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _build(self):
        self.network = Network()
        self.proxy = Host(self.network, "proxy", "10.77.0.1")
        self.client = Host(self.network, "load", "10.77.0.2")
        hosts = [Host(self.network, f"backend{n}", f"10.77.0.1{n}") for n in (1, 2, 3)]
        archive = class_archive(hosts[0], self.work)
        self.backends = [Backend(host, self.work, archive) for host in hosts]

    @property
    def victim(self):
        return self.backends[0]

    def run(self, fault, proxy):
        """The fault through the proxy; returns what was measured. Everything is well again afterwards."""
        self.runs += 1
        outcomes = self.work / f"{self.runs}.outcomes"
        for backend in self.backends:
            backend.recover()
        if fault.prepare:
            fault.prepare(self)
        program = self._started(proxies.start(self, proxy, self.proxyd_options))
        traffic = Traffic(self.proxy)
        command = [*java("-Xmx256m"), "io.proxyd.bench.faults.FaultLoad", self.proxy.address, proxies.PORT, f"r{self.runs}",
                   outcomes]
        load = self._started(Program(self.client, command, self.work / "load.log", orders=True))
        try:
            load.order(f"warm-up {WARM_UP_RATE}")
            time.sleep(self.warm_up_seconds)
            load.order(f"warm-up {self.rate}")
            time.sleep(SETTLE_SECONDS)
            load.order(f"send {self.rate}")
            time.sleep(SETTLE_SECONDS)
            began = time.monotonic()
            fault.play(self, self.seconds)
            ended = time.monotonic()
            time.sleep(AFTER_SECONDS)
            load.order("stop", STOP_SECONDS)
            if not program.running():
                machine.fail(f"{proxy} ended during {fault.name}; its log:\n{program.log_end()}")
        finally:
            sent = traffic.close()
            for started in (load, program):
                self._end(started)
        executed = Counter(i for b in self.backends for i in b.executions() if i.startswith(f"r{self.runs}-"))
        to_victims = [t for b in self.backends[:fault.victims] for t in sent.get(b.address, [])]
        return Run(outcomes, began, ended, AFTER_SECONDS, to_victims, executed, fault.away)

    def _started(self, program):
        self.programs.append(program)
        return program

    def _end(self, program):
        program.end()
        self.programs.remove(program)

    def __exit__(self, *_):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C would leave some behind
        for program in (*self.programs, *self.backends):
            program.end()
        if self.network:
            self.network.remove()
        self.folder.cleanup()
