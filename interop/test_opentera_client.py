"""The published opentera package against gotera's Redis side: variables, RPC and messages."""
import json

import opentera.messages.python as messages
import redis
from opentera.redis.RedisRPCClient import RedisRPCClient
from opentera.redis.RedisVars import RedisVars

from conftest import until


def test_service_variable_and_keys(system):
    client = redis.Redis(port=system.redis_port, password=system.redis_password)
    info = json.loads(client.get(RedisVars.RedisVar_ServicePrefixKey + "VideoRehabService"))
    assert info["service_key"] == "VideoRehabService" and info["service_clientendpoint"] == "/rehab"
    for name in ("UserTokenAPIKey", "ParticipantTokenAPIKey", "ServiceTokenAPIKey", "DeviceStaticTokenAPIKey"):
        assert len(client.get(getattr(RedisVars, "RedisVar_" + name))) == 32, name


def test_rpc_of_the_user_manager(system):
    rpc = RedisRPCClient(system.redis_config())
    assert rpc.call("TeraServer.UserManagerModule", "online_users") == []
    assert rpc.call("TeraServer.UserManagerModule", "busy_participants") == {}


def test_unknown_method_is_answered_at_once(system):
    assert RedisRPCClient(system.redis_config(), timeout=2).call_service("VideoRehabService", "no_such_method") is None


def test_session_form(system):
    form = until("rehab answers", lambda: RedisRPCClient(system.redis_config()).call_service(
        "VideoRehabService", "session_type_config", '{"id_session_type": 1}'))
    item = form["sections"][0]["items"][0]
    assert (form["objecttype"], item["id"], item["type"]) == ("session_type_config", "session_recordable", "boolean")


def test_events_of_a_session(system):
    participant = system.get("/api/user/participants", id_project=system.get("/api/user/projects")[0]["id_project"])[0]
    client = redis.Redis(port=system.redis_port, password=system.redis_password)
    events = client.pubsub()
    events.psubscribe("websocket.*")
    session = system.start_session(session_participants=[participant["participant_uuid"]])

    def received(kind):
        item = events.get_message(timeout=0.2)
        if not item or item["type"] != "pmessage" or not item["channel"].startswith(b"websocket.participant."):
            return None
        event = messages.TeraEvent()
        event.ParseFromString(item["data"])
        found = kind()
        assert len(event.events) == 1
        return found if event.events[0].Unpack(found) else None

    join = until("the invitation", lambda: received(messages.JoinSessionEvent))
    assert join.session_uuid == session["session_uuid"]
    assert list(join.session_participants) == [participant["participant_uuid"]]
    assert "/participants?key=" in join.session_url and session["session_key"] not in join.session_url
    system.manage(action="stop", id_session=session["id_session"], id_service=system.session_type()["id_service"])
    stop = until("the stop", lambda: received(messages.StopSessionEvent))
    assert stop.session_uuid == session["session_uuid"]
