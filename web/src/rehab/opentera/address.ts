/** core gives the address of a path of OpenTera's REST interface ("user/sites"), with a query if given. */
export function core(path: string, query?: Query): string {
  return `/api/${path}${queryText(query)}`;
}

export type Query = Record<string, string | number | boolean | undefined>;

/** queryText writes "?a=1&b=true", or "" when nothing is set. */
export function queryText(query: Query = {}): string {
  const set = Object.entries(query).filter((entry): entry is [string, string | number | boolean] => entry[1] !== undefined);
  if (set.length === 0) return "";
  return "?" + set.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
}

type Place = Pick<Location, "protocol" | "host" | "pathname">;

/**
 * service gives the address of a path of the rehab service ("api/sessions"). Its pages are at the top of the service,
 * wherever a proxy has put that: /rehab/, /rehab/participant or, without a proxy, /.
 */
export function service(path: string, place: Place): string {
  const top = place.pathname.endsWith("/rehab") ? "/rehab/" : place.pathname.slice(0, place.pathname.lastIndexOf("/") + 1);
  return top + path;
}

/**
 * sameOrigin makes an absolute address of the server, written with the host name that the server believes in, one of the
 * origin that this page really came from. Everything is behind one proxy, and only that origin is known to be reachable,
 * to have an accepted certificate, and to be allowed in a frame.
 */
export function sameOrigin(address: string, place: Place): string {
  const at = new URL(address, `${place.protocol}//${place.host}`);
  const socket = at.protocol === "ws:" || at.protocol === "wss:";
  const protocol = socket ? (place.protocol === "https:" ? "wss:" : "ws:") : place.protocol;
  return `${protocol}//${place.host}${at.pathname}${at.search}`;
}

/** What the page tells the session page beside its key. The name and uuid only count with a session's shared key. */
export interface RoomQuery {
  name?: string;
  uuid?: string;
  source: string;
  lang: string;
}

/** roomAddress is the address to put into the frame: the invitation's, with the page's own parameters behind it. */
export function roomAddress(url: string, query: RoomQuery, place: Place): string {
  const at = sameOrigin(url, place);
  const more = queryText({ ...query }).slice(1);
  return at + (at.includes("?") ? "&" : "?") + more;
}
