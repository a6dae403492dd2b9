import { call, CallError } from "../rehab/opentera/call.ts";
import { core } from "../rehab/opentera/address.ts";

/** Who the link belongs to, and the address of a websocket for this page. */
export interface Entrance {
  uuid: string;
  name: string;
  websocketURL: string;
}

interface LoginAnswer {
  participant_uuid: string;
  participant_name: string;
  websocket_url?: string;
}

/** Logging the other page out is seen by the server after a moment: how often to try again, and after how long (ms). */
const tries = 12;
const between = 250;

/**
 * enter logs in with the token of the link. When the participant is online on another page, that page is logged out
 * first, unless `takeOver` is false. It fails with a CallError: 401 for a link that is not valid, 0 without an answer.
 */
export async function enter(token: string, takeOver: boolean, signal?: AbortSignal): Promise<Entrance> {
  const auth = { token };
  const login = (): Promise<LoginAnswer> =>
    call<LoginAnswer>(core("participant/login", { with_websocket: true }), { auth, signal, timeout: 10_000 });
  let loggedOut = false;
  for (let left = tries; ; left--) {
    try {
      const answer = await login();
      if (answer?.websocket_url) return { uuid: answer.participant_uuid, name: answer.participant_name, websocketURL: answer.websocket_url };
      throw new CallError(403, "");
    } catch (error) {
      if (!(error instanceof CallError) || error.status !== 403 || !takeOver) throw error;
      if (left === 0) throw new CallError(0, error.text); // the link is good, or logging out would have been refused
    }
    if (!loggedOut) await call(core("participant/logout"), { auth, signal });
    else await new Promise((resolve) => setTimeout(resolve, between));
    loggedOut = true;
  }
}
