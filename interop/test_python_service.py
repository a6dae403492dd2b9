"""OpenTera's own web-RTC service (Python) on gotera's core, with `executable: gotera` and `script: room`."""
import json
import os
import pathlib
import sys

import pytest
import redis
import requests

from conftest import GOTERA, Child, System, until

HERE = pathlib.Path(__file__).parent / "videorehab"


@pytest.fixture(scope="module")
def system():
    sut = System("--rehab=false")
    yield sut
    sut.stop()


@pytest.fixture(scope="module")
def service(system):
    file = pathlib.Path(system.dir.name) / "VideoRehabService.json"
    file.write_text(json.dumps({
        "Service": {"name": "VideoRehabService", "hostname": "127.0.0.1", "port": 4070, "debug_mode": False},
        "Backend": {"hostname": "localhost", "port": system.external_port}, "Redis": system.redis_config(),
        "WebRTC": {"hostname": "localhost", "external_port": system.external_port, "local_base_port": system.room_port,
                   "max_sessions": 5, "working_directory": system.dir.name, "executable": GOTERA, "script": "room"},
    }))
    child = Child([sys.executable, str(HERE / "service.py"), str(file)], env={**os.environ, "PYTHONUNBUFFERED": "1"}, cwd=HERE)
    until("the Python service runs", lambda: "service runs" in child.output, 20)
    until("its RPC listens", lambda: redis.Redis(port=system.redis_port, password=system.redis_password).execute_command(
        "PUBSUB", "NUMPAT") >= 6)
    yield child
    child.stop()


def test_a_session_of_the_python_service_in_our_room(system, service):
    participant = system.get("/api/user/participants", id_project=system.get("/api/user/projects")[0]["id_project"])[0]
    ready = redis.Redis(port=system.redis_port, password=system.redis_password).pubsub()
    ready.psubscribe("webrtc.*")
    session = system.start_session(session_participants=[participant["participant_uuid"]])
    message = until("Ready!", lambda: (m := ready.get_message(timeout=0.2)) and m["type"] == "pmessage" and m)
    assert message["channel"].decode() == "webrtc." + session["session_key"] and message["data"] == b"Ready!"

    def page(url):
        return requests.get(url, verify=False, timeout=5)

    assert until("the page", lambda: page(session["session_url_participants"]).status_code == 200)
    assert page(session["session_url_users"]).status_code == 200
    assert page(session["session_url_users"].replace(session["session_key"], "wrong")).status_code == 403
    status = page(session["session_url_users"].replace("/users?", "/status?"))
    assert status.json() == {"status": "OK"}
    stopped = system.manage(action="stop", id_session=session["id_session"], id_service=system.session_type()["id_service"])
    assert stopped["status"] == "stopped", service.output[-2000:]
    until("the room is gone", lambda: page(session["session_url_users"]).status_code == 502)
