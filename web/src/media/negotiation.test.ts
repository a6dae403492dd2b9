import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Negotiation, type Outgoing } from "./negotiation.ts";

/** A connection that asks for an offer once, as browsers do: until a description is set it is not asked for again. */
class Connection {
  signalingState = "stable";
  localDescription: { sdp: string } | null = null;
  onnegotiationneeded: (() => void) | null = null;
  onicecandidate: ((e: { candidate: unknown }) => void) | null = null;
  onicegatheringstatechange: (() => void) | null = null;
  iceGatheringState = "new";
  private readonly transceivers: object[] = [];
  private asked = false;

  getTransceivers = () => this.transceivers;
  setConfiguration = () => this.need(); // other ICE servers than before
  addTransceiver() {
    const added = { mid: String(this.transceivers.length), direction: "sendonly", sender: { track: null }, setCodecPreferences: () => undefined };
    this.transceivers.push(added);
    this.need();
    return added;
  }
  async setLocalDescription() {
    this.signalingState = "have-local-offer";
    this.localDescription = { sdp: `${this.transceivers.length} lines` };
  }
  close = () => undefined;

  private need() {
    if (this.asked) return;
    this.asked = true;
    queueMicrotask(() => this.onnegotiationneeded?.());
  }
}

const before = globalThis.RTCPeerConnection;
beforeEach(() => Object.assign(globalThis, { RTCPeerConnection: Connection }));
afterEach(() => Object.assign(globalThis, { RTCPeerConnection: before }));

/** What a Negotiation sends that begins with a connection made before, and publishes sound after some ticks. */
async function sent(ticks: number): Promise<string[]> {
  const types: string[] = [];
  const n = new Negotiation([{ urls: "turn:192.0.2.1" }], {
    send: (m: { type: string }) => types.push(m.type), tracks: () => undefined, state: () => undefined, broken: () => assert.fail("broken"),
  } as never);
  for (let i = 0; i < ticks; i++) await Promise.resolve();
  n.publish(new Map([["camera:audio", { track: undefined, active: true }]]) as unknown as Outgoing);
  for (let i = 0; i < 50; i++) await Promise.resolve();
  n.close();
  return types;
}

test("a page that is asked for an offer before it has anything to say makes it when it has", async () => {
  for (const ticks of [0, 1, 2, 5, 20]) assert.deepEqual(await sent(ticks), ["offer"], `published after ${ticks} ticks`);
});

test("a restart that finds no address for UDP is told of, if there were some before", () => {
  let told = false;
  const n = new Negotiation([], { send: () => undefined, lostAddresses: () => (told = true) } as never);
  const pc = n.pc as unknown as Connection;
  const enter = (state: string): void => {
    pc.iceGatheringState = state;
    pc.onicegatheringstatechange?.();
  };
  /** One look for addresses, which finds these, and ends or not: whether it was told of. */
  const look = (protocols: string[], ends = true): boolean => {
    told = false;
    enter("gathering");
    for (const protocol of protocols) pc.onicecandidate?.({ candidate: { protocol, type: "host", toJSON: () => ({}) } });
    if (ends) enter("complete");
    return told;
  };
  assert.equal(look(["tcp"]), false, "this network has none for UDP, or may not have");
  assert.equal(look(["udp", "tcp"]), false);
  assert.equal(look([], false), false, "there is time");
  assert.equal(look(["tcp"], false), true, "relays that do not answer are not waited for");
  assert.equal(look([]), true);
  assert.equal(look(["udp"]), false);
  n.close();
  assert.equal(look([]), false);
});
