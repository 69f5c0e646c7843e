"""The two kinds of load: wrk for as much as goes, OpenLoad for a fixed rate."""

import json
import re
import subprocess
import time

from . import machine, process
from .rows import Row
from .servers import OTHER_CORE, Server

UPLOAD_BYTES = 64 * 1024
UPLOAD_SCRIPT = f'wrk.method = "POST"\nwrk.body = string.rep("x", {UPLOAD_BYTES})\n'


def wrk_command(row: Row, port, seconds, script="upload.lua"):
    command = ["taskset", "-c", OTHER_CORE, machine.needed("wrk"), "-t1", f"-c{row.connections}", f"-d{seconds}s"]
    command += ["--timeout", "10s"]
    if row.close:
        command += ["-H", "Connection: close"]
    if row.upload:
        command += ["-s", str(script)]
    return [*command, f"http://127.0.0.1:{port}{row.path}"]


def saturate(row: Row, server: Server, seconds, work):
    """As many requests as go: what comes through, and what it costs the proxy."""
    script = work / "upload.lua"
    script.write_text(UPLOAD_SCRIPT)
    before, start = process.cpu_seconds(server.pids), time.monotonic()
    done = subprocess.run(wrk_command(row, server.port, seconds, script), capture_output=True, text=True, check=True)
    after, elapsed = process.cpu_seconds(server.pids), time.monotonic() - start
    requests = int(re.search(r"(\d+) requests in", done.stdout).group(1))
    errors = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", done.stdout)))
    socket_errors = re.search(r"connect (\d+), read (\d+), write (\d+), timeout (\d+)", done.stdout)
    if socket_errors:
        errors += sum(map(int, socket_errors.groups()))
    user, system = after[0] - before[0], after[1] - before[1]
    return {
        "requests_per_second": requests / elapsed,
        "user_us": user * 1e6 / requests,
        "system_us": system * 1e6 / requests,
        "cpu_us": (user + system) * 1e6 / requests,
        "core_busy": (user + system) / elapsed,
        "errors": errors,
        "rss_kib": process.rss_kib(server.pids),
    }


def open_command(row: Row, port, rate, seconds, warm_up=1):
    _, class_path = machine.distribution()
    options = ["-Xms256m", "-Xmx256m", "-XX:+UseSerialGC", "-Dio.netty.tryReflectionSetAccessible=false"]
    return ["taskset", "-c", OTHER_CORE, str(machine.java() / "bin" / "java"), *options, "-cp", class_path,
            "io.proxyd.bench.load.OpenLoad", str(port), row.path, str(row.connections), str(rate), str(warm_up),
            str(seconds)]


def at_rate(row: Row, server: Server, rate, seconds):
    """Latencies at a fixed rate, each counted from when its request was due."""
    before = process.cpu_seconds(server.pids)
    done = subprocess.run(open_command(row, server.port, int(rate), seconds, warm_up=3), capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        machine.fail(f"OpenLoad failed on {server.name}: {done.stderr[-2000:]}")
    result = json.loads(done.stdout.strip().splitlines()[-1])
    after = process.cpu_seconds(server.pids)
    sent = max(1, rate * (seconds + 3))
    result["cpu_us"] = (after[0] + after[1] - before[0] - before[1]) * 1e6 / sent
    return result
