"""aiortc publishes by WHIP and watches by WHEP, FFmpeg publishes: plain HTTP requests, and WebRTC that was not written here."""
import asyncio
import fractions
import json
import threading
import time
import urllib.parse

import aiortc
import av
import pytest
import requests
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

from conftest import GOTERA, Child

FRAGMENT = "application/trickle-ice-sdpfrag"


class Picture(VideoStreamTrack):
    """640 by 480, of a grey that says which publisher it is."""

    def __init__(self, grey):
        super().__init__()
        self.grey = grey

    async def recv(self):
        pts, base = await self.next_timestamp()
        frame = av.VideoFrame(640, 480, "yuv420p")
        for plane, value in zip(frame.planes, (self.grey, 128, 128)):
            plane.update(bytes([value]) * plane.buffer_size)
        frame.pts, frame.time_base = pts, base
        return frame


class Client:
    """One WHIP or WHEP session (RFC 9725, draft-ietf-wish-whep)."""

    def __init__(self, room, key):
        self.room, self.key, self.frames, self.grey, self.tasks = room, key, {}, None, []
        self.pc = aiortc.RTCPeerConnection()
        self.pc.on("track", lambda track: self.tasks.append(asyncio.ensure_future(self.count(track))))

    async def request(self, method, url, **more):
        headers = {"Authorization": "Bearer " + self.key, **more.pop("headers", {})}
        return await asyncio.to_thread(requests.request, method, url, headers=headers, verify=False, timeout=20, **more)

    async def post(self, path):
        await self.pc.setLocalDescription(await self.pc.createOffer())
        url = self.room + path
        answer = await self.request("POST", url, headers={"Content-Type": "application/sdp"}, data=self.pc.localDescription.sdp)
        assert answer.status_code == 201, f"{answer.status_code} {answer.text}"
        assert answer.headers["Content-Type"] == "application/sdp"
        self.resource, self.etag = urllib.parse.urljoin(url, answer.headers["Location"]), answer.headers["ETag"]
        await self.pc.setRemoteDescription(aiortc.RTCSessionDescription(answer.text, "answer"))
        return self

    async def count(self, track):
        try:
            while True:
                frame = await track.recv()
                self.frames[track.kind] = self.frames.get(track.kind, 0) + 1
                if track.kind == "video":
                    some = bytes(frame.planes[0])[::997]
                    self.grey = sum(some) // len(some)
        except aiortc.mediastreams.MediaStreamError:
            pass

    async def close(self):
        for task in self.tasks:
            task.cancel()
        await self.pc.close()


async def publish(room, key, path, grey, codec=None):
    client = Client(room, key)
    client.pc.addTransceiver(AudioStreamTrack(), "sendonly")
    video = client.pc.addTransceiver(Picture(grey), "sendonly")
    if codec:
        offered = aiortc.RTCRtpSender.getCapabilities("video").codecs
        video.setCodecPreferences([c for c in offered if c.mimeType == codec])
    return await client.post(path)


async def watch(room, key, path):
    client = Client(room, key)
    for kind in ("audio", "video"):
        client.pc.addTransceiver(kind, "recvonly")
    return await client.post(path)


async def settled(check, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if check():
            return True
        await asyncio.sleep(0.05)
    return False


def seen(client, grey, more=10):
    """A check that more frames of this grey, and sound, have come since now."""
    before = dict(client.frames)
    return lambda: (client.grey is not None and abs(client.grey - grey) < 25
                    and client.frames.get("video", 0) > before.get("video", 0) + more
                    and client.frames.get("audio", 0) > before.get("audio", 0) + more)


async def session(room, key, url):
    first = await publish(room, key, "/whip?name=First", 60)
    clients, robot = [first], Child([GOTERA, "peer", "--insecure", "--json", "--name", "Robot", "--audio", "none", "--video", "none", url])
    try:
        viewer = await watch(room, key, "/whep?name=Viewer")
        clients.append(viewer)
        assert await settled(seen(viewer, 60)), (viewer.frames, viewer.grey)
        assert await settled(lambda: counted(robot, "First")), robot.output[-1000:]

        # Candidates by PATCH, with the rules of entity tags.
        done = "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=end-of-candidates\r\n"
        for match, status in ((first.etag, 204), (None, 428), ('"other"', 412)):
            headers = {"Content-Type": FRAGMENT, **({"If-Match": match} if match else {})}
            answer = await first.request("PATCH", first.resource, headers=headers, data=done)
            assert answer.status_code == status, f"If-Match {match}: {answer.status_code} {answer.text}"

        # The picture of the one that is left takes the place of the other's, in the viewer's same track. H.264, this time.
        second = await publish(room, key, "/whip?name=Second", 200, "video/H264")
        clients.append(second)
        narrow = await watch(room, key, "/whep?name=Other&peer=" + await peer_of(robot, "Second"))
        clients.append(narrow)
        assert await settled(seen(narrow, 200)), (narrow.frames, narrow.grey)
        answer = await first.request("DELETE", first.resource)
        assert answer.status_code == 200, answer.text
        assert await settled(seen(viewer, 200)), (viewer.frames, viewer.grey)
        for client in (second, viewer, narrow):
            assert (await client.request("DELETE", client.resource)).status_code == 200
            assert (await client.request("DELETE", client.resource)).status_code == 404
    finally:
        for client in clients:
            await client.close()
        robot.stop()


def lines(robot, kind):
    found = [json.loads(line) for line in robot.output.splitlines() if line.startswith("{")]
    return [line for line in found if line["type"] == kind]


def peers(robot):
    """Who is there, as the headless peer was told last."""
    listed = {}
    for line in lines(robot, "peer"):
        listed[line["peer"]["name"]] = line["peer"]["id"]
    return listed


async def peer_of(robot, name):
    assert await settled(lambda: name in peers(robot)), robot.output[-1000:]
    return peers(robot)[name]


def counted(robot, name):
    """The headless peer gets pictures and sound of the publisher."""
    stats = lines(robot, "stats")
    if not stats or name not in peers(robot):
        return False
    tracks = {t["kind"]: t for t in stats[-1].get("tracks", []) if t["peer"] == peers(robot)[name]}
    return len(tracks) == 2 and tracks["video"]["frames"] > 10 and tracks["audio"]["packets"] > 25


def test_aiortc_publishes_and_watches_by_http(system):
    answer = system.start_session()
    url = urllib.parse.urlsplit(answer["session_url_devices"])
    room = f"{url.scheme}://{url.netloc}{url.path.removesuffix('/devices')}"
    key = urllib.parse.parse_qs(url.query)["key"][0]
    asyncio.run(asyncio.wait_for(session(room, key, answer["session_url_devices"]), 120))
    system.manage(action="stop", id_session=answer["id_session"], id_service=system.session_type()["id_service"])


def ffmpeg(url, key, options, stopped):
    """FFmpeg's WHIP muxer (libavformat 8), by way of PyAV: a grey picture and silence."""
    out = av.open(url, "w", format="whip", options={"authorization": key, **options})
    video = out.add_stream("libx264", rate=25, options={"profile": "baseline", "preset": "ultrafast", "tune": "zerolatency", "bf": "0", "g": "25"})
    video.width, video.height, video.pix_fmt = 640, 480, "yuv420p"
    audio = out.add_stream("libopus", rate=48000)
    audio.layout = "stereo"
    start, n = time.monotonic(), 0
    while not stopped.is_set():
        picture = av.VideoFrame(640, 480, "yuv420p")
        for plane, value in zip(picture.planes, (150, 128, 128)):
            plane.update(bytes([value]) * plane.buffer_size)
        picture.pts, picture.time_base = n, fractions.Fraction(1, 25)
        sound = av.AudioFrame("s16", "stereo", 1920)
        sound.sample_rate, sound.pts, sound.time_base = 48000, n * 1920, fractions.Fraction(1, 48000)
        sound.planes[0].update(bytes(sound.planes[0].buffer_size))
        for stream, frame in ((video, picture), (audio, sound)):
            for packet in stream.encode(frame):
                out.mux(packet)
        n += 1
        time.sleep(max(0, start + n / 25 - time.monotonic()))
    out.close()


async def broadcast(room, key, options):
    viewer, stopped = await watch(room, key, "/whep?name=Viewer"), threading.Event()
    publisher = asyncio.ensure_future(asyncio.to_thread(ffmpeg, room + "/whip?name=FFmpeg", key, options, stopped))
    try:
        assert await settled(lambda: publisher.done() or seen_now(viewer, 150)), (viewer.frames, viewer.grey)
        assert not publisher.done(), publisher.exception()
    finally:
        stopped.set()
        await publisher
        await viewer.close()


def seen_now(client, grey):
    return client.grey is not None and abs(client.grey - grey) < 25 and client.frames["video"] > 20 and client.frames.get("audio", 0) > 20


@pytest.mark.skipif("whip" not in av.formats_available, reason="this PyAV has no WHIP muxer")
@pytest.mark.parametrize("options", [{}, {"whip_flags": "dtls_active"}], ids=["passive", "active"])
def test_ffmpeg_publishes(system, options):
    answer = system.start_session()
    port = int(urllib.parse.urlsplit(answer["session_url_devices"]).path.split("/")[2])
    key = urllib.parse.parse_qs(urllib.parse.urlsplit(answer["session_url_devices"]).query)["key"][0]
    # The room's own HTTP: this FFmpeg has no option to take a self-signed certificate for WHIP.
    asyncio.run(asyncio.wait_for(broadcast(f"http://127.0.0.1:{port}", key, options), 60))
    system.manage(action="stop", id_session=answer["id_session"], id_service=system.session_type()["id_service"])
