"""Checks the Debian package: installs, serves, is updated under load, is removed and purged. Run by test-inside.py."""

import glob
import os
import subprocess
import tempfile
import threading

PACKAGE = "/package.deb"


def dpkg(*arguments, t):
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    return t.run("dpkg", "--force-confold", *arguments, seconds=120)


def newer(t, version, change=None):
    """The package with another version and, as a new version has, other names of its jars."""
    folder = tempfile.mkdtemp()
    t.run("dpkg-deb", "--raw-extract", PACKAGE, folder)
    control = f"{folder}/DEBIAN/control"
    with open(control, encoding="utf-8") as file:
        text = file.read()
    t.write(control, "".join(f"Version: {version}\n" if line.startswith("Version:") else line + "\n" for line in text.splitlines()))
    for jar in glob.glob(f"{folder}/opt/proxyd/lib/*.jar"):
        os.rename(jar, jar.removesuffix(".jar") + f"-{version}.jar")
    t.run("sed", "-i", f"s/[.]jar$/-{version}.jar/", f"{folder}/DEBIAN/md5sums")
    if change:
        change(folder)
    target = f"/tmp/proxyd_{version}.deb"
    code, output = t.run("dpkg-deb", "-Zgzip", "-z1", "--root-owner-group", "--build", folder, target, seconds=120)
    t.check(f"a package of version {version} can be made", code == 0, output)
    return target


def installed_version(t):
    return t.run("dpkg-query", "-W", "-f", "${Version} ${db:Status-Abbrev}", "proxyd")[1].strip()


def test_install(t):
    if os.path.exists("/usr/sbin/policy-rc.d"):
        os.remove("/usr/sbin/policy-rc.d")  # what forbids packages to start services on the machine below
    t.write("/etc/systemd/system/proxyd.service", "# of systemd/install\n[Service]\nExecStart=/bin/true\n")
    code, output = dpkg("--install", PACKAGE, t=t)
    t.check("beside a proxyd of systemd/install the package says what to remove", code != 0 and "rm -r /opt/proxyd" in output, output)
    os.remove("/etc/systemd/system/proxyd.service")
    dpkg("--purge", "proxyd", t=t)

    code, output = dpkg("--install", PACKAGE, t=t)
    t.check("the package installs", code == 0, output)
    for unit in ("proxyd.socket", "proxyd.service"):
        t.check(f"{unit} is enabled and active", t.run("systemctl", "is-enabled", unit)[1] == "enabled"
                and t.until(lambda: t.run("systemctl", "is-active", unit)[1] == "active"), t.journal())
    status, body = t.get("/")
    t.check("without any backend it answers with 503", status == 503, f"{status} {body}")
    t.configure()
    t.run("systemctl", "restart", "proxyd")
    t.check("with an edited configuration it serves", t.until(lambda: t.get("/")[0] == 200), str(t.get("/")))
    t.check("the class cache is in use", "/opt/proxyd/cache/" in t.command_line(), t.command_line())
    code, output = t.run("bash", "-c", "source /usr/share/bash-completion/completions/proxyctl; COMP_WORDS=(proxyctl back); COMP_CWORD=1;"
                         " COMP_LINE='proxyctl back'; _complete_proxyctl 2>/dev/null; echo \"${COMPREPLY[@]}\"")
    t.check("bash completes the commands of proxyctl", output == "backends", output)


def test_upgrade(t):
    package = newer(t, "0.1.1")
    clients = t.Clients()
    answers = []
    slow = threading.Thread(target=lambda: answers.append(t.get("/trickle")))
    slow.start()
    t.until(lambda: t.Backend.in_flight == 1)
    pid = t.property_of_unit("MainPID")
    code, output = dpkg("--install", package, t=t)
    slow.join()
    told = clients.stop()
    print("        " + told)
    t.check("the package is updated", code == 0 and installed_version(t) == "0.1.1 ii", output)
    t.check("another process runs, from the new jars", t.property_of_unit("MainPID") != pid and "0.1.1.jar" in t.command_line())
    t.check("the old ones are gone", not [jar for jar in os.listdir("/opt/proxyd/lib") if jar.endswith(".jar") and "-0.1.1.jar" not in jar])
    t.check("no request failed meanwhile", not clients.failures, "; ".join(clients.failures[:5]))
    t.check("the slow response was not cut", answers == [(200, t.SLOW_BODY)], str(answers[:1])[:200])
    t.check("the configuration is as it was edited", t.get("/")[0] == 200)


def test_upgrade_with_wrong_configuration(t):
    t.configure(extra="broken: true\n")
    pid = t.property_of_unit("MainPID")
    code, output = dpkg("--install", newer(t, "0.1.2"), t=t)
    t.check("an update beside a wrong configuration says so", code == 0 and "broken" in output and "goes on running" in output, output)
    t.check("and leaves alone what runs", t.property_of_unit("MainPID") == pid and t.get("/")[0] == 200)
    t.configure()
    t.run("systemctl", "restart", "proxyd")
    t.check("mended and restarted it is the new version", t.until(lambda: "0.1.2.jar" in t.command_line()))


def test_remove(t):
    code, output = dpkg("--remove", "proxyd", t=t)
    t.check("the package is removed", code == 0, output)
    t.check("port 80 is closed", t.get("/")[0] is None)
    t.check("the configuration stays", os.path.exists(t.CONFIG))
    code, output = dpkg("--install", PACKAGE, t=t)
    t.check("installed again it serves as before", code == 0 and t.until(lambda: t.get("/")[0] == 200), output)
    code, output = dpkg("--purge", "proxyd", t=t)
    t.check("the package is purged", code == 0, output)
    found = subprocess.run(["find", "/etc", "/opt", "/usr/bin", "/usr/lib", "/usr/share", "/lib/systemd", "/var/lib", "/var/log", "/run",
                            "-xdev", "-name", "*proxyd*", "-not", "-path", "/run/systemd/*", "-not", "-path", "/var/lib/systemd/deb-systemd*",
                            "-not", "-name", "systemd-socket-proxyd*", "-not", "-name", "proxyd-test.*"],
                           capture_output=True, text=True, check=False).stdout.split()
    t.check("nothing is left", not found, " ".join(found))
    t.check("no unit either", "not-found" in t.run("systemctl", "show", "-p", "LoadState", "proxyd.service")[1])


TESTS = (test_install, test_upgrade, test_upgrade_with_wrong_configuration, test_remove)
