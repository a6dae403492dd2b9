// By which way a session page's media goes, and how much sound, as its PeerConnection says.
import { room } from "./browser.mjs";
import { until } from "./system.mjs";

/** Runs in the frame of a session: the pair of candidates that its living connection uses. */
async function selected() {
  for (const pc of globalThis.connections.filter((c) => c.connectionState === "connected")) {
    const stats = await pc.getStats();
    const all = [...stats.values()];
    const transport = all.find((e) => e.type === "transport" && e.selectedCandidatePairId);
    const pair = transport ? stats.get(transport.selectedCandidatePairId) : all.find((e) => e.type === "candidate-pair" && e.selected);
    const local = stats.get(pair?.localCandidateId);
    const remote = stats.get(pair?.remoteCandidateId);
    if (local && remote) return { protocol: local.protocol, relay: local.relayProtocol, address: remote.address };
  }
  return undefined;
}

/** The way in a word: "udp", "tcp", "turn/udp", "turn/tcp", "turn/tls", with " ipv6" behind it where that is used; undefined: none. */
export async function way(page) {
  const pair = await room(page)?.evaluate(selected);
  if (!pair) return undefined;
  const name = pair.relay ? `turn/${pair.relay}` : pair.protocol;
  return pair.address?.includes(":") ? `${name} ipv6` : name;
}

/** A script that runs in a page before its own: its PeerConnections know those relays alone of which kept matches the URL. */
const relays = (kept) => `(${keep})(${kept})`;

export const withoutRelays = relays(/^$/);
export const relaysByTCP = relays(/^turn:.*transport=tcp$/);

function keep(kept) {
  const some = ({ iceServers = [], ...more } = {}) =>
    ({ ...more, iceServers: iceServers.map((s) => ({ ...s, urls: [s.urls].flat().filter((url) => kept.test(url)) })).filter((s) => s.urls.length > 0) });
  const Original = RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Original {
    constructor(configuration) {
      super(some(configuration));
    }
    setConfiguration(configuration) {
      super.setConfiguration(some(configuration));
    }
  };
}

/** Waits until a page's media goes the expected way and a clinician's page says so of somebody, in the words of shown. */
export async function goesBy(page, expected, clinician, name, shown) {
  let used, said;
  try {
    await until(expected, async () => (used = await way(page)) === expected, 20_000, 200);
    await until(shown, async () => (said = await wayShown(clinician, name)) === shown, 20_000, 500);
  } catch {
    throw new Error(`${name}: by ${used}, "${said}", and not ${expected}, "${shown}"`);
  }
}

/** Bytes of the others' sound that the page has received so far. */
export async function sound(page) {
  return room(page).evaluate(async () => {
    let bytes = 0;
    for (const pc of globalThis.connections.filter((c) => c.connectionState === "connected")) {
      (await pc.getStats()).forEach((e) => (bytes += e.type === "inbound-rtp" && e.kind === "audio" ? e.bytesReceived : 0));
    }
    return bytes;
  });
}

/** What a clinician's page says of somebody's way, in the details of their tile; waits until it says something. */
export async function wayShown(clinician, name) {
  const frame = room(clinician);
  const menu = frame.locator(".tile").filter({ hasText: name });
  await menu.hover();
  await menu.getByRole("button", { name: new RegExp(name) }).click();
  await frame.getByRole("menuitem", { name: "Details with numbers" }).click();
  const dialog = frame.getByRole("dialog");
  const text = await dialog.locator("section", { hasText: `${name} and the server` }).locator("dt:text('Way used') + dd").textContent();
  await clinician.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  return text.trim();
}
