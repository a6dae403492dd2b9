import assert from "node:assert/strict";
import { test } from "node:test";
import { type PathEntry, relaysOf, relayWay, usedBy, usedWay } from "./way.ts";

const entries = (local: Partial<PathEntry>, remote: Partial<PathEntry>, pair: Partial<PathEntry> = { nominated: true }, transport?: string): Map<string, PathEntry> => {
  const list: PathEntry[] = [
    { id: "old", type: "candidate-pair", state: "succeeded", nominated: true, localCandidateId: "none", remoteCandidateId: "r" },
    { id: "p", type: "candidate-pair", state: "succeeded", localCandidateId: "l", remoteCandidateId: "r", ...pair },
    { id: "l", type: "local-candidate", ...local },
    { id: "r", type: "remote-candidate", ...remote },
  ];
  if (transport) list.push({ id: "t", type: "transport", selectedCandidatePairId: transport });
  else list.shift();
  return new Map(list.map((e) => [e.id, e]));
};

test("the way in use is named from the pair that is selected", () => {
  const host: Partial<PathEntry> = { candidateType: "host", protocol: "udp" };
  assert.deepEqual(usedWay(entries(host, { address: "192.0.2.1" }, {}, "p")), { way: "udp", ipv6: false });
  assert.deepEqual(usedWay(entries({ ...host, candidateType: "prflx" }, { address: "2001:db8::1" })), { way: "udp", ipv6: true });
  assert.deepEqual(usedWay(entries({ ...host, protocol: "tcp" }, {}, { selected: true })), { way: "tcp", ipv6: false });
  assert.equal(usedWay(new Map()), undefined);
  assert.equal(usedWay(entries(host, {}, { state: "in-progress" })), undefined);
});

test("a relay is named by how it is reached, from its address where the browser does not say it", () => {
  const relay = (more: Partial<PathEntry>): string | undefined =>
    usedWay(entries({ candidateType: "relay", protocol: "udp", ...more }, { address: "192.0.2.1" }))?.way;
  assert.equal(relay({ relayProtocol: "udp" }), "relayUdp");
  assert.equal(relay({ relayProtocol: "tcp" }), "relayTcp");
  assert.equal(relay({ candidateType: "prflx", relayProtocol: "tls" }), "relayTls");
  assert.equal(relay({ candidateType: "prflx" }), "udp");
  assert.equal(relay({ relayProtocol: "tls", url: "turns:h:5349" }), "relayTls");
  assert.equal(relay({ url: "turns:h:5349?transport=tcp" }), "relayTls");
  assert.equal(relay({ url: "turn:h:3478?transport=tcp" }), "relayTcp");
  assert.equal(relay({}), "relayUdp");
  const ipv6 = (url: string, relatedAddress?: string): boolean | undefined =>
    usedWay(entries({ candidateType: "relay", relayProtocol: "tls", url, relatedAddress }, { address: "2001:db8::1" }))?.ipv6;
  assert.equal(ipv6("turns:[2001:db8::2]:5349?transport=tcp"), true);
  assert.equal(ipv6("turns:h.example:5349?transport=tcp"), false);
  assert.equal(ipv6("turns:h.example:5349?transport=tcp", "2001:db8::3"), true);
  assert.equal(ipv6("turns:h.example:5349?transport=tcp", "192.0.2.3"), false);
});

test("each way has its own relays", () => {
  const servers: RTCIceServer[] = [
    { urls: ["turn:h:3478?transport=udp", "turn:h:3478?transport=tcp", "turns:h:443?transport=tcp"], username: "u", credential: "c" },
    { urls: "stun:h:3478" },
  ];
  assert.deepEqual(relaysOf("relayTls", servers), [{ urls: ["turns:h:443?transport=tcp"], username: "u", credential: "c" }]);
  assert.deepEqual(relaysOf("relayUdp", servers)[0]?.urls, ["turn:h:3478?transport=udp"]);
  assert.deepEqual(relaysOf("udp", servers), []);
  assert.equal(relayWay("turn:h"), "relayUdp");
});

test("what a peer says of its way is taken when it is one", () => {
  assert.deepEqual(usedBy({ way: "tcp", ipv6: true }), { way: "tcp", ipv6: true });
  assert.deepEqual(usedBy({ way: "relayTls" }), { way: "relayTls", ipv6: false });
  for (const state of [null, {}, { way: "pigeon" }, { way: 5 }]) assert.equal(usedBy(state), undefined);
});
