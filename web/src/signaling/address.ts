/** What the page was opened with: the query string (session-page.md, section 1) and what the room wrote into it. */
export interface Address {
  key: string;
  /** Display name and own uuid; they only count with the session's shared key. */
  name: string;
  uuid: string;
  /** "web" or what the page runs in; anything else hides the page's own header. */
  source: string;
  lang: string;
  /** Video codec to send: "vp8" (default), "h264", "vp9" or "av1". */
  codec: string;
  socketURL: string;
  statusURL: string;
  leaveURL: string;
}

/** address reads it from the location of the page; socket is the path of the websocket ("/websocket/8080/users"). */
export function address(location: Pick<Location, "protocol" | "host" | "pathname" | "search">, socket: string): Address {
  const query = new URLSearchParams(location.search);
  const key = query.get("key") ?? query.get("pwd") ?? "";
  const secure = location.protocol === "https:" ? "wss:" : "ws:";
  const ask = `?key=${encodeURIComponent(key)}`;
  // The room answers beside its pages: /webrtc/8080/users and /webrtc/8080/users/x have /webrtc/8080/status.
  const top = location.pathname.replace(/(users|participants|devices)(\/.*)?$/, "");
  return {
    key,
    name: query.get("name") ?? "",
    uuid: query.get("uuid") ?? "",
    source: query.get("source") || "web",
    lang: query.get("lang") ?? "",
    codec: query.get("codec") ?? "",
    socketURL: `${secure}//${location.host}${socket}${ask}`,
    statusURL: `${top}status${ask}`,
    leaveURL: `${top}leave${ask}`,
  };
}
