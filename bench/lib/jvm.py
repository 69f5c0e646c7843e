"""What a running JVM says of its memory."""

import re
import subprocess
import time

from . import machine, process


def jcmd(pid, *command):
    return subprocess.run([str(machine.java() / "bin" / "jcmd"), str(pid), *command], capture_output=True, text=True,
                          check=True).stdout


def memory(server):
    """RSS and used heap in KiB after a collection."""
    pid = server.process.pid
    for _ in range(2):
        jcmd(pid, "GC.run")
        time.sleep(1)
    used = sum(int(u) for u in re.findall(r"(?:PSYoungGen|ParOldGen).*used (\d+)K", jcmd(pid, "GC.heap_info")))
    return process.rss_kib(server.pids), used
