"""The published package's user, participant, device and service clients: a Python service checks the core's tokens with
the keys in Redis and calls the core back as whoever called it."""
import datetime
import json
import os
import pathlib
import re
import sys

import pytest
import requests

from conftest import Child, System, free_port, until

HERE = pathlib.Path(__file__).parent / "accessservice"
PASSWORD = "Interop-Passw0rd!"


class Core(System):
    """The system, and its administrator."""

    def __init__(self):
        super().__init__("--rehab=false")
        first = re.search(r'user "admin", password (\S+)', self.serve.output).group(1)
        browser = requests.Session()
        answer = browser.get(self.base + "/api/user/login", auth=("admin", first), verify=False, timeout=10)
        assert answer.json()["reason"] == "password_change", answer.text
        changed = browser.post(self.base + "/api/user/login/change_password", verify=False, timeout=10,
                               json={"new_password": PASSWORD, "confirm_password": PASSWORD})
        assert changed.status_code == 200, changed.text
        self.admin = self.token(("admin", PASSWORD))

    def token(self, auth, kind="user"):
        answer = requests.get(f"{self.base}/api/{kind}/login", auth=auth, verify=False, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()[f"{kind}_token"]

    def call(self, method, path, token=None, **kwargs):
        answer = requests.request(method, self.base + path, headers={"Authorization": "OpenTera " + (token or self.admin)},
                                  verify=False, timeout=10, **kwargs)
        assert answer.status_code == 200, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def post(self, path, body, token=None):
        return self.call("POST", path, token, json=body)


@pytest.fixture(scope="module")
def core():
    sut = Core()
    yield sut
    sut.stop()


class Service:
    """The Python service, registered and given access as an administrator does it."""

    def __init__(self, core):
        self.core, self.port = core, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        made = core.post("/api/user/services", {"service": {
            "id_service": 0, "service_key": "AccessService", "service_name": "Access", "service_hostname": "127.0.0.1",
            "service_port": self.port, "service_endpoint": "/", "service_clientendpoint": "/access", "service_enabled": True,
            "service_has_assets": True, "service_has_tests": True,
            "roles": [{"id_service_role": 0, "service_role_name": "admin"}, {"id_service_role": 0, "service_role_name": "user"}]}})
        self.row = made[0]
        self.project = next(p for p in core.call("GET", "/api/user/projects") if p["project_name"] == "Demo project")
        core.post("/api/user/services/sites", {"service_site": {"id_service": self.row["id_service"], "id_site": self.project["id_site"]}})
        core.post("/api/user/services/projects", {"service_project": {"id_service": self.row["id_service"],
                                                                       "id_project": self.project["id_project"]}})
        role = next(r for r in core.call("GET", f"/api/user/services/roles?id_service={self.row['id_service']}")
                    if r["service_role_name"] == "admin")
        group = core.call("GET", "/api/user/usergroups", core.token(core.clinician))[0]
        core.post("/api/user/services/access", {"service_access": {
            "id_service_access": 0, "id_user_group": group["id_user_group"], "id_service_role": role["id_service_role"]}})
        file = pathlib.Path(core.dir.name) / "AccessService.json"
        file.write_text(json.dumps({
            "Service": {"name": "AccessService", "hostname": "127.0.0.1", "port": self.port, "debug_mode": False},
            "Backend": {"hostname": "localhost", "port": core.external_port}, "Redis": core.redis_config()}))
        self.child = Child([sys.executable, str(HERE / "service.py"), str(file)], env={**os.environ, "PYTHONUNBUFFERED": "1"}, cwd=HERE)
        until("the Python service runs", lambda: "service runs" in self.child.output, 20)
        until("it answers", lambda: self.get("/events").status_code == 200)

    def get(self, path, token=None, **params):
        headers = {"Authorization": "OpenTera " + token} if token else {}
        return requests.get(self.url + path, params=params, headers=headers, timeout=20)

    def backend(self, method, path, body=None, **params):
        """What the core answers the service."""
        answer = requests.request(method, self.url + "/core", params={"path": path, "params": json.dumps(params)}, json=body, timeout=20)
        assert answer.status_code == 200, f"{method} {path}: {answer.status_code} {answer.text}\n{self.child.output[-2000:]}"
        return answer.json()


@pytest.fixture(scope="module")
def service(core):
    sut = Service(core)
    yield sut
    sut.child.stop()


@pytest.fixture(scope="module")
def participant(core, service):
    """A participant of the demonstration who may also log in by password."""
    row = core.call("GET", f"/api/user/participants?id_project={service.project['id_project']}")[0]
    changed = core.post("/api/user/participants", {"participant": {
        "id_participant": row["id_participant"], "participant_username": "interop", "participant_password": PASSWORD,
        "participant_login_enabled": True}})
    return changed[0]


@pytest.fixture(scope="module")
def session(core, service, participant):
    """A session that the service makes, with the participant in it."""
    kind = core.post("/api/user/sessiontypes", {"session_type": {
        "id_session_type": 0, "session_type_name": "Interop", "session_type_online": True, "session_type_color": "#112233",
        "session_type_category": 1, "id_service": service.row["id_service"],
        "session_type_sites": [{"id_site": service.project["id_site"]}],
        "session_type_projects": [{"id_project": service.project["id_project"]}]}})[0]
    return service.backend("POST", "/api/service/sessions", {"session": {
        "id_session": 0, "id_session_type": kind["id_session_type"], "session_participants_uuids": [participant["participant_uuid"]]}})[0]


def test_user_client(core, service):
    token = core.token(core.clinician)
    who = service.get("/anyone", token, id_project=service.project["id_project"], id_site=service.project["id_site"]).json()
    assert (who["kind"], who["superadmin"], who["roles"]) == ("user", False, ["admin"]), who
    assert who["info"]["user_username"] == core.clinician[0] and who["info"]["user_uuid"] == who["uuid"]
    assert who["project"] == "admin" or who["project"] == "user", who
    assert service.get("/admin", token).status_code == 200
    assert service.get("/service", token).status_code == 403
    assert service.get("/anyone", core.admin).json()["superadmin"] is True
    core.call("GET", "/api/user/logout", token)
    assert service.get("/anyone", token).status_code == 403, "a token that was given back still works"


def test_refreshed_token(core, service):
    token = core.token(core.clinician)
    fresh = core.call("GET", "/api/user/refresh_token", token)["refresh_token"]
    assert service.get("/dynamic", token).status_code == 403
    assert service.get("/dynamic", fresh).json()["kind"] == "user"


def test_participant_client(core, service, participant):
    static = participant["participant_token"]
    who = service.get("/anyone", static).json()
    assert (who["kind"], who["uuid"]) == ("participant", participant["participant_uuid"]), who
    assert service.get("/dynamic", static).status_code == 403, "a static token where only dynamic ones are taken"
    token = core.token(("interop", PASSWORD), "participant")
    who = service.get("/dynamic", token).json()
    assert who["uuid"] == participant["participant_uuid"], who
    assert who["info"]["participant_name"] == participant["participant_name"], who
    core.call("GET", "/api/participant/logout", token)
    assert service.get("/dynamic", token).status_code == 403


def test_device_client(core, service):
    device = core.call("GET", "/api/user/devices")[0]
    who = service.get("/anyone", device["device_token"]).json()
    assert (who["kind"], who["uuid"]) == ("device", device["device_uuid"]), who
    assert who["info"]["device_info"]["device_name"] == device["device_name"], who


def test_service_client(core, service):
    assert [s["id_site"] for s in service.backend("GET", "/api/service/sites")] == [service.project["id_site"]]
    project = service.backend("GET", "/api/service/projects", id_project=service.project["id_project"])
    assert [p["project_name"] for p in project] == ["Demo project"]
    user = core.call("GET", "/api/user/users?self=true", core.token(core.clinician))[0]
    role = service.backend("GET", "/api/service/users/access", uuid_user=user["user_uuid"], id_project=service.project["id_project"])
    assert role["project_role"] in ("admin", "user"), role
    assert service.backend("GET", "/api/service/users", user_uuid=user["user_uuid"])["user_uuid"] == user["user_uuid"]
    code = service.backend("GET", "/api/service/auth/code", endpoint_url="/page")["auth_code"]
    login = requests.get(core.base + "/login", params={"auth_code": code}, verify=False, timeout=10)
    assert login.status_code == 200 and "text/html" in login.headers["Content-Type"]


def test_assets(core, service, participant, session):
    made = service.backend("POST", "/api/service/assets", {"asset": {
        "id_asset": 0, "id_session": session["id_session"], "asset_name": "interop", "asset_type": "text/plain",
        "participant_uuid": participant["participant_uuid"]}})[0]
    assert made["asset_service_uuid"] == service.row["service_uuid"]
    until("the database event", lambda: any(e["asset_uuid"] == made["asset_uuid"] for e in service.get("/events").json()))
    clinician = core.token(core.clinician)
    listed = core.call("GET", f"/api/user/assets?id_session={session['id_session']}&with_urls=true", clinician)[0]
    assert listed["asset_url"].endswith("/access/api/assets"), listed
    ask = {"access_token": listed["access_token"], "uuid": made["asset_uuid"]}
    assert service.get("/asset", clinician, **ask).json()["access"] is True
    assert service.get("/asset", core.admin, **ask).json()["access"] is False, "somebody else's access token"
    assert service.get("/asset", clinician, **{**ask, "uuid": session["session_uuid"]}).json()["access"] is False
    service.backend("DELETE", "/api/service/assets", uuid=made["asset_uuid"])
    assert core.call("GET", f"/api/user/assets?id_session={session['id_session']}", clinician) == []
    until("the event of the deletion", lambda: any(e["asset_uuid"] == made["asset_uuid"] and e.get("deleted_at")
                                                   for e in service.get("/events").json()))


def test_tests_and_invitations(core, service, participant, session):
    kind = service.backend("POST", "/api/service/testtypes", {"test_type": {
        "id_test_type": 0, "test_type_name": "Interop", "test_type_key": "interop", "test_type_has_web_format": True}})
    service.backend("POST", "/api/service/testtypes/projects", {"test_type_project": {
        "id_test_type": kind["id_test_type"], "id_project": service.project["id_project"]}})
    made = service.backend("POST", "/api/service/tests", {"test": {
        "id_test": 0, "id_test_type": kind["id_test_type"], "id_session": session["id_session"], "test_status": 0,
        "test_datetime": datetime.datetime.now().astimezone().isoformat(), "participant_uuid": participant["participant_uuid"]}})[0]
    clinician = core.token(core.clinician)
    listed = core.call("GET", f"/api/user/tests?id_session={session['id_session']}&with_urls=true", clinician)[0]
    answer = service.get("/test", clinician, access_token=listed["access_token"], uuid=made["test_uuid"]).json()
    assert answer["access"] is True, answer
    assert service.get("/test", core.admin, access_token=listed["access_token"], uuid=made["test_uuid"]).json()["access"] is False

    def invite(**more):
        return service.backend("POST", "/api/service/tests/invitations", {"tests_invitations": [{
            "id_test_invitation": 0, "id_test_type": kind["id_test_type"], "id_project": service.project["id_project"],
            "id_participant": participant["id_participant"], **more}]})[0]

    tomorrow = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
    invitation = invite(test_invitation_expiration_date=tomorrow.isoformat())
    answer = service.get("/invited", invitation_key=invitation["test_invitation_key"])
    assert answer.status_code == 200 and answer.json()["uuid"] == participant["participant_uuid"], answer.text
    over = invite(test_invitation_expiration_date=(tomorrow - datetime.timedelta(days=2)).isoformat())
    assert service.get("/invited", invitation_key=over["test_invitation_key"]).status_code == 403, "an invitation that is over"
    assert service.get("/invited", invitation_key="0123456789abcdef").status_code == 403
