// A name server for a namespace of netns.mjs: node names.mjs name address [name address ...]. It listens on 127.0.0.1, port 53 (RFC
// 1035), and answers questions for addresses; other names are not there. Chromium asks one for the names of TURN servers over
// UDP, which it does not look up in /etc/hosts.
import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";

const addresses = new Map();
for (let i = 2; i + 1 < process.argv.length; i += 2) {
  const [name, address] = process.argv.slice(i, i + 2);
  addresses.set(name, [...(addresses.get(name) ?? []), address]);
}

/** The bytes of an address. */
function bytes(address) {
  if (!isIPv6(address)) return Buffer.from(address.split(".").map(Number));
  const [left, right = []] = address.split("::").map((part) => part.split(":").filter(Boolean));
  const words = [...left, ...Array(8 - left.length - right.length).fill("0"), ...right];
  return Buffer.from(words.map((w) => w.padStart(4, "0")).join(""), "hex");
}

/** The answer to a query with one question. */
function answer(query) {
  let end = 12;
  const labels = [];
  for (; query[end]; end += query[end] + 1) labels.push(query.toString("latin1", end + 1, end + 1 + query[end]));
  const type = query.readUInt16BE(end + 1);
  const known = addresses.get(labels.join(".").toLowerCase());
  const data = (known ?? []).filter((a) => type === (isIPv6(a) ? 28 : 1)).map(bytes);
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(known ? 0x8580 : 0x8583, 2); // an answer with authority; 3: no such name
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data.length, 6);
  head.writeUInt32BE(0, 8);
  const records = data.map((d) => Buffer.concat([Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, d.length]), d]));
  return Buffer.concat([head, query.subarray(12, end + 5), ...records]);
}

const socket = createSocket("udp4");
socket.on("message", (query, from) => query.length > 16 && socket.send(answer(query), from.port, from.address));
socket.bind(53, "127.0.0.1", () => console.log("listening"));
