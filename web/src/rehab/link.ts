import { service } from "./opentera/address.ts";

/** participantLink is the address that a participant opens: their waiting room. */
export function participantLink(token: string, place: Pick<Location, "protocol" | "host" | "pathname">): string {
  return `${place.protocol}//${place.host}${service("participant", place)}?token=${encodeURIComponent(token)}`;
}

/** mailto opens the person's e-mail program with a message begun (RFC 6068). */
export function mailto(to: string, subject: string, body: string): string {
  const lines = body.replace(/\r?\n/g, "\r\n");
  return `mailto:${encodeURIComponent(to).replace(/%40/g, "@")}?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(lines)}`;
}
