/**
 * speechOpus makes the room's answer ask for what suits speech on the given m-lines: in-band FEC against loss, and DTX,
 * which sends next to nothing during silence (RFC 7587, section 6.1). Senders follow the fmtp line of the other side.
 */
export function speechOpus(sdp: string, mids: ReadonlySet<string>): string {
  return sections(sdp).map((section) => (isSpeech(section, mids) ? withOpus(section) : section)).join("");
}

/** sections splits SDP into the session part and one part per m-line. */
function sections(sdp: string): string[] {
  return sdp.split(/(?=^m=)/m);
}

function isSpeech(section: string, mids: ReadonlySet<string>): boolean {
  return section.startsWith("m=audio") && mids.has(/^a=mid:(.*?)\r?$/m.exec(section)?.[1] ?? "");
}

function withOpus(section: string): string {
  const payload = /^a=rtpmap:(\d+) opus\/48000/im.exec(section)?.[1];
  if (!payload) return section;
  const wanted = { useinbandfec: "1", usedtx: "1" };
  const line = new RegExp(`^a=fmtp:${payload} (.*?)(\\r?)$`, "m");
  const found = line.exec(section);
  if (!found) {
    return section.replace(/^(a=rtpmap:\d+ opus\/48000.*?)(\r?)$/im, `$1$2\na=fmtp:${payload} useinbandfec=1;usedtx=1$2`);
  }
  const params = new Map((found[1] ?? "").split(";").map((p) => p.trim().split("=", 2) as [string, string]));
  for (const [name, value] of Object.entries(wanted)) params.set(name, value);
  const text = [...params].map(([name, value]) => `${name}=${value}`).join(";");
  return section.replace(line, `a=fmtp:${payload} ${text}$2`);
}
