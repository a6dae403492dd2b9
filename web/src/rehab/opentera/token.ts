/** What a token of OpenTera says about itself, as far as the page needs it. It is not verified: the server does that. */
export interface Claims {
  /** In milliseconds since 1970; undefined for tokens that do not expire. */
  expires: number | undefined;
  /** Of the user or participant it was made for; "" when it does not say. */
  uuid: string;
  name: string;
}

/** claims reads the second part of a JWT (RFC 7519); undefined when it is none. */
export function claims(token: string): Claims | undefined {
  try {
    const part = (token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/");
    const value: unknown = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (c) => c.charCodeAt(0))));
    if (typeof value !== "object" || value === null) return undefined;
    const said = value as Record<string, unknown>;
    const text = (...names: string[]): string => names.map((n) => said[n]).find((v) => typeof v === "string") as string ?? "";
    return {
      expires: typeof said.exp === "number" ? said.exp * 1000 : undefined,
      uuid: text("user_uuid", "participant_uuid"),
      name: text("user_fullname"),
    };
  } catch {
    return undefined;
  }
}

/**
 * refreshDelay says how long (ms) to wait before a token is renewed: until two thirds of what is left of its life have
 * passed, so that a server that is away for a while does not log anybody out. undefined: it does not expire.
 */
export function refreshDelay(token: string, now: number): number | undefined {
  const expires = claims(token)?.expires;
  if (expires === undefined) return undefined;
  const left = expires - now;
  // A clock that is wrong must not make the page ask without pause, nor wait for days (and overflow the timer).
  return Math.min(Math.max((left * 2) / 3, 5_000), 3_600_000);
}
