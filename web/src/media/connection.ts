// PeerConnections, made and closed. Chromium keeps a list of networks for each frame of a page, and tells it of another address
// only 0.5 s (macOS) to 2 s (Linux) after the change; a new frame is told what is so now. Until then an ICE restart finds nothing.

/** The frames of the connections that have one of their own. */
const frames = new WeakMap<RTCPeerConnection, HTMLIFrameElement>();

/** How long (ms) a frame outlives its connection, whose last pictures may still be on the screen. */
const frameRest = 10_000;

/** prepare makes a PeerConnection that a Negotiation can begin with: the browser makes its certificate meanwhile. */
export function prepare(Connection = RTCPeerConnection): RTCPeerConnection {
  return new Connection({ bundlePolicy: "max-bundle" });
}

/** prepareElsewhere makes one that knows the networks of now, or undefined where a frame of its own would not help or is not tried. */
export function prepareElsewhere(): RTCPeerConnection | undefined {
  if (!/Chrom(e|ium)\//.test(navigator.userAgent)) return undefined;
  const frame = document.createElement("iframe");
  frame.hidden = true;
  document.body.append(frame);
  const { RTCPeerConnection } = frame.contentWindow as unknown as typeof globalThis;
  const pc = prepare(RTCPeerConnection);
  frames.set(pc, frame);
  return pc;
}

/** replace closes pc, of which nobody has heard yet, and makes another one in its place. */
export function replace(pc: RTCPeerConnection): RTCPeerConnection {
  pc.close();
  const made = prepare(pc.constructor as typeof RTCPeerConnection);
  const frame = frames.get(pc);
  if (frame) frames.set(made, frame);
  frames.delete(pc);
  return made;
}

/** close closes pc for good. */
export function close(pc: RTCPeerConnection): void {
  pc.close();
  const frame = frames.get(pc);
  if (frame) setTimeout(() => frame.remove(), frameRest);
  frames.delete(pc);
}
