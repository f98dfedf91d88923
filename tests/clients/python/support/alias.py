"""Alias mode: a network of this process's own, in which Microsoft's address is this machine."""

import atexit
import fcntl
import json
import os
import pathlib
import socket
import struct
import subprocess
import sys

HOSTS = "127.0.0.1 localhost login.microsoftonline.com login.windows.net sts.windows.net\n"
INSIDE = "STEAD_CASE_IS_INSIDE"


def at_microsofts_address():
    """Runs the case once more, inside: with an emulator of its own at port 443, and no way out of this machine."""
    if INSIDE in os.environ:
        _serve()
    else:
        sys.exit(_inside())


def _inside():
    if os.geteuid() != 0:
        _cannot_run("a network of its own and port 443 need root")
    hosts = pathlib.Path(os.environ["STEAD_EMULATOR"]).with_name("hosts")
    hosts.write_text(HOSTS)
    mounted = f"mount --bind {hosts} /etc/hosts && exec \"$@\""
    words = ["unshare", "--mount", "--net", "sh", "-c"]
    if subprocess.run([*words, "exit 0"], capture_output=True).returncode != 0:
        _cannot_run("this machine gives no process a network of its own")
    words += [mounted, "sh", sys.executable, *sys.argv]
    return subprocess.run(words, env={**os.environ, INSIDE: "1"}).returncode


def _serve():
    _loopback_up()
    folder = pathlib.Path(os.environ["STEAD_EMULATOR"]).parent / "alias"
    words = ["emulate", "entra", "--alias", "--dir", folder, "--record", folder.with_name("alias.jsonl")]
    with open(folder.with_name("alias.log"), "w") as log:
        emulator = subprocess.Popen([os.environ["STEAD"], *words], stdout=subprocess.PIPE, stderr=log, text=True)
    atexit.register(lambda: (emulator.terminate(), emulator.wait()))
    while (line := emulator.stdout.readline()) != "ready\n":
        assert line, "the emulator did not start: " + folder.with_name("alias.log").read_text()
    description = folder / "emulator.json"
    os.environ["STEAD_EMULATOR"] = str(description)
    ca = json.loads(description.read_text())["ca"]
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        os.environ[name] = ca


def _loopback_up():
    """A new network has its loopback switched off."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP


def _cannot_run(why):
    print(f"cannot run: {why}")
    sys.exit(77)
