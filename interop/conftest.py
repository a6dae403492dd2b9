"""The system under test: `gotera serve --demo` on free ports, ended by its own process id."""
import json
import pathlib
import random
import re
import socket
import subprocess
import tempfile
import threading
import time

import pytest
import requests
import urllib3

urllib3.disable_warnings()
ROOT = pathlib.Path(__file__).resolve().parent.parent
GOTERA = str(ROOT / "bin" / "gotera")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def until(what, check, seconds=15.0):
    """Calls check until it returns something true; what it raises counts as not yet."""
    end = time.monotonic() + seconds
    last = None
    while time.monotonic() < end:
        try:
            value = check()
            if value:
                return value
        except Exception as err:  # noqa: BLE001 - the last one is reported
            last = err
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds} s ({last})")


class Child:
    """A child process whose output is kept."""

    def __init__(self, args, **kwargs):
        self.output = ""
        self.process = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kwargs)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.output += line

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class System:
    """gotera serve, and what a clinician does over its REST API."""

    def __init__(self, *flags):
        self.dir = tempfile.TemporaryDirectory(prefix="gotera-interop-")
        external, self.redis_port, core, rehab = (free_port() for _ in range(4))
        self.room_port = 12000 + random.randrange(80) * 100
        self.external_port = external
        self.base = f"https://localhost:{external}"
        self.serve = Child([GOTERA, "serve", "--demo", "--data", self.dir.name, "--listen", f"127.0.0.1:{external}",
                            "--redis-port", str(self.redis_port), "--core-port", str(core), "--rehab-port", str(rehab),
                            "--room-port", str(self.room_port), *flags])
        login = until("the accounts are printed", lambda: re.search(r"clinician\s+(\S+) / (\S+)", self.serve.output), 30)
        self.clinician = login.groups()
        self.participant_tokens = re.findall(r"/rehab/participant\?token=(\S+)", self.serve.output)
        self.redis_password = (pathlib.Path(self.dir.name) / "redis.password").read_text().strip()
        until("the core answers through the ingress", lambda: self.login())

    def redis_config(self):
        return {"hostname": "127.0.0.1", "port": self.redis_port, "db": 0, "username": "", "password": self.redis_password}

    def login(self):
        answer = requests.get(self.base + "/api/user/login", auth=self.clinician, verify=False, timeout=10)
        answer.raise_for_status()
        self.user_uuid = answer.json()["user_uuid"]
        self.headers = {"Authorization": "OpenTera " + answer.json()["user_token"]}
        return True

    def get(self, path, **params):
        answer = requests.get(self.base + path, params=params, headers=self.headers, verify=False, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def manage(self, **body):
        answer = requests.post(self.base + "/api/user/sessions/manager", json={"session_manage": body},
                               headers=self.headers, verify=False, timeout=20)
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
        return answer.json()

    def session_type(self):
        return next(t for t in self.get("/api/user/sessiontypes") if t.get("session_type_service_key") == "VideoRehabService")

    def start_session(self, **members):
        kind = self.session_type()
        answer = self.manage(action="start", id_service=kind["id_service"], id_session=0,
                             id_session_type=kind["id_session_type"], session_users=[self.user_uuid], **members)
        assert answer["status"] == "started", json.dumps(answer)
        return answer["session"]

    def stop(self):
        self.serve.stop()
        self.dir.cleanup()


@pytest.fixture(scope="module")
def system():
    sut = System()
    yield sut
    sut.stop()
