import { enter, type Entrance } from "./entrance.ts";

// This module is imported first: the login is on its way while the rest of the page is still being evaluated.

/** The token of the link, "" when the address has none. */
export const token = new URLSearchParams(location.search).get("token") ?? "";

/** Which page of the rehab service this is: its addresses are OpenTera's, and some only say something. */
export const view = location.pathname.slice(location.pathname.lastIndexOf("/") + 1);

/** The first login; undefined where there is none. */
export const first: Promise<Entrance> | undefined = token && !/_(localview|endpoint|error)$/.test(view) ? enter(token, true) : undefined;

first?.catch(() => undefined); // whoever waits for it handles the error
