import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { close, prepare, prepareElsewhere, replace } from "./connection.ts";

class Connection {
  closed = false;
  close(): void {
    this.closed = true;
  }
}
class FrameConnection extends Connection {}

const before = { document: globalThis.document, RTCPeerConnection: globalThis.RTCPeerConnection };
const navigatorBefore = Object.getOwnPropertyDescriptor(globalThis, "navigator"); // Node 20 has none
let frames: { contentWindow: object; removed: boolean }[];

/** here is a page in a browser that calls itself so. */
function here(userAgent: string): void {
  Object.defineProperty(globalThis, "navigator", { value: { userAgent }, configurable: true, writable: true });
}

beforeEach(() => {
  frames = [];
  mock.timers.enable({ apis: ["setTimeout"] });
  const createElement = () => {
    const frame = { contentWindow: { RTCPeerConnection: FrameConnection }, removed: false, remove: () => void (frame.removed = true) };
    frames.push(frame);
    return frame;
  };
  Object.assign(globalThis, { RTCPeerConnection: Connection, document: { createElement, body: { append: () => undefined } } });
});
afterEach(() => {
  mock.timers.reset();
  if (navigatorBefore) Object.defineProperty(globalThis, "navigator", navigatorBefore);
  else Reflect.deleteProperty(globalThis, "navigator");
  Object.assign(globalThis, before);
});

test("a frame lasts a while longer than its connection, and than the one in its place", () => {
  here("Mozilla/5.0 Chrome/153.0");
  const first = prepareElsewhere()!;
  assert.ok(first instanceof FrameConnection);
  const second = replace(first);
  assert.ok(second instanceof FrameConnection && second !== (first as unknown) && first.closed);
  close(first);
  mock.timers.tick(20_000);
  assert.equal(frames[0]!.removed, false);
  close(second);
  assert.equal((second as unknown as Connection).closed, true);
  assert.equal(frames[0]!.removed, false);
  mock.timers.tick(10_000);
  assert.equal(frames[0]!.removed, true);
  assert.equal(frames.length, 1);
});

test("other browsers get no frame, and a connection without one is replaced and closed as well", () => {
  here("Mozilla/5.0 Gecko/20100101 Firefox/153.0");
  assert.equal(prepareElsewhere(), undefined);
  const made = replace(prepare());
  assert.ok(made instanceof Connection);
  close(made);
  assert.equal((made as unknown as Connection).closed, true);
  assert.equal(frames.length, 0);
});
