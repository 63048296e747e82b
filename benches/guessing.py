#!/usr/bin/env python3
"""Guesses survey links, and compares how long each kind of link takes.

    benches/guessing.py target/release/evenkeel [GUESSES]

Starts a server of its own in a temporary folder, with the limit on unknown links lifted, and ends it. It invites people to two
checks, withdraws one invitation and closes one check; then it opens random well-formed links (200,000 of them), and in every tenth
round, in random order, one that is malformed, one that was withdrawn, one whose check is closed, and one that is open. Nothing but
Python's standard library is needed.

For each kind it prints the median and the quartiles in microseconds, and against unknown links of the same rounds the chance that
such a link takes longer (0.5: no difference) with the z of the rank test (Mann-Whitney); beyond 3.3 is one chance in a thousand.
A second look at unknown links shows what the measurement itself makes of no difference.
"""

import email, email.policy, glob, http.client, json, math, os, random, re, secrets, socket, statistics, subprocess, sys
import tempfile, time
from datetime import datetime, timedelta, timezone

PROGRAM, GUESSES = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200_000
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
RULE = {"frequency": "quarterly", "month_of_period": 3, "opens": {"nth_weekday": {"nth": 1, "weekday": "Tue"}},
        "opens_at": "09:00:00", "closes": {"weekday": {"weeks_after": 1, "weekday": "Thu"}}, "closes_at": "17:00:00"}


class Server:
    def __init__(self, folder: str):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.mail = os.path.join(folder, "mail")
        os.makedirs(self.mail)
        self.env = os.environ | {
            "EVENKEEL__DATA_DIR": folder, "EVENKEEL__HTTP__BIND": f"127.0.0.1:{self.port}",
            "EVENKEEL__HTTP__PUBLIC_URL": f"http://127.0.0.1:{self.port}", "EVENKEEL__MAIL__URL": f"file://{self.mail}",
            "EVENKEEL__HTTP__UNKNOWN_LINKS_PER_MINUTE": "4294967295", "EVENKEEL__LOG__LEVEL": "error",
            "EVENKEEL__SCHEDULE__TICK_SECONDS": "1", "EVENKEEL__INSTANCE__OPERATOR": "the bench"}
        make = [PROGRAM, "token", "create", "--name", "guessing", "--scope", "all"]
        self.token = subprocess.run(make, env=self.env, check=True, capture_output=True, text=True).stdout.split()[-1]
        self.process = subprocess.Popen([PROGRAM, "serve"], env=self.env)
        for _ in range(300):
            with socket.socket() as door:
                if door.connect_ex(("127.0.0.1", self.port)) == 0:
                    break
            time.sleep(0.1)
        self.line = http.client.HTTPConnection("127.0.0.1", self.port)

    def call(self, method: str, path: str, body=None, token=None) -> dict:
        headers = {"Authorization": f"Bearer {token or self.token}", "Content-Type": "application/json"}
        self.line.request(method, path if path.startswith("/api") else f"/api/v1{path}",
                          None if body is None else json.dumps(body), headers)
        answer = self.line.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {text.decode()}")
        return json.loads(text)

    def links(self, count: int) -> dict[str, str]:
        """The secret of everybody's link, by address, once so many letters are there."""
        found: dict[str, str] = {}
        for _ in range(600):
            for name in glob.glob(f"{self.mail}/*.eml"):
                with open(name, "rb") as file:
                    letter = email.message_from_binary_file(file, policy=email.policy.default)
                text = letter.get_body(("plain",)).get_content()
                if secret := re.search(r"/s/([a-z2-7]{32})", text):
                    found[letter["to"].addresses[0].addr_spec] = secret[1]
            if len(found) >= count:
                return found
            time.sleep(0.1)
        raise SystemExit(f"{len(found)} of {count} letters came")

    def check(self, name: str) -> tuple[dict, dict, list[str], list[str]]:
        """A partnership with an open check: it, the check, a token of each side, the members."""
        partnership = self.call("POST", "/partnerships", {
            "name": name, "zone": "UTC", "sides": [{"name": f"{name} one"}, {"name": f"{name} two"}]})
        here = f"/partnerships/{partnership['id']}"
        self.call("PUT", f"{here}/members", {"members": [
            {"email": f"{who}.{name.lower()}@example.org", "name": who, "side": f"{name} {side}", "roles": roles}
            for who, side, roles in [("ann", "one", ["manager", "respondent"]), ("ben", "one", ["respondent"]),
                                     ("cem", "two", ["manager", "respondent"]), ("dan", "two", ["respondent"])]]})
        self.call("PUT", f"{here}/cadences", {"cadences": [
            {"instrument": "quarterly-health-review", "mode": "representative", "rule": RULE}]})
        until = (datetime.now(timezone.utc) + timedelta(days=9)).isoformat()
        cycle = self.call("POST", f"{here}/cycles", {"instrument": "quarterly-health-review", "closes_at": until})
        keys = [self.call("POST", "/tokens", {"name": side["name"], "scopes": ["cycles:read", "cycles:write"],
                                              "bound_to": {"side": side["id"]}})["token"]
                for side in partnership["sides"]]
        return here, cycle, keys, self.call("GET", f"{here}/members")


def known(server: Server) -> dict[str, str]:
    """A link of each known kind."""
    _, cycle, keys, members = server.check("Open")
    _, over, over_keys, _ = server.check("Over")
    links = server.links(8)
    rows = next(value for value in members.values() if isinstance(value, list))
    ben = next(row["id"] for row in rows if "ben" in json.dumps(row))
    server.call("POST", f"/cycles/{cycle['id']}/members/{ben}:withdraw", None, keys[0])
    proposal = server.call("POST", f"/cycles/{over['id']}:close", {"reason": "guessing"})["proposal"]
    for key in over_keys:
        server.call("POST", f"{proposal}:approve", {}, key)
    return {"withdrawn": links["ben.open@example.org"], "closed": links["ann.over@example.org"],
            "open": links["ann.open@example.org"]}


def word(length: int) -> str:
    number = int.from_bytes(secrets.token_bytes(32), "big")
    return "".join(LETTERS[number >> 5 * place & 31] for place in range(length))


def look(server: Server, token: str) -> tuple[float, int, bytes]:
    begun = time.perf_counter_ns()
    server.line.request("GET", f"/s/{token}")
    answer = server.line.getresponse()
    body = answer.read()
    return (time.perf_counter_ns() - begun) / 1000, answer.status, body


def ranks(ones: list[float], others: list[float]) -> tuple[float, float]:
    """The chance that one of the first is longer than one of the others, and z."""
    both = sorted([(value, 0) for value in ones] + [(value, 1) for value in others])
    n, m = len(ones), len(others)
    total = sum(place for place, (_, of) in enumerate(both, 1) if of == 0)
    u = total - n * (n + 1) / 2
    return u / (n * m), (u - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="evenkeel-guessing-") as folder:
        server = Server(folder)
        try:
            links = known(server)
            page = look(server, word(32))[2]
            for token in links.values():
                look(server, token)
            kinds = ["unknown", "unknown again", "malformed", *links]
            times: dict[str, list[float]] = {kind: [] for kind in kinds}
            hits = 0
            for number in range(GUESSES):
                if number % 10:
                    _, status, body = look(server, word(32))
                    hits += status != 404 or body != page
                    continue
                random.shuffle(kinds)
                for kind in kinds:
                    token = word(31) if kind == "malformed" else links.get(kind) or word(32)
                    took, status, body = look(server, token)
                    times[kind].append(took)
                    if kind in ("closed", "open"):
                        assert status == 200, (kind, status)
                    else:
                        hits += status != 404 or body != page
            print(f"{GUESSES} guesses, {hits} answered with anything but the page for links that lead nowhere")
            for kind in ["unknown", "unknown again", "malformed", "withdrawn", "closed", "open"]:
                low, middle, high = statistics.quantiles(times[kind], n=4)
                chance, z = ranks(times[kind], times["unknown"])
                print(f"{kind:14} median {middle:7.1f} µs ({low:.1f} to {high:.1f})   longer than unknown "
                      f"{chance:.4f}   z {z:+.1f}   n {len(times[kind])}")
        finally:
            server.process.terminate()
            server.process.wait(30)


main()
