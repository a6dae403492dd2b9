import { authorization } from "../rehab/opentera/call.ts";
import type { Operation } from "./openapi.ts";

/** How the page's requests say who asks. */
export type Who = { by: "nobody" } | { by: "basic"; username: string; password: string } | { by: "token"; token: string };

/** Reply is what a request brought; status 0 when nothing came. */
export interface Reply {
  status: number;
  type: string;
  text: string;
}

/** address is the operation's path with the arguments that are not empty. */
export function address(operation: Operation, values: Record<string, string>): string {
  const query = new URLSearchParams(Object.entries(values).filter(([, v]) => v !== ""));
  return operation.path + (query.size > 0 ? `?${query}` : "");
}

/** send asks the server that this page came from. */
export async function send(operation: Operation, values: Record<string, string>, body: string, who: Who): Promise<Reply> {
  const headers: Record<string, string> = {};
  if (operation.media) headers["Content-Type"] = operation.media;
  if (who.by === "basic") headers["Authorization"] = authorization(who);
  if (who.by === "token") headers["Authorization"] = authorization({ token: who.token });
  try {
    const answer = await fetch(address(operation, values), {
      method: operation.method, headers, cache: "no-store",
      body: operation.media ? body : undefined,
      credentials: operation.security.some((s) => "session" in s) ? "same-origin" : "omit",
    });
    const text = await answer.text();
    return { status: answer.status, type: answer.headers.get("Content-Type") ?? "", text: pretty(text) };
  } catch {
    return { status: 0, type: "", text: "" };
  }
}

/** pretty lays JSON out in lines; other text stays as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
