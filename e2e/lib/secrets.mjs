// What people and services work out from secrets: login codes and a service's token.
import { createHmac } from "node:crypto";

/** The six digits that an authenticator shows now (RFC 6238: SHA-1, 30 s). */
export function loginCode(secret, now = Date.now()) {
  const bits = [...secret.replace(/\s/g, "")].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)));
  const mac = createHmac("sha1", key).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** A token that a service signs for itself. */
export function serviceToken(key, uuid) {
  const part = (o) => Buffer.from(JSON.stringify(o)).toString("base64url");
  const body = `${part({ alg: "HS256", typ: "JWT" })}.${part({ iat: Math.floor(Date.now() / 1000), service_uuid: uuid })}`;
  return `${body}.${createHmac("sha256", key).update(body).digest("base64url")}`;
}
