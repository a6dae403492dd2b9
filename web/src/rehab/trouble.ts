import { CallError } from "./opentera/call.ts";
import type { Managed } from "./wire.ts";

/**
 * Why something that the person asked for did not happen. `word` has its text in i18n under rehab.trouble; `said` is what
 * the server adds, in its own words.
 */
export interface Trouble {
  word: "unreachable" | "forbidden" | "serviceDown" | "notOffered" | "gone" | "refused" | "noPort" | "notStarted";
  said: string;
  status: number;
}

/** trouble reads an error of a request. */
export function trouble(error: unknown): Trouble {
  if (!(error instanceof CallError)) return { word: "unreachable", said: "", status: 0 };
  const { status, text: said } = error;
  if (status === 0) return { word: "unreachable", said, status };
  if (status === 401 || status === 403) return { word: "forbidden", said: "", status };
  if (status === 404) return { word: "gone", said: "", status };
  if (status === 501) return { word: "notOffered", said: "", status };
  if (status >= 500) return { word: "serviceDown", said: "", status };
  return { word: "refused", said, status };
}

/** refusal reads an answer of the session manager that says no, with HTTP status 200. */
export function refusal(answer: Managed | null): Trouble | undefined {
  if (!answer) return { word: "serviceDown", said: "", status: 200 };
  if (answer.status !== "error") return undefined;
  const said = answer.error_text ?? "";
  return { word: /\bport/i.test(said) ? "noPort" : "refused", said, status: 200 };
}
