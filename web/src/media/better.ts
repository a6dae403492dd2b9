import { relaysOf, type Used } from "./way.ts";

/** Times in ms. */
const limits = {
  first: 1_500, // on a slower relay until a better one is asked for: Chromium may be about to take it by itself
  again: 300_000, // until it is asked for again
  answer: 5_000, // of the relay
};

/**
 * Better leaves a relay over TCP or TLS for the one over UDP, where that answers: sound and picture wait for each lost packet on
 * the others. Chromium asks for no more relays once one works, so that a single lost packet can leave a call on the
 * slower one for good. It has no timers: look is called all the time.
 */
export class Better {
  private since: number | undefined; // on a slower relay
  private notBefore = 0; // it is asked for again
  private takenAt = -limits.again;

  /** take makes the connection look for a new path with these relays alone. */
  constructor(private readonly take: (relays: RTCIceServer[]) => void, private readonly ask = answers) {}

  /**
   * look sees by which way media goes now, and which relays there are. calm: nothing else is done to the connection, and the
   * network is not suspected to be another, after which a better relay may answer that did not before.
   */
  look(used: Used | undefined, servers: readonly RTCIceServer[], calm: boolean): void {
    const now = Date.now();
    if (!calm) this.notBefore = this.takenAt + limits.again;
    if (!calm || (used?.way !== "relayTcp" && used?.way !== "relayTls")) {
      this.since = undefined;
      return;
    }
    this.since ??= now;
    const relays = relaysOf("relayUdp", servers);
    if (relays.length === 0 || now - this.since < limits.first || now < this.notBefore) return;
    this.notBefore = now + limits.again;
    void this.ask(relays).then((yes) => {
      if (!yes || this.since === undefined) return;
      this.takenAt = Date.now();
      this.take(relays);
    });
  }
}

/** answers reports whether one of the relays gives an address. */
async function answers(relays: RTCIceServer[]): Promise<boolean> {
  const pc = new RTCPeerConnection({ iceServers: relays, iceTransportPolicy: "relay" });
  try {
    pc.createDataChannel("relay");
    return await new Promise<boolean>((resolve, reject) => {
      setTimeout(() => resolve(false), limits.answer);
      pc.onicecandidate = ({ candidate }) => candidate?.candidate.includes(" typ relay") && resolve(true);
      pc.setLocalDescription().catch(reject);
    });
  } catch {
    return false;
  } finally {
    pc.close();
  }
}
