"""aiortc peers in a session with `gotera peer`: an independent WebRTC implementation speaks the room's protocol."""
import asyncio
import json
import ssl

import aiortc
import websockets
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from aiortc.sdp import candidate_from_sdp

from conftest import GOTERA, Child


class Peer:
    """The client's side of the protocol in signaling/README.md."""

    def __init__(self, url, name, publishes):
        self.url = url.replace("https://", "wss://").replace("/webrtc/", "/websocket/")
        self.name, self.publishes, self.tracks, self.frames, self.texts = name, publishes, [], {}, []
        self.pc = aiortc.RTCPeerConnection()
        self.pc.on("track", self.on_track)
        self.data = self.pc.createDataChannel("reliable")
        self.data.on("message", self.texts.append)
        self.offering = False

    def on_track(self, track):
        self.tracks.append(asyncio.ensure_future(self.count(track)))

    async def count(self, track):
        try:
            while True:
                await track.recv()
                self.frames[track.kind] = self.frames.get(track.kind, 0) + 1
        except aiortc.mediastreams.MediaStreamError:
            pass

    async def run(self):
        insecure = ssl.create_default_context()
        insecure.check_hostname, insecure.verify_mode = False, ssl.CERT_NONE
        async with websockets.connect(self.url, ssl=insecure) as self.socket:
            await self.send(type="join", protocol=1, name=self.name)
            async for text in self.socket:
                await self.handle(json.loads(text))

    async def send(self, **message):
        await self.socket.send(json.dumps(message))

    async def handle(self, m):
        if m["type"] == "joined":
            if self.publishes:
                assert not m["peers"], "aiortc cannot roll back an offer of its own, so it has to be the first"
                await self.publish()
        elif m["type"] == "ping":
            await self.send(type="pong")
        elif m["type"] == "message":  # what comes for a peer that has no data channel
            self.texts.append(json.dumps(m))
        elif m["type"] == "answer":
            self.offering = False
            await self.pc.setRemoteDescription(aiortc.RTCSessionDescription(m["sdp"], "answer"))
        elif m["type"] == "offer":
            assert not self.offering, "the room offered although nobody published meanwhile"
            await self.pc.setRemoteDescription(aiortc.RTCSessionDescription(m["sdp"], "offer"))
            await self.pc.setLocalDescription(await self.pc.createAnswer())
            await self.send(type="answer", sdp=self.pc.localDescription.sdp)
        elif m["type"] == "candidate" and m["candidate"]:
            text = m["candidate"]["candidate"]
            if text:
                candidate = candidate_from_sdp(text.removeprefix("candidate:"))
                candidate.sdpMid, candidate.sdpMLineIndex = m["candidate"]["sdpMid"], m["candidate"]["sdpMLineIndex"]
                await self.pc.addIceCandidate(candidate)

    async def publish(self):
        self.offering = True
        mine = [self.pc.addTransceiver(track, "sendonly") for track in (AudioStreamTrack(), VideoStreamTrack())]
        await self.pc.setLocalDescription(await self.pc.createOffer())
        tracks = [{"mid": t.mid, "source": "camera", "kind": t.kind} for t in mine]
        await self.send(type="offer", sdp=self.pc.localDescription.sdp, tracks=tracks)

    async def close(self):
        await self.pc.close()


async def call(url):
    first, second = Peer(url + "&name=First", "First", True), Peer(url + "&name=Second", "Second", False)
    tasks = [asyncio.ensure_future(first.run())]

    async def settled(check):
        for _ in range(400):
            for t in tasks:
                if t.done():
                    t.result()
                    raise AssertionError("the websocket closed")
            if check():
                return True
            await asyncio.sleep(0.05)
        return False

    robot = None
    try:
        assert await settled(lambda: first.pc.connectionState == "connected"), first.pc.connectionState
        tasks.append(asyncio.ensure_future(second.run()))
        assert await settled(lambda: enough(second, 1)), second.frames
        robot = Child([GOTERA, "peer", "--insecure", "--json", "--name", "Robot", url])
        before = dict(second.frames)
        assert await settled(lambda: enough(first, 1)), (first.frames, robot.output[-500:])
        assert await settled(lambda: second.frames["video"] > before["video"] + 20), second.frames
        assert await settled(lambda: heard(robot)), robot.output[-1000:]
        first.data.send(json.dumps({"topic": "test", "data": {"n": 7}}))
        assert await settled(lambda: second.texts), "no data message"
        message = json.loads(second.texts[0])
        assert message["topic"] == "test" and message["data"] == {"n": 7} and message["from"]
        assert await settled(lambda: '"topic":"test"' in robot.output), robot.output[-1000:]
    finally:
        for t in tasks:
            t.cancel()
        await first.close()
        await second.close()
        if robot:
            robot.stop()


def enough(peer, times):
    """Decoded sound and pictures."""
    return peer.frames.get("audio", 0) > 25 * times and peer.frames.get("video", 0) > 10 * times


def heard(robot):
    """The headless peer counts aiortc's packets and keyframes."""
    lines = [json.loads(line) for line in robot.output.splitlines() if line.startswith("{")]
    stats = [line for line in lines if line["type"] == "stats"]
    tracks = {t["kind"]: t for t in stats[-1]["tracks"]} if stats else {}
    return len(tracks) == 2 and tracks["video"]["frames"] > 10 and tracks["video"]["keyframes"] > 0 and tracks["audio"]["packets"] > 25


def test_aiortc_publishes_and_receives(system):
    session = system.start_session()
    asyncio.run(asyncio.wait_for(call(session["session_url_devices"]), 90))
    system.manage(action="stop", id_session=session["id_session"], id_service=system.session_type()["id_service"])
