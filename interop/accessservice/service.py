"""A service on the published package, as sites write them: ServiceAccessManager guards its HTTP interface with the core's
tokens, and the clients it makes (user, participant, device, service) call the core back."""
import json
import sys
import threading

import opentera.messages.python as messages
from flask import Flask, jsonify, request
from flask_babel import Babel
from opentera.redis.RedisClient import RedisClient
from opentera.redis.RedisVars import RedisVars
from opentera.services.ServiceAccessManager import (ServiceAccessManager, current_device_client, current_participant_client,
                                                    current_service_client, current_test_invitation, current_user_client)
from opentera.services.ServiceConfigManager import ServiceConfigManager
from opentera.services.ServiceOpenTeraWithAssets import ServiceOpenTeraWithAssets
from opentera.services.ServiceOpenTeraWithTests import ServiceOpenTeraWithTests
from twisted.internet import reactor
from werkzeug.serving import make_server

app = Flask("AccessService")
Babel(app)
events = []
service = None


class AccessService(ServiceOpenTeraWithAssets):
    def asset_event_received(self, event: messages.DatabaseEvent):
        events.append(json.loads(event.object_value))


def describe():
    """Who calls, and what the core says of them when asked with their own token."""
    if current_user_client:
        user = current_user_client
        return jsonify(kind="user", uuid=user.user_uuid, info=user.get_user_info(), superadmin=user.user_superadmin,
                       roles=user.get_roles_for_service("AccessService"),
                       project=user.get_role_for_project(int(request.args.get("id_project", 0))),
                       site=user.get_role_for_site(int(request.args.get("id_site", 0))))
    if current_participant_client:
        return jsonify(kind="participant", uuid=current_participant_client.participant_uuid,
                       info=current_participant_client.get_participant_infos())
    if current_device_client:
        return jsonify(kind="device", uuid=current_device_client.device_uuid, info=current_device_client.get_device_infos())
    return jsonify(kind="service", uuid=current_service_client.service_uuid, info=current_service_client.get_service_infos())


def guarded(path, *guards):
    def add(view):
        for guard in reversed(guards):
            view = guard(view)
        app.add_url_rule(path, endpoint=path, view_func=view)
        return view
    return add


@guarded("/anyone", ServiceAccessManager.service_or_others_token_required(allow_dynamic_tokens=True, allow_static_tokens=True))
def anyone():
    return describe()


@guarded("/dynamic", ServiceAccessManager.token_required())
def dynamic():
    return describe()


@guarded("/service", ServiceAccessManager.service_token_required)
def own():
    return describe()


@guarded("/admin", ServiceAccessManager.token_required(), ServiceAccessManager.service_user_roles_all_required(["admin"]))
def admin():
    return describe()


@guarded("/asset", ServiceAccessManager.token_required(allow_static_tokens=True))
def asset():
    token, uuid = request.args["access_token"], request.args["uuid"]
    return jsonify(access=AccessService.has_access_to_asset(token, uuid))


@guarded("/test", ServiceAccessManager.token_required(allow_static_tokens=True))
def test():
    token, uuid = request.args["access_token"], request.args["uuid"]
    return jsonify(access=ServiceOpenTeraWithTests.has_access_to_test(token, uuid),
                   type_access=ServiceOpenTeraWithTests.has_access_to_test_type(token, uuid),
                   can_edit=ServiceOpenTeraWithTests.can_edit_test_type(token))


@guarded("/invited", ServiceAccessManager.service_test_invitation_required())
def invited():
    who = current_user_client or current_participant_client or current_device_client
    return jsonify(invitation=dict(current_test_invitation), uuid=getattr(who, "participant_uuid", None) or who.user_uuid)


@app.route("/core", methods=["GET", "POST", "DELETE"])
def core():
    """Passes a call on to the core with the service's own token."""
    path = request.args["path"]
    if request.method == "POST":
        answer = service.post_to_opentera(path, request.json)
    elif request.method == "DELETE":
        answer = service.delete_from_opentera(path, json.loads(request.args.get("params", "{}")))
    else:
        answer = service.get_from_opentera(path, json.loads(request.args.get("params", "{}")))
    return app.response_class(answer.text, answer.status_code, mimetype="application/json")


@app.route("/events")
def seen():
    return jsonify(events)


def main():
    global service
    config = ServiceConfigManager()
    with open(sys.argv[1], encoding="utf-8") as file:
        raw = json.load(file)
    config.service_config, config.backend_config, config.redis_config = raw["Service"], raw["Backend"], raw["Redis"]
    info = json.loads(RedisClient(config.redis_config).redisGet(RedisVars.RedisVar_ServicePrefixKey + config.service_config["name"]))
    config.service_config["ServiceUUID"] = info["service_uuid"]
    service = AccessService(config, info)
    server = make_server("127.0.0.1", info["service_port"], app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    reactor.callLater(0, print, "service runs", flush=True)
    reactor.run()


main()
