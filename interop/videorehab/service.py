"""A VideoRehab service on the published package's BaseWebRTCService, as sites run it, that starts `gotera room`."""
import json
import sys

from opentera.redis.RedisClient import RedisClient
from opentera.redis.RedisVars import RedisVars
from opentera.services.BaseWebRTCService import BaseWebRTCService
from opentera.services.modules.WebRTCModule import WebRTCModule
from twisted.internet import reactor

from ConfigManager import ConfigManager


class VideoRehabService(BaseWebRTCService):
    def __init__(self, config, info):
        super().__init__(config, info)
        self.webRTCModule = WebRTCModule(config)

    def notify_service_messages(self, pattern, channel, message):
        pass


def main():
    config = ConfigManager()
    with open(sys.argv[1], encoding="utf-8") as file:
        raw = json.load(file)
    config.create_defaults() if hasattr(config, "create_defaults") else None
    config.service_config, config.backend_config = raw["Service"], raw["Backend"]
    config.redis_config, config.webrtc_config = raw["Redis"], raw["WebRTC"]
    info = json.loads(RedisClient(config.redis_config).redisGet(RedisVars.RedisVar_ServicePrefixKey + "VideoRehabService"))
    config.service_config["ServiceUUID"] = info["service_uuid"]
    VideoRehabService(config, info)
    reactor.callLater(0, print, "service runs", flush=True)
    reactor.run()


main()
