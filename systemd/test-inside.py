"""Checks proxyd as a systemd service. Run by test-nspawn inside its container, where it may do as it likes.

Prints a line for each check and closes with "N passed, N failed".
"""

import base64
import functools
import http.client
import http.server
import importlib.util
import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import threading
import time
import traceback

BACKEND_PORT = 8000
SLOW_SECONDS = 4
CONFIG = "/etc/proxyd/proxyd.yaml"
PAGE = "page of the test backend\n"

passed = 0
failed = 0


def check(claim, holds, detail=""):
    global passed, failed
    if holds:
        passed += 1
        print(f"  ok    {claim}")
    else:
        failed += 1
        print(f"  FAIL  {claim}" + (f": {detail}" if detail else ""))


def run(*command, seconds=60):
    """Runs a command; its exit code and all it printed."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds)
    return done.returncode, done.stdout.strip()


def property_of_unit(name, unit="proxyd"):
    return run("systemctl", "show", "--value", "-p", name, unit)[1]


def journal(unit="proxyd"):
    return run("journalctl", "-u", unit, "-o", "cat", "--no-pager")[1]


def until(condition, seconds=20):
    """Waits for a condition and tells whether it came true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


class Backend(http.server.BaseHTTPRequestHandler):
    """Answers at once, or slowly in three ways, each taking SLOW_SECONDS."""

    protocol_version = "HTTP/1.1"
    in_flight = 0
    lock = threading.Lock()

    def do_GET(self):
        if self.path == "/late":
            self.slowly(lambda: (time.sleep(SLOW_SECONDS), self.whole(PAGE.encode())))
        elif self.path == "/trickle":
            self.slowly(self.trickle)
        elif self.path == "/chunks":
            self.slowly(self.chunks)
        else:
            self.whole(PAGE.encode())

    def slowly(self, answer):
        with Backend.lock:
            Backend.in_flight += 1
        try:
            answer()
        finally:
            with Backend.lock:
                Backend.in_flight -= 1

    def whole(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def trickle(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(SLOW_BODY)))
        self.end_headers()
        for piece in pieces():
            self.wfile.write(piece)
            time.sleep(SLOW_SECONDS / 40)

    def chunks(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces():
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            time.sleep(SLOW_SECONDS / 40)
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    """Says nothing about clients that went away: what clients got is what counts."""

    request_queue_size = 128

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


SLOW_BODY = b"".join(b"line %05d\n" % i for i in range(4000))


def pieces():
    size = len(SLOW_BODY) // 40
    return (SLOW_BODY[at : at + size] for at in range(0, len(SLOW_BODY), size))


def get(path, port=80, seconds=30):
    """Status and body, or the error as a pair."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException) as error:
        return None, repr(error).encode()
    finally:
        connection.close()


def configure(path="/", admin="127.0.0.1:9901", extra=""):
    config = f"""\
listeners:
  - address: 0.0.0.0:80
admin:
  address: {admin}
services:
  test:
    backends: ["127.0.0.1:{BACKEND_PORT}"]
    health-check: {{ path: /healthz, interval: 500ms, timeout: 400ms, rise: 1, fall: 2 }}
routes:
  - path: {path}
    service: test
{extra}"""
    with open(CONFIG + ".new", "w", encoding="utf-8") as file:
        file.write(config)
    os.replace(CONFIG + ".new", CONFIG)


def test_install():
    code, output = run("/distribution/systemd/install", seconds=120)
    check("the distribution installs", code == 0, output)
    check("an example configuration is there", os.path.exists(CONFIG))
    code, output = run("proxyd", "check", "--config", CONFIG)
    check("the example configuration is right", code == 0, output)
    caches = os.listdir("/opt/proxyd/cache")
    check("a class cache was made", any(f.startswith("proxyd-") for f in caches), output)


def test_start():
    configure()
    began = time.monotonic()
    code, output = run("systemctl", "start", "proxyd")
    check("the unit starts", code == 0, output + journal())
    print(f"        ready after {time.monotonic() - began:.2f} s")
    status, body = get("/")
    check("port 80 answers as soon as it is started", status == 200 and body.decode() == PAGE, f"{status} {body}")


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def test_privileges():
    pid = property_of_unit("MainPID")
    status = status_of(pid)
    user = pwd.getpwnam("proxyd")
    check("it runs as the user proxyd", set(status["Uid"].split()) == {str(user.pw_uid)}, status["Uid"])
    check("root is no group of it", "0" not in status["Gid"].split() + status["Groups"].split(), status["Groups"])
    for kind in ("CapEff", "CapPrm", "CapBnd", "CapAmb"):
        check(f"{kind} is CAP_NET_BIND_SERVICE alone", int(status[kind], 16) == 1 << 10, status[kind])
    check("it cannot gain privileges", status["NoNewPrivs"] == "1" and status["Seccomp"] == "2")
    with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:
        command = file.read()
    check("it uses the class cache", "/opt/proxyd/cache/" in command, command.replace("\0", " "))
    code, output = run("systemd-analyze", "security", "--no-pager", "--threshold=20", "proxyd.service")
    check("systemd-analyze security says 2.0 or better", code == 0, output.splitlines()[-1] if output else "")
    print("        " + (output.splitlines()[-1] if output else ""))
    for line in journal().splitlines():
        if "io_uring" in line or "epoll" in line:
            print("        " + line)
            break


def test_reload():
    pid = property_of_unit("MainPID")
    configure(path="/only-here")
    code, output = run("systemctl", "reload", "proxyd")
    check("a good configuration reloads", code == 0, output + journal())
    check("the new routes are in force", until(lambda: get("/only-here")[0] == 200 and get("/")[0] == 404), str(get("/")))

    configure(path="/only-here", extra="broken: true\n")
    code, _ = run("systemctl", "reload", "proxyd")
    check("a wrong configuration fails the reload", code != 0)
    check("the old configuration stays in force", get("/only-here")[0] == 200)
    configure()
    code, output = run("systemctl", "reload", "proxyd")
    check("the mended configuration reloads", code == 0 and until(lambda: get("/")[0] == 200), output)
    check("it was one process all the time", property_of_unit("MainPID") == pid)


def serves_through_socket(pid):
    """Whether the socket of port 80 that systemd holds is the one that the process has."""
    inodes = {os.readlink(entry.path) for entry in os.scandir("/proc/1/fd") if os.path.islink(entry.path)}
    return any(os.readlink(entry.path) in inodes for entry in os.scandir(f"/proc/{pid}/fd") if "socket:" in os.readlink(entry.path))


class Clients:
    """Clients that ask again and again until told to stop: on kept-alive connections, and on one for each request."""

    def __init__(self, number=8):
        self.stopping = False
        self.failures = []
        self.waits = []
        self.threads = [threading.Thread(target=self.ask, args=(i % 2 == 0,)) for i in range(number)]
        for thread in self.threads:
            thread.start()

    def ask(self, keep_alive):
        connection = None
        while not self.stopping:
            began = time.monotonic()
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", 80, timeout=30)
                connection.request("GET", "/", headers={} if keep_alive else {"Connection": "close"})
                response = connection.getresponse()
                body = response.read()
                if response.status != 200 or body.decode() != PAGE:
                    self.failures.append(f"{response.status} {body[:80]!r}")
                if response.will_close:
                    connection.close()
                    connection = None
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(f"{'kept' if keep_alive else 'new'} {error!r}")
                connection = None
            self.waits.append(time.monotonic() - began)
            time.sleep(0.002)

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join()
        return f"{len(self.waits)} requests, {len(self.failures)} failed, the longest took {max(self.waits):.2f} s"


def test_socket():
    """From here on systemd holds port 80 open."""
    run("systemctl", "stop", "proxyd")
    code, output = run("systemctl", "enable", "--now", "proxyd.socket", "proxyd.service")
    check("the socket and the service are enabled and started", code == 0, output + journal())
    check("the page is served", until(lambda: get("/")[0] == 200), str(get("/")))
    check("on the socket that systemd holds", serves_through_socket(property_of_unit("MainPID")))
    text = property_of_unit("StatusText")
    check("the status tells of the backends", until(lambda: "1 of 1 backends up" in property_of_unit("StatusText")), text)


def test_restart_under_load():
    """Restarts it three times, each time with a slow response under way: nothing is refused, fails, or is cut."""
    clients = Clients()
    answers = []
    for _ in range(3):
        slow = threading.Thread(target=lambda: answers.append(get("/trickle")))
        slow.start()
        check("a slow response is under way", until(lambda: Backend.in_flight == 1))
        pid = property_of_unit("MainPID")
        code, output = run("systemctl", "restart", "proxyd", seconds=60)
        check("it restarts", code == 0 and property_of_unit("MainPID") != pid, output + journal())
        slow.join()
    told = clients.stop()
    print("        " + told)
    check("no request failed", not clients.failures, "; ".join(clients.failures[:5]))
    check("no slow response was cut", all(answer == (200, SLOW_BODY) for answer in answers), str([a[0] for a in answers]))
    check("nobody waited for the slow response to end", max(clients.waits) < SLOW_SECONDS, told)


def test_crash_under_load():
    """After kill -9 who is connected fails; who connects meanwhile waits."""
    pid = property_of_unit("MainPID")
    os.kill(int(pid), 9)
    status, body = get("/")
    check("who connects after a crash waits, and is served", status == 200, f"{status} {body}")


def test_watchdog():
    pid = property_of_unit("MainPID")
    write("/etc/systemd/system/proxyd.service.d/watchdog.conf", "[Service]\nWatchdogSec=2s\n")
    run("systemctl", "daemon-reload")
    run("systemctl", "restart", "proxyd")
    pid = property_of_unit("MainPID")
    time.sleep(3)  # longer than the watchdog waits
    check("signs of life keep it running", property_of_unit("MainPID") == pid)
    os.kill(int(pid), 19)  # SIGSTOP
    check("without one it is started again", until(lambda: property_of_unit("MainPID") not in (pid, "0"), 20), journal())
    check("and serves", until(lambda: get("/")[0] == 200))
    os.remove("/etc/systemd/system/proxyd.service.d/watchdog.conf")
    run("systemctl", "daemon-reload")


def test_unwanted_socket():
    configure(extra="")
    with open(CONFIG, encoding="utf-8") as file:
        config = file.read()
    write(CONFIG, config.replace("0.0.0.0:80", "0.0.0.0:81"))
    run("systemctl", "reload", "proxyd")
    check("an address that nobody answers on is told", until(lambda: "NOBODY ANSWERS ON" in property_of_unit("StatusText")), property_of_unit("StatusText"))
    check("and the other one is served", until(lambda: get("/", port=81)[0] == 200))
    configure()
    run("systemctl", "reload", "proxyd")
    check("once it has a listener again it is served", until(lambda: get("/")[0] == 200))
    run("systemctl", "disable", "--now", "proxyd.socket", "proxyd.service")
    check("with socket and service stopped port 80 is closed", get("/")[0] is None)
    run("systemctl", "start", "proxyd.service")
    check("without the socket it opens the port itself", until(lambda: get("/")[0] == 200))


def test_crash():
    pid = property_of_unit("MainPID")
    os.kill(int(pid), 9)
    check("it is started again after a crash", until(lambda: get("/")[0] == 200), journal())
    check("as another process", property_of_unit("MainPID") not in (pid, "0"))


def test_stop():
    """Stops it with slow responses under way: every byte must arrive."""
    answers = {}
    clients = [
        threading.Thread(target=lambda p=path: answers.update({p: get(p)}))
        for path in ("/late", "/trickle", "/chunks")
    ]
    for client in clients:
        client.start()
    check("three slow requests are in flight", until(lambda: Backend.in_flight == 3))
    time.sleep(SLOW_SECONDS / 4)  # into the middle of the bodies
    began = time.monotonic()
    code, output = run("systemctl", "stop", "proxyd", seconds=120)
    seconds = time.monotonic() - began
    check("the unit stops", code == 0, output)
    for client in clients:
        client.join()
    check("it waited for the requests in flight", seconds > SLOW_SECONDS / 2, f"{seconds:.1f} s")
    check("it did not wait much longer", seconds < SLOW_SECONDS + 10, f"{seconds:.1f} s")
    for path, expected in (("/late", PAGE.encode()), ("/trickle", SLOW_BODY), ("/chunks", SLOW_BODY)):
        status, body = answers[path]
        check(f"the response of {path} was not cut", status == 200 and body == expected, f"{status}, {len(body)} bytes")
    check("the unit ended cleanly", property_of_unit("Result") == "success", property_of_unit("Result"))
    check("the unit is inactive", property_of_unit("ActiveState") == "inactive", property_of_unit("ActiveState"))
    check("port 80 is closed", get("/")[0] is None)


def test_wrong_configuration():
    configure(extra="broken: true\n")
    code, _ = run("systemctl", "start", "proxyd")
    check("a wrong configuration fails the start", code != 0)
    check("with exit code 2", property_of_unit("ExecMainStatus") == "2", property_of_unit("ExecMainStatus"))
    time.sleep(2)  # longer than RestartSec
    check("and without a restart", property_of_unit("NRestarts") == "0", property_of_unit("NRestarts"))
    check("the journal names the mistake", any("broken" in line for line in journal().splitlines()[-10:]), journal())


def test_admin_socket():
    configure(admin="unix:/run/proxyd/admin.sock")
    code, output = run("systemctl", "restart", "proxyd")
    check("it starts with a unix socket for its admin", code == 0, output + journal())
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect("/run/proxyd/admin.sock")
        client.sendall(b"GET /ready HTTP/1.1\r\nHost: proxyd\r\nConnection: close\r\n\r\n")
        answer = client.recv(12)
    check("the socket answers", answer == b"HTTP/1.1 200", str(answer))
    run("systemctl", "stop", "proxyd")
    check("nothing is left of it in /run", not os.path.exists("/run/proxyd"))


INSTANCE = "guestbook-http@1"
SIDEKICK = f"proxyd-announce@{INSTANCE}"
KEY = f"/services/guestbook/{INSTANCE}"


def etcdctl(*arguments):
    os.environ["ETCDCTL_API"] = "3"
    return run("etcdctl", "--endpoints=127.0.0.1:2379", "-w", "json", *arguments)


def registration():
    """The revision and the value of the sidekick's key, or nothing."""
    code, output = etcdctl("get", KEY)
    found = json.loads(output).get("kvs") if code == 0 else None
    return (found[0]["mod_revision"], json.loads(base64.b64decode(found[0]["value"]))) if found else None


def is_up(after=0):
    """Whether it is registered, by a put after that revision."""
    revision, value = registration() or (0, {})
    return revision > after and "state" not in value


def is_draining():
    return (registration() or (0, {}))[1].get("state") == "draining"


def lines_in_order(*parts):
    """Whether the journal of both units has lines with these parts, one after the other."""
    lines = iter(run("journalctl", "-u", INSTANCE, "-u", SIDEKICK, "-o", "cat", "--no-pager")[1].splitlines())
    return all(any(part in line for line in lines) for part in parts)


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def test_sidekick():
    """A service and its sidekick, with a real etcd: they start, stop, die and come back together."""
    if not (shutil.which("etcd") and shutil.which("etcdctl")):
        print("        skipped: there is no etcd here")
        return
    etcd = subprocess.Popen(
        ["etcd", "--data-dir=/tmp/etcd-of-test", "--logger=zap", "--log-level=error"], stderr=subprocess.DEVNULL
    )
    try:
        check("etcd runs", until(lambda: etcdctl("get", "/")[0] == 0))
        write("/etc/systemd/system/guestbook-http@.service", "[Service]\nExecStart=/usr/bin/sleep infinity\n")
        write("/etc/proxyd/announce.defaults", "ETCD=http://127.0.0.1:2379\n")
        write(f"/etc/proxyd/announce/{INSTANCE}", "SERVICE=guestbook\nPORT=49153\nOPTIONS=--ttl 3s --weight 7\n")
        run("systemctl", "daemon-reload")
        code, output = run("systemctl", "enable", SIDEKICK)
        check("the sidekick is enabled", code == 0, output)
        sidekick_lives_with_its_service()
        sidekick_dies_with_its_service()
        sidekick_comes_back()
        sidekick_with_wrong_options()
    finally:
        run("systemctl", "stop", INSTANCE)
        etcd.kill()
        etcd.wait()


def sidekick_lives_with_its_service():
    code, output = run("systemctl", "start", INSTANCE)
    check("starting the service starts the sidekick", code == 0 and until(is_up), output + journal(SIDEKICK))
    value = registration()[1] if registration() else {}
    check("it registers the host and the options", value.get("host") == os.uname().nodename and value.get("weight") == 7, value)
    check("it tells systemd", until(lambda: property_of_unit("ActiveState", SIDEKICK) == "active"), journal(SIDEKICK))
    text = property_of_unit("StatusText", SIDEKICK)
    check("and how it stands", text.startswith("registered at revision"), text)
    code, output = run("systemd-analyze", "security", "--no-pager", "--threshold=20", f"{SIDEKICK}.service")
    check("systemd-analyze security says 2.0 or better", code == 0, output.splitlines()[-1] if output else "")

    etcdctl("put", "/proxyd/proxies/a", "{}")
    stop = subprocess.Popen(["systemctl", "stop", INSTANCE])
    check("stopping the service drains first", until(is_draining), journal(SIDEKICK))
    check("meanwhile the service runs", property_of_unit("SubState", INSTANCE) == "running")
    revision = registration()[0]
    etcdctl("put", f"/proxyd/acks/a/guestbook/{INSTANCE}", json.dumps({"registrations": revision}))
    check("the service stops once the proxies have let go", stop.wait(20) == 0, journal(SIDEKICK))
    check("the key is gone then", registration() is None, registration())
    check("the sidekick ended well, and before the service",
          lines_in_order("is draining", "is drained: 1 of 1", f"{SIDEKICK}.service: Deactivated successfully",
                         f"Stopping {INSTANCE}.service", f"Stopped {INSTANCE}.service"),
          journal(SIDEKICK) + journal(INSTANCE))
    etcdctl("del", "/proxyd/proxies/a")


def sidekick_dies_with_its_service():
    run("systemctl", "start", INSTANCE)
    check("the service is registered again", until(is_up), journal(SIDEKICK))
    os.kill(int(property_of_unit("MainPID", INSTANCE)), 9)
    check("kill -9 of the service ends the sidekick", until(lambda: property_of_unit("ActiveState", SIDEKICK) == "inactive"))
    check("and its key is gone", registration() is None, registration())


def sidekick_comes_back():
    write(f"/etc/systemd/system/{INSTANCE}.service.d/restart.conf", "[Service]\nRestart=always\nRestartSec=100ms\n")
    run("systemctl", "daemon-reload")
    run("systemctl", "start", INSTANCE)
    check("the service is registered once more", until(is_up), journal(SIDEKICK))
    first = registration()[0]
    os.kill(int(property_of_unit("MainPID", INSTANCE)), 9)
    check("a service that is restarted gets its sidekick back",
          until(lambda: is_up(after=first)), journal(SIDEKICK))
    until(lambda: property_of_unit("ActiveState", SIDEKICK) == "active")
    second = registration()[0]
    code, output = run("systemctl", "restart", INSTANCE)
    check("a restart of the service registers it anew",
          code == 0 and until(lambda: is_up(after=second)), output + journal(SIDEKICK))
    until(lambda: property_of_unit("ActiveState", SIDEKICK) == "active")
    third, service = registration()[0], property_of_unit("MainPID", INSTANCE)
    os.kill(int(property_of_unit("MainPID", SIDEKICK)), 9)
    check("a sidekick that was killed comes back", until(lambda: is_up(after=third)), journal(SIDEKICK))
    check("and the service did not notice", property_of_unit("MainPID", INSTANCE) == service)


def sidekick_with_wrong_options():
    run("systemctl", "stop", INSTANCE)
    write(f"/etc/proxyd/announce/{INSTANCE}", "SERVICE=guestbook\nPORT=http\n")
    run("systemctl", "start", INSTANCE)
    check("wrong options fail the sidekick", until(lambda: property_of_unit("ActiveState", SIDEKICK) == "failed"))
    check("with exit code 2", property_of_unit("ExecMainStatus", SIDEKICK) == "2", journal(SIDEKICK))
    check("the journal names the mistake", "'http' is not an int" in journal(SIDEKICK), journal(SIDEKICK))
    check("and the service runs", property_of_unit("SubState", INSTANCE) == "running")


def command_line():
    with open(f"/proc/{property_of_unit('MainPID')}/cmdline", encoding="utf-8") as file:
        return file.read().replace("\0", " ")


def package_tests():
    """Those of test-package.py, which get this module."""
    spec = importlib.util.spec_from_file_location("package", "/test-package.py")
    package = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)
    return [functools.update_wrapper(functools.partial(test, sys.modules[__name__]), test) for test in package.TESTS]


def main():
    backend = Server(("127.0.0.1", BACKEND_PORT), Backend)
    threading.Thread(target=backend.serve_forever, daemon=True).start()
    tests = (
        test_install,
        test_start,
        test_privileges,
        test_reload,
        test_crash,
        test_socket,
        test_restart_under_load,
        test_crash_under_load,
        test_watchdog,
        test_unwanted_socket,
        test_stop,
        test_wrong_configuration,
        test_admin_socket,
        test_sidekick,
    )
    if os.environ.get("TESTED") == "package":
        tests = package_tests()
    for test in tests:
        print(test.__name__.removeprefix("test_").replace("_", " ") + ":")
        try:
            test()
        except Exception:
            check(test.__name__ + " runs to its end", False, traceback.format_exc())
    if failed:
        print("journal of the unit:")
        print(journal())
    print(f"{passed} passed, {failed} failed")


main()
