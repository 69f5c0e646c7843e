"""The proxies: each on the same host, with its configuration of conf/, one at a time."""

import os
import time

from .. import machine
from ..servers import CONF
from .process import Program

NAMES = ("nginx", "haproxy", "proxyd")
PORT = 80
READY_SECONDS = 30


def versions(names):
    found = {"nginx": lambda: machine.first_line(machine.needed("nginx"), "-v"),
             "haproxy": lambda: machine.first_line(machine.needed("haproxy"), "-v"),
             "proxyd": lambda: machine.facts()["proxyd"]}
    return {name: found[name]() for name in names}


def _command(name, config):
    if name == "nginx":
        return [machine.needed("nginx"), "-c", config]
    if name == "haproxy":
        return [machine.needed("haproxy"), "-f", config]
    folder, _ = machine.distribution()
    return [folder / "bin" / "proxyd", "--config", config]


def start(lab, name, options=""):
    """Starts one and waits until it answers the load's host."""
    template = CONF / {"nginx": "faults-nginx.conf", "haproxy": "faults-haproxy.cfg", "proxyd": "faults-proxyd.yaml"}[name]
    config = lab.work / template.name
    text = template.read_text()
    values = {"WORK": lab.work, "PROXY": lab.proxy.address, "PORT": PORT}
    values.update({f"BACKEND{n}": f"{b.address}:8080" for n, b in enumerate(lab.backends, 1)})
    for key, value in values.items():
        text = text.replace(f"@{key}@", str(value))
    config.write_text(text)
    env = {**os.environ, "PROXYD_JAVA_OPTS": options} if options else None
    program = Program(lab.proxy, _command(name, config), lab.work / f"{name}.log", env=env)
    deadline = time.monotonic() + READY_SECONDS
    while program.running() and time.monotonic() < deadline:
        if lab.client.status(lab.proxy.address, PORT, "/") == 200:
            return program
        time.sleep(0.05)
    what = f"does not answer within {READY_SECONDS} s" if program.running() else "has ended"
    program.end()
    machine.fail(f"{name} {what}; its log:\n{program.log_end()}")
