/** How a request proves who asks. "session" sends the cookies that a login with a second step needs. */
export type Auth = { token: string } | { username: string; password: string } | "session";

/** CallError is a request that did not succeed: refused by the server, or never answered (status 0). */
export class CallError extends Error {
  override name = "CallError";

  constructor(
    /** HTTP status; 0 when the server could not be reached or took too long. */
    readonly status: number,
    /** What the server said, for people; may be empty. */
    readonly text: string,
  ) {
    super(`status ${status}: ${text}`);
  }
}

export interface CallOptions {
  method?: "GET" | "POST" | "DELETE";
  auth?: Auth;
  /** Send and keep cookies, as "session" does, beside another proof. */
  cookies?: boolean;
  body?: unknown;
  /** Further headers. */
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** In milliseconds. The server itself waits up to 10 s for a service. */
  timeout?: number;
}

/** call asks the server and returns the JSON of its answer (null when there is none). Anything but 2xx is a CallError. */
export async function call<T>(address: string, options: CallOptions = {}): Promise<T> {
  const { method = "GET", auth, cookies = auth === "session", body, signal, timeout = 15_000 } = options;
  const limit = limited(signal, timeout);
  try {
    const answer = await fetch(address, {
      method,
      headers: { ...options.headers, ...headers(auth, body !== undefined) },
      body: body === undefined ? undefined : JSON.stringify(body),
      // Without cookies a refused request never makes the browser ask for a password in a window of its own.
      credentials: cookies ? "same-origin" : "omit",
      cache: "no-store",
      signal: limit.signal,
    });
    const text = await answer.text();
    if (!answer.ok) throw new CallError(answer.status, spoken(text));
    return read<T>(text);
  } catch (error) {
    if (error instanceof CallError || signal?.aborted) throw error;
    throw new CallError(0, "");
  } finally {
    limit.done();
  }
}

function headers(auth: Auth | undefined, json: boolean): Record<string, string> {
  const set: Record<string, string> = {};
  if (json) set["Content-Type"] = "application/json";
  if (typeof auth === "object") set["Authorization"] = authorization(auth);
  return set;
}

/** authorization writes the header's value. A name or password may hold any character (RFC 7617: UTF-8). */
export function authorization(auth: Exclude<Auth, "session">): string {
  if ("token" in auth) return `OpenTera ${auth.token}`;
  const bytes = new TextEncoder().encode(`${auth.username}:${auth.password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

function read<T>(text: string): T {
  if (text.trim() === "") return null as T;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new CallError(502, ""); // a proxy's page in place of an answer
  }
}

/** spoken finds the words in the body of a refusal: text, a JSON string, {"message"}, {"error"}, or nothing in a page of HTML. */
export function spoken(body: string): string {
  const text = body.trim();
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "string") return value;
    if (typeof value !== "object" || value === null) return "";
    return "message" in value ? String(value.message) : "error" in value ? String(value.error) : "";
  } catch {
    return text.startsWith("<") ? "" : text.slice(0, 500);
  }
}

/** limited aborts with signal, or after ms. */
function limited(signal: AbortSignal | undefined, ms: number): { signal: AbortSignal; done: () => void } {
  const both = new AbortController();
  const abort = (): void => both.abort();
  const timer = setTimeout(abort, ms);
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort);
  return {
    signal: both.signal,
    done: () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    },
  };
}
