"""Facts about the machine, and the programs that a run needs."""

import os
import platform
import re
import shutil
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"


def fail(text):
    sys.exit(f"bench: {text}")


def program(name, package=None):
    """The path of a program; installs its Debian package when it is missing and we are root."""
    found = shutil.which(name, path=PATH)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"installing {package or name}", flush=True)
        subprocess.run(["apt-get", "install", "-y", "-q", "--no-install-recommends", package or name],
                       env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"},
                       stdout=subprocess.DEVNULL, check=False)
        found = shutil.which(name, path=PATH)
    return found


def needed(name, package=None):
    found = program(name, package)
    if found is None:
        fail(f"no {name} on this machine; as root: apt-get update && apt-get install {package or name}")
    return found


def distribution():
    """The folder with bin/proxyd, and the class path of the bench module; built when missing."""
    version = re.search(r"<version>(.*)</version>", (ROOT / "pom.xml").read_text()).group(1)
    folder = ROOT / "proxy" / "target" / f"proxyd-{version}"
    library = ROOT / "bench" / "target" / "lib"
    classes = ROOT / "bench" / "target" / "classes"
    if not all(p.exists() for p in (folder / "bin" / "proxyd", library, classes / "io" / "proxyd" / "bench" / "faults")):
        print("building; the first time this downloads libraries and takes a few minutes", flush=True)
        subprocess.run([str(ROOT / "mvnw"), "-q", "-B", "-pl", "bench", "-am", "-DskipTests", "package"],
                       cwd=ROOT, check=True)
    return folder, f"{classes}:{library}/*"


def java():
    """The Java that proxyd runs on: what its launcher finds."""
    script = f'home={ROOT}/proxy/src/dist; . "$home/lib/launch.sh"; find_java; echo "$java_home"'
    found = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    return Path(found.stdout.strip())


def first_line(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip().splitlines()[0]


def facts():
    cpu = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text()).group(1)) // 1024
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True,
                            check=False).stdout.strip()
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "kernel": f"{platform.system()} {platform.release()}",
        "cpu": cpu.group(1) if cpu else platform.machine(),
        "cores": os.cpu_count(),
        "memory_mib": memory,
        "load_before": os.getloadavg()[0],
        "proxyd": commit,
        "java": first_line(str(java() / "bin" / "java"), "-version"),
    }
