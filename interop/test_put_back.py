"""The Python server can be put back: OpenTera makes a database, gotera takes it over and writes rows of many kinds, OpenTera
takes it over again, reads and changes them, then gotera once more. Both show the same rows in the same words.

Needs OpenTera's sources (OPENTERA_SRC, the folder teraserver/python of a checkout of introlab/opentera, release 1.3.0) and
an interpreter with its packages: OPENTERA_PYTHON, or the one that conformance/run.sh has made. Without them it says so.
"""
import glob
import json
import os
import pathlib
import pwd
import subprocess
import tempfile

import pytest
import requests

from conftest import GOTERA, Child, free_port, until

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = os.environ.get("OPENTERA_SRC", "")
PYTHON = os.environ.get("OPENTERA_PYTHON", str(HERE / "conformance" / ".venv" / "bin" / "python"))
BIN = (sorted(glob.glob("/usr/lib/postgresql/*/bin")) or [""])[-1]
USERS = ["admin", "siteadmin", "user", "user2", "user3"]
LISTS = [
    "sites", "projects?id_site=1", "participants?id_site=1&full=true", "groups?id_project=1", "devices?id_site=1", "devicetypes", "users?list=true",
    "usergroups", "sessions?id_participant=1", "sessions?id_participant=1&list=true", "sessions/events?id_session=1", "sessiontypes", "services?list=true",
    "assets?id_participant=1", "tests?id_participant=1", "testtypes", "devices/participants?id_device=1", "stats?id_project=1", "stats?id_participant=1",
]
CHANGING = {"user_lastonline", "participant_lastonline", "device_lastonline", "participant_last_online"}
# What gotera answers otherwise on purpose: the last session is the latest by date, not the one stored last, /stats counts what
# it names, and a device's token is told to its administrators only.
KNOWN = {"device_token", "participant_lastsession", "sessions_total_count", "assets_total_count", "tests_total_count", "users_total_count"}


@pytest.fixture(scope="module")
def place():
    if not SOURCE or not os.path.exists(PYTHON):
        pytest.skip("NOT TESTED: whether the Python server can be put back. Set OPENTERA_SRC (and OPENTERA_PYTHON).")
    with tempfile.TemporaryDirectory(prefix="gotera-back-") as directory:
        os.chmod(directory, 0o711)
        p = Place(directory)
        try:
            yield p
        finally:
            p.stop()


class Place:
    """A PostgreSQL and a Redis, and one of the two servers on them."""

    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        self.db_port, self.redis_port, self.port = free_port(), free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        data = self.dir / "pg"
        data.mkdir()
        if os.geteuid() == 0:
            os.chown(data, pwd.getpwnam("postgres").pw_uid, -1)
        self.postgres_runs("initdb", "-D", data, "-U", "teraagent", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        self.postgres_runs("pg_ctl", "-D", data, "-w", "-l", data / "log", "-o",
                           f"-k {data} -p {self.db_port} -c listen_addresses=127.0.0.1 -c fsync=off", "start")
        self.postgres_runs("createdb", "-h", "127.0.0.1", "-p", str(self.db_port), "-U", "teraagent", "opentera")
        self.redis = Child(["redis-server", "--port", str(self.redis_port), "--bind", "127.0.0.1", "--save", ""])
        self.server = None
        self.config = self.dir / "core.json"
        self.config.write_text(json.dumps({
            "Server": {"name": "back", "hostname": "127.0.0.1", "port": self.port, "use_ssl": False, "ssl_path": "", "site_certificate": "", "site_private_key": "",
                       "ca_certificate": "", "ca_private_key": "", "upload_path": "uploads", "debug_mode": False, "enable_docs": False},
            "Database": {"db_type": "QPSQL", "name": "opentera", "url": "127.0.0.1", "port": self.db_port, "username": "teraagent", "password": "tera"},
            "Redis": {"hostname": "127.0.0.1", "port": self.redis_port, "db": 0, "username": "", "password": ""}}))
        self.env = dict(os.environ, OPENTERA_CONFIG_PATH=str(self.config), PYTHONPATH=SOURCE, PYTHONDONTWRITEBYTECODE="1", PYTHONUNBUFFERED="1",
                        CONF_REDIS=f"127.0.0.1:{self.redis_port}/0", CONF_DB=f"postgresql://teraagent:tera@127.0.0.1:{self.db_port}/opentera")

    def postgres_runs(self, program, *args):
        command = [f"{BIN}/{program}", *map(str, args)]
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")

    def sql(self, text):
        out = subprocess.run([f"{BIN}/psql", "-h", "127.0.0.1", "-p", str(self.db_port), "-U", "teraagent", "-d", "opentera", "-Atc", text],
                             check=True, capture_output=True, text=True)
        return out.stdout.strip().splitlines()

    def schema(self):
        """Everything but indexes."""
        out = subprocess.run([f"{BIN}/pg_dump", "-s", "-h", "127.0.0.1", "-p", str(self.db_port), "-U", "teraagent", "opentera"], check=True, capture_output=True, text=True)
        return [line for line in out.stdout.splitlines() if line and not line.startswith(("--", "\\", "CREATE INDEX"))]

    def seed(self):
        subprocess.run([PYTHON, str(HERE / "conformance" / "seed_db.py")], check=True, env=dict(self.env, OPENTERA_SRC=SOURCE), stdout=subprocess.DEVNULL)
        self.sql("UPDATE t_services SET service_system = (service_key = 'OpenTeraServer')")  # the Python server starts no others

    def run(self, *command, cwd=None):
        self.stop_server()
        self.server = Child(list(command), env=self.env, cwd=cwd)
        def answers():
            assert self.server.process.poll() is None, self.server.output[-3000:]
            return requests.get(self.url + "/api/user/login", timeout=5).status_code == 401
        until("the server answers: " + command[0], answers, 60)

    def run_gotera(self):
        self.run(GOTERA, "core", "--config", str(self.config))

    def run_opentera(self):
        self.run(PYTHON, "TeraServer.py", cwd=SOURCE)

    def stop_server(self):
        if self.server:
            self.server.stop()
            self.server = None

    def stop(self):
        self.stop_server()
        self.redis.stop()
        self.postgres_runs("pg_ctl", "-D", self.dir / "pg", "-m", "immediate", "stop")

    def login(self, name, password=None):
        r = requests.get(self.url + "/api/user/login", auth=(name, password or name), timeout=20)
        assert r.status_code == 200, (name, r.status_code, r.text)
        session = requests.Session()
        session.headers["Authorization"] = "OpenTera " + r.json()["user_token"]
        return session

    def get(self, session, path):
        r = session.get(f"{self.url}/api/user/{path}", timeout=20)
        assert r.status_code == 200, (path, r.status_code, r.text)
        return r.json()

    def post(self, session, path, body):
        r = session.post(f"{self.url}/api/user/{path}", json=body, timeout=20)
        assert r.status_code == 200, (path, r.status_code, r.text)
        answer = r.json()
        return answer[0] if isinstance(answer, list) and answer else answer

    def everything(self):
        """What each user sees in every list."""
        seen = {}
        for name in USERS:
            session = self.login(name)
            for path in LISTS:
                r = session.get(f"{self.url}/api/user/{path}", timeout=20)
                seen[name, path] = r.status_code, normal(r.json()) if r.status_code == 200 else None
        return seen

    def devices_and_participants_log_in(self):
        for kind in ("participant", "device"):
            for token in self.sql(f"SELECT {kind}_token FROM t_{kind}s WHERE {kind}_token IS NOT NULL AND {kind}_enabled AND deleted_at IS NULL"):
                r = requests.get(f"{self.url}/api/{kind}/login", headers={"Authorization": "OpenTera " + token}, timeout=20)
                assert r.status_code == 200, (kind, r.status_code, r.text)


def normal(value):
    """Without what changes by itself, and without an order: upstream has none in most lists."""
    if isinstance(value, dict):
        return {k: normal(v) for k, v in value.items() if k not in CHANGING and k not in KNOWN}
    if isinstance(value, list):
        return sorted((normal(v) for v in value), key=lambda v: json.dumps(v, sort_keys=True))
    return value


def differences(ours, theirs):
    found = []
    for key in ours:
        if ours[key] != theirs[key]:
            one, other = ({json.dumps(row, sort_keys=True) for row in (rows if isinstance(rows, list) else [rows])} for _, rows in (ours[key], theirs[key]))
            found.append(f"{key[0]} /api/user/{key[1]}: {ours[key][0]} and {theirs[key][0]}\n  gotera only   {sorted(one - other)}\n  OpenTera only {sorted(other - one)}")
    return found


def write_rows(place):
    admin = place.login("admin")
    site = place.post(admin, "sites", {"site": {"id_site": 0, "site_name": "Gotera"}})
    project = place.post(admin, "projects", {"project": {"id_project": 0, "id_site": site["id_site"], "project_name": "Projet é"}})
    group = place.post(admin, "groups", {"participant_group": {"id_participant_group": 0, "id_project": project["id_project"], "participant_group_name": "G"}})
    person = place.post(admin, "participants", {"participant": {
        "id_participant": 0, "id_project": project["id_project"], "id_participant_group": group["id_participant_group"], "participant_name": "Zoé",
        "participant_enabled": True, "participant_token_enabled": True}})
    device = place.post(admin, "devices", {"device": {
        "id_device": 0, "id_device_type": 1, "device_name": "D", "device_enabled": True, "device_onlineable": True,
        "device_sites": [{"id_site": site["id_site"]}], "device_projects": [{"id_project": project["id_project"]}]}})
    groups = place.post(admin, "usergroups", {"user_group": {
        "id_user_group": 0, "user_group_name": "UG", "user_group_sites_access": [{"id_site": site["id_site"], "site_access_role": "admin"}]}})
    user = place.post(admin, "users", {"user": {
        "id_user": 0, "user_username": "gotera", "user_password": "Gotera-Password-1", "user_firstname": "A", "user_lastname": "B", "user_enabled": True,
        "user_profile": "{}", "user_user_groups": [{"id_user_group": groups["id_user_group"]}]}})
    session = place.post(admin, "sessions", {"session": {
        "id_session": 0, "id_session_type": 1, "session_name": "S", "session_status": 2, "session_start_datetime": "2024-05-01T10:00:00-04:00",
        "id_creator_user": user["id_user"], "session_participants_ids": [person["id_participant"], 1], "session_users_ids": [user["id_user"]],
        "session_devices_ids": [device["id_device"]], "session_parameters": "{\"a\": 1}"}})
    place.post(admin, "sessions/events", {"session_event": {
        "id_session_event": 0, "id_session": session["id_session"], "id_session_event_type": 3, "session_event_datetime": "2024-05-01T10:00:01-04:00", "session_event_text": "é"}})
    r = admin.delete(place.url + "/api/user/participants?id=3", timeout=20)  # has sessions or not: both servers must agree afterwards
    assert r.status_code in (200, 500), r.text
    return user, session, person


def test_put_back(place):
    place.seed()
    fresh = place.schema()
    place.run_gotera()
    assert place.schema() == fresh, "the adoption changed more than indexes"
    user, session, person = write_rows(place)
    ours = place.everything()
    place.devices_and_participants_log_in()

    place.run_opentera()
    assert place.sql("SELECT version_num FROM alembic_version") == ["6b9c4707d8ef"]
    place.devices_and_participants_log_in()
    found = differences(ours, place.everything())
    theirs = place.login("gotera", "Gotera-Password-1")
    assert place.get(theirs, "users?self=true")[0]["id_user"] == user["id_user"]
    admin = place.login("admin")
    place.post(admin, "participants", {"participant": {"id_participant": person["id_participant"], "participant_name": "Changed by OpenTera"}})
    again = place.post(admin, "sessions", {"session": {
        "id_session": 0, "id_session_type": 1, "session_name": "By OpenTera", "session_status": 2, "session_start_datetime": "2024-05-02T10:00:00-04:00",
        "id_creator_user": 1, "session_participants_ids": [1], "session_users_ids": [1]}})
    assert again["id_session"] == session["id_session"] + 1, "the sequence"
    r = admin.delete(f"{place.url}/api/user/sessions?id={session['id_session']}", timeout=20)
    assert r.status_code == 200, r.text
    theirs = place.everything()

    place.run_gotera()
    assert place.schema() == fresh, "the schema did not stay as it was"
    place.devices_and_participants_log_in()
    admin = place.login("admin")
    assert place.get(admin, f"participants?id={person['id_participant']}")[0]["participant_name"] == "Changed by OpenTera"
    assert place.get(admin, f"sessions?id_session={session['id_session']}") == []
    place.login("gotera", "Gotera-Password-1")
    found += differences(place.everything(), theirs)
    assert not found, "the servers show different things:\n" + "\n".join(found)
