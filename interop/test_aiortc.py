"""Two aiortc peers in a session: an independent WebRTC implementation speaks the room's protocol and gets media."""
import asyncio
import json
import ssl

import aiortc
import websockets
from aiortc.contrib.media import MediaBlackhole
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from aiortc.sdp import candidate_from_sdp


class Peer:
    """The client's side of the protocol in signaling/README.md, polite in a glare."""

    def __init__(self, url, name):
        self.url = url.replace("https://", "wss://").replace("/webrtc/", "/websocket/")
        self.name, self.tracks, self.frames, self.texts = name, [], {}, []
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
            self.pc.addTrack(AudioStreamTrack())
            self.pc.addTrack(VideoStreamTrack())
            await self.offer()
        elif m["type"] == "ping":
            await self.send(type="pong")
        elif m["type"] == "answer":
            self.offering = False
            await self.pc.setRemoteDescription(aiortc.RTCSessionDescription(m["sdp"], "answer"))
        elif m["type"] == "offer":
            assert not self.offering, "the test never offers twice, so the server has no reason to cross an offer"
            await self.pc.setRemoteDescription(aiortc.RTCSessionDescription(m["sdp"], "offer"))
            await self.pc.setLocalDescription(await self.pc.createAnswer())
            await self.send(type="answer", sdp=self.pc.localDescription.sdp)
        elif m["type"] == "candidate" and m["candidate"]:
            text = m["candidate"]["candidate"]
            if text:
                candidate = candidate_from_sdp(text.removeprefix("candidate:"))
                candidate.sdpMid, candidate.sdpMLineIndex = m["candidate"]["sdpMid"], m["candidate"]["sdpMLineIndex"]
                await self.pc.addIceCandidate(candidate)

    async def offer(self):
        self.offering = True
        await self.pc.setLocalDescription(await self.pc.createOffer())
        tracks = [{"mid": t.mid, "source": "camera", "kind": t.kind} for t in self.pc.getTransceivers()]
        await self.send(type="offer", sdp=self.pc.localDescription.sdp, tracks=tracks)

    async def close(self):
        await self.pc.close()


async def call(url):
    first, second = Peer(url + "&name=First", "First"), Peer(url + "&name=Second", "Second")
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

    assert await settled(lambda: first.pc.connectionState == "connected"), first.pc.connectionState
    tasks.append(asyncio.ensure_future(second.run()))
    enough = lambda p: p.frames.get("audio", 0) > 25 and p.frames.get("video", 0) > 10
    assert await settled(lambda: enough(first) and enough(second)), (first.frames, second.frames)
    first.data.send(json.dumps({"topic": "test", "data": {"n": 7}}))
    assert await settled(lambda: second.texts), "no data message"
    message = json.loads(second.texts[0])
    assert message["topic"] == "test" and message["data"] == {"n": 7} and message["from"]
    for t in tasks:
        t.cancel()
    await first.close()
    await second.close()


def test_two_aiortc_peers_see_and_hear_each_other(system):
    session = system.start_session()
    asyncio.run(asyncio.wait_for(call(session["session_url_devices"]), 60))
    system.manage(action="stop", id_session=session["id_session"], id_service=system.session_type()["id_service"])
