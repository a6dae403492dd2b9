import assert from "node:assert/strict";
import { test } from "node:test";
import { address } from "./address.ts";
import { Backoff } from "./backoff.ts";
import { finalReason, parse } from "./messages.ts";

test("addresses follow the page through any proxy", () => {
  const at = (protocol: string, pathname: string) =>
    address({ protocol, host: "h:40075", pathname, search: "?key=a.b&name=M.%20Tremblay&source=openteraplus" }, "/websocket/8080/users");
  const a = at("https:", "/webrtc/8080/users");
  assert.equal(a.socketURL, "wss://h:40075/websocket/8080/users?key=a.b");
  assert.equal(a.statusURL, "/webrtc/8080/status?key=a.b");
  assert.equal(a.name, "M. Tremblay");
  assert.equal(a.source, "openteraplus");
  assert.equal(at("http:", "/devices/x").statusURL, "/status?key=a.b");
  assert.equal(at("http:", "/users").socketURL, "ws://h:40075/websocket/8080/users?key=a.b");
});

test("waits grow to their bound and start again", () => {
  const b = new Backoff(200, 3000, () => 0);
  const waits = Array.from({ length: 8 }, () => b.delay());
  assert.deepEqual(waits, [200, 360, 648, 1166, 2100, 3000, 3000, 3000]);
  b.reset();
  assert.equal(b.delay(), 200);
  assert.equal(new Backoff(300, 3000, () => 0.999999).delay(), 200);
});

test("messages that this page does not know are skipped", () => {
  assert.deepEqual(parse('{"type":"ping"}'), { type: "ping" });
  for (const bad of ["", "x", "1", "null", "{}", '{"type":1}', '{"type":"toString"}', '{"type":"later"}']) {
    assert.equal(parse(bad), undefined, bad);
  }
});

test("only some close codes are final", () => {
  const got = [4001, 4003, 4009, 4503, 1000, 1006, 1011, 1012, 4400, 4401, 4408, 4429, 0].map(finalReason);
  assert.deepEqual(got.slice(0, 4), ["stopped", "removed", "replaced", "full"]);
  assert.ok(got.slice(4).every((reason) => reason === undefined));
});
