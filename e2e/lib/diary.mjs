// What a page's connections do, with the time.

/** Runs in each page before its own scripts: notes [ms since 1970, what] in globalThis.diary. */
export function diary() {
  const notes = (globalThis.diary = []);
  const note = (text) => {
    notes.push([performance.timeOrigin + performance.now(), text]);
    if (notes.length > 2000) notes.splice(0, 1000);
  };
  for (const name of ["online", "offline"]) addEventListener(name, () => note(name));
  navigator.connection?.addEventListener("change", () => note("connection change"));

  let sockets = 0;
  globalThis.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      const n = ++sockets;
      note(`websocket ${n} begins`);
      this.addEventListener("open", () => note(`websocket ${n} open`));
      this.addEventListener("close", (e) => note(`websocket ${n} closed ${e.code}`));
      this.addEventListener("message", (e) => note(`websocket ${n} < ${type(e.data)}`));
      this.number = n;
    }
    send(data) {
      note(`websocket ${this.number} > ${type(data)}`);
      super.send(data);
    }
    close(...args) {
      note(`websocket ${this.number} is given up`);
      super.close(...args);
    }
  };
  const type = (data) => {
    try {
      const m = JSON.parse(data);
      return m.type + (m.type === "candidate" ? ` ${m.candidate?.candidate ?? "end"}` : "") + (m.type === "joined" ? ` resumed ${m.resumed} fresh ${m.fresh}` : "");
    } catch {
      return "?";
    }
  };

  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...args) {
      super(...args);
      note("connection made");
      for (const name of ["connectionState", "iceConnectionState", "iceGatheringState", "signalingState"]) {
        this.addEventListener(name.toLowerCase() + "change", () => note(`${name} ${this[name]}`));
      }
      this.addEventListener("icecandidateerror", (e) => note(`candidate error ${e.errorCode} ${e.url}`));
    }
    restartIce() {
      note("restarts ICE");
      super.restartIce();
    }
    async setRemoteDescription(d) {
      await super.setRemoteDescription(d);
      note(`has set remote ${d.type}`);
      const ice = this.getReceivers()[0]?.transport?.iceTransport;
      if (ice && !ice.watched) {
        ice.watched = true;
        ice.addEventListener?.("selectedcandidatepairchange", () => {
          const pair = ice.getSelectedCandidatePair?.();
          note(`pair ${pair?.local.candidate} to ${pair?.remote.candidate}`);
        });
      }
    }
  };

  const watched = new WeakSet();
  setInterval(() => {
    for (const video of document.querySelectorAll(".tile:not(.self) video")) {
      if (watched.has(video)) continue;
      watched.add(video);
      let last = 0;
      const shown = (now) => {
        if (now - last > 500) note(`a picture after ${Math.round(now - last)} ms`);
        last = now;
        video.requestVideoFrameCallback(shown);
      };
      video.requestVideoFrameCallback(shown);
    }
  }, 250);
}
