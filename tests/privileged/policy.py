"""What tests/privileged/policy.rs runs in its namespaces: servers, a name server that changes its mind, and an exporter that is asked.

policy.py far                      answers on 198.18.0.2:8080; /to/STATUS/URL redirects
policy.py near EXPORTER MODULES    answers on every address at port 8080, resolves, asks the exporter for every trick with the modules
                                   http_MODULES and tcp_MODULES, and prints one JSON list: [trick, success, reason]
"""

import http.server
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

PORT = 8080
CONFIG = """
modules:
  http_open: {prober: http, timeout: 4s, failure_info: true, resolver: {address: "127.0.0.1:5353"}}
  tcp_open: {prober: tcp, timeout: 4s, failure_info: true, resolver: {address: "127.0.0.1:5353"}}
  syn_open: {prober: tcp, timeout: 4s, failure_info: true, tcp: {half_open: true}}
  http_shut: {prober: http, timeout: 4s, failure_info: true, resolver: {address: "127.0.0.1:5353"}, policy: POLICY}
  tcp_shut: {prober: tcp, timeout: 4s, failure_info: true, resolver: {address: "127.0.0.1:5353"}, policy: POLICY}
  syn_shut: {prober: tcp, timeout: 4s, failure_info: true, policy: POLICY, tcp: {half_open: true}}
""".replace("POLICY", "{deny: {addresses: [self, loopback, link-local, unspecified]}}")

# Every way to write this host, of those that reach it.
HOSTS = [
    "127.0.0.1", "127.0.0.2", "127.1.2.3", "127.255.255.254", "0.0.0.0", "0.0.0.1", "198.18.0.1",
    "localhost", "LOCALHOST", "LocalHost", "localhost.", "a.localhost",
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]", "[::0:1]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:7f00:0001]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::FFFF:127.1.1.1]",
    "[::ffff:0.0.0.0]", "[::ffff:198.18.0.1]", "[::ffff:c612:1]",
    "[fd00::1]", "[FD00::1]", "[fd00:0:0:0:0:0:0:1]", "[fd00::0001]",
    "inside.test", "INSIDE.test", "inside.test.", "inside6.test", "mapped.test", "both.test", "own.test",
]
NAMES = {
    "inside.test": (["127.0.0.1"], []),
    "inside6.test": ([], ["::1"]),
    "mapped.test": ([], ["::ffff:127.0.0.1"]),
    "both.test": (["127.0.0.3"], ["::1"]),
    "own.test": (["198.18.0.1"], ["fd00::1"]),
}


def tricks():
    for host in HOSTS:
        yield "http", f"http://{host}:{PORT}/"
        yield "tcp", f"{host}:{PORT}"
    for host in HOSTS[:12]:
        yield "http", f"HTTP://user:word@{host}:{PORT}/x?y"
        yield "http", f"{host}:{PORT}"
    for host in ["127.0.0.1", "198.18.0.1", "[::1]", "[::ffff:127.0.0.1]", "[fd00::1]"]:
        yield "syn", f"{host}:{PORT}"
    for status in [301, 302, 303, 307, 308]:
        for host in ["127.0.0.1", "[::1]", "localhost", "inside.test", "[::ffff:127.0.0.1]"]:
            inner = urllib.parse.quote(f"http://{host}:{PORT}/", safe="")
            yield "http", f"http://198.18.0.2:{PORT}/to/{status}/{inner}"
    # The first answer is an address that is allowed, the next one is not: asked again, and by a redirect to itself.
    yield "rebind", "a"
    inner = urllib.parse.quote(f"http://rebind-b.test:{PORT}/", safe="")
    yield "http", f"http://rebind-b.test:{PORT}/to/302/{inner}"


class Web(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        parts = self.path.split("/", 3)
        if parts[1] == "to":
            self.send_response(int(parts[2]))
            self.send_header("Location", urllib.parse.unquote(parts[3]))
        else:
            self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
    request_queue_size = 128


class Server4(http.server.ThreadingHTTPServer):
    request_queue_size = 128


def resolve():
    asked = {}
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.bind(("127.0.0.1", 5353))
    while True:
        query, client = names.recvfrom(512)
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        name, kind = ".".join(labels).lower(), query[at + 2]
        four, six = NAMES.get(name, ([], []))
        if name.startswith("rebind") and kind == 1:
            asked[name] = asked.get(name, 0) + 1
            four = ["198.18.0.2"] if asked[name] == 1 else ["127.0.0.1"]
        family, found = (socket.AF_INET, four) if kind == 1 else (socket.AF_INET6, six)
        answer = query[:2] + b"\x81\x80\0\1" + len(found).to_bytes(2, "big") + b"\0\0\0\0" + query[12:at + 5]
        for address in found:
            data = socket.inet_pton(family, address)
            answer += b"\xc0\x0c\0" + bytes([kind]) + b"\0\1\0\0\0\0" + len(data).to_bytes(2, "big") + data
        names.sendto(answer, client)


def ask(module, target):
    query = urllib.parse.urlencode({"module": module, "target": target})
    text = urllib.request.urlopen(f"http://127.0.0.1:9115/probe?{query}", timeout=20).read().decode()
    success = "\nprobe_success 1\n" in text
    reason = text.split('reason="', 1)[1].split('"', 1)[0] if 'reason="' in text else ""
    return success, reason


def near(exporter, modules):
    threading.Thread(target=Server(("::", PORT), Web).serve_forever, daemon=True).start()
    threading.Thread(target=resolve, daemon=True).start()
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as config:
        config.write(CONFIG)
        config.flush()
        arguments = [exporter, f"--config.file={config.name}", "--web.listen-address=127.0.0.1:9115", "--log.level=error"]
        process = subprocess.Popen(arguments, stderr=subprocess.DEVNULL)
        try:
            for _ in range(200):
                try:
                    socket.create_connection(("127.0.0.1", 9115), 1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            found = []
            for kind, target in tricks():
                if kind == "rebind":
                    name = f"rebind-{target}.test:{PORT}"
                    first, _ = ask(f"tcp_{modules}", name)
                    assert first, "the first answer is an address that is allowed"
                    kind, target = "tcp", name
                found.append([f"{kind} {target}", *ask(f"{kind}_{modules}", target)])
            print(json.dumps(found))
        finally:
            process.kill()
            process.wait()


if sys.argv[1] == "far":
    # Ends with whoever holds the other end.
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    Server4(("198.18.0.2", PORT), Web).serve_forever()
else:
    near(sys.argv[2], sys.argv[3])
    os._exit(0)
