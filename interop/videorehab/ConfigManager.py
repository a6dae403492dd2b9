"""The configuration of the Python service: the published package expects a module of this name."""
from opentera.services.ServiceConfigManager import ServiceConfigManager


class ConfigManager(ServiceConfigManager):
    webrtc_config = {}

    def validate_webrtc_config(self, config):
        self.webrtc_config = config["WebRTC"]
        return True
