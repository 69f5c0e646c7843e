"""Starts the backends and the proxies, each pinned to its core, and ends them."""

import os
import resource
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from . import machine, process

PROXY_CORE = "0"
OTHER_CORE = "1"
CONF = Path(__file__).resolve().parents[1] / "conf"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def raise_limits():
    """As many open files as we may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Server:
    """One running program."""

    def __init__(self, name, command, port, log, core, env=None, ready="/64"):
        self.name, self.port, self.command = name, port, command
        self.log = log
        with open(log, "wb") as out:
            self.process = subprocess.Popen(["taskset", "-c", core, *command], stdout=out, stderr=subprocess.STDOUT,
                                            env={**os.environ, **(env or {})}, preexec_fn=raise_limits)
        self._await(ready)
        self.pids = process.tree(self.process.pid)

    def _await(self, path, seconds=30):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as s:
                    s.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                    if b" 200 " in s.recv(64):
                        return
            except OSError:
                pass
            time.sleep(0.02)
        self.stop()
        machine.fail(f"{self.name} does not answer on port {self.port}; its log:\n{Path(self.log).read_text()[-2000:]}")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Bed:
    """A scratch folder with the rendered configurations, and the servers that run from it."""

    def __init__(self, proxyd_options=""):
        self.proxyd_options = proxyd_options
        self.folder = tempfile.TemporaryDirectory(prefix="proxyd-bench-")
        self.work = Path(self.folder.name)
        self.work.chmod(0o755)  # nginx drops to another user
        (self.work / "www").mkdir()
        (self.work / "www" / "10k").write_bytes(b"x" * 10 * 1024)
        (self.work / "www" / "1m").write_bytes(b"x" * 1024 * 1024)
        self.values = {"WORK": str(self.work), "ADMIN": str(free_port())}
        self.values.update({f"BACKEND{i}": str(free_port()) for i in (1, 2, 3)})
        self.servers = {}
        self.versions = {}

    def render(self, file, port):
        text = (CONF / file).read_text()
        for key, value in {**self.values, "PORT": str(port)}.items():
            text = text.replace(f"@{key}@", value)
        target = self.work / file
        target.write_text(text)
        return str(target)

    def start_backend(self):
        port = int(self.values["BACKEND1"])
        config = self.render("backend.conf", port)
        self.start("backend", [machine.needed("nginx"), "-c", config], port, OTHER_CORE)

    def start(self, name, command, port, core=PROXY_CORE, env=None, ready="/64"):
        self.servers[name] = Server(name, command, port, self.work / f"{name}.out", core, env, ready)
        return self.servers[name]

    def start_proxy(self, name):
        """Starts one of nginx, haproxy, proxyd, caddy; None if an optional one is not there."""
        port = free_port()
        if name == "proxyd":
            folder, _ = machine.distribution()
            config = self.render("proxyd.yaml", port)
            self.versions[name] = machine.facts()["proxyd"]
            return self.start(name, [str(folder / "bin" / "proxyd"), "--config", config], port,
                              env={"PROXYD_JAVA_OPTS": self.proxyd_options} if self.proxyd_options else None)
        if name == "nginx":
            binary = machine.needed("nginx")
            self.versions[name] = machine.first_line(binary, "-v")
            return self.start(name, [binary, "-c", self.render("nginx.conf", port)], port)
        if name == "haproxy":
            binary = machine.needed("haproxy")
            self.versions[name] = machine.first_line(binary, "-v")
            return self.start(name, [binary, "-f", self.render("haproxy.cfg", port)], port)
        binary = machine.program("caddy")
        if binary is None:
            return None
        self.versions[name] = "Caddy " + machine.first_line(binary, "version")
        return self.start(name, [binary, "run", "--config", self.render("Caddyfile", port), "--adapter", "caddyfile"],
                          port, env={"GOMAXPROCS": "1", "HOME": str(self.work)})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in reversed(list(self.servers.values())):
            server.stop()
        self.folder.cleanup()
