import { signal, type Signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { RoomModel } from "../media/room.ts";
import type { Kind, Peer } from "../signaling/messages.ts";

export type Page = "users" | "participants" | "devices";

/** A passing line at the top of the stage. */
export interface Toast {
  id: number;
  text: string;
  kind: "info" | "warn";
}

/** The one dialog that is open. */
export type OpenDialog =
  | { name: "devices" }
  | { name: "people" }
  | { name: "stopAll" }
  | { name: "remove"; kind: Kind; uuid: string; who: string }
  | { name: "details"; peer: Peer };

/** All that the views of one session page share. */
export interface App {
  room: RoomModel;
  page: Page;
  /** Whether the page shows its own header: not inside other programs. */
  header: boolean;
  layout: Signal<"grid" | "speaker">;
  /** Tile that this person made large. */
  pinned: Signal<string | undefined>;
  /** Tile that a clinician shows to everybody, and the id of that clinician ("" = this page). */
  focus: Signal<{ key: string; by: string } | undefined>;
  dialog: Signal<OpenDialog | undefined>;
  toasts: Signal<Toast[]>;
  /** The browser waits for a press before it plays sound. */
  soundBlocked: Signal<boolean>;
  /** The person went on without the devices that failed. */
  helpDismissed: Signal<boolean>;
  /** The page around this one can invite (Contract: postMessage "hello"). */
  canInvite: Signal<boolean>;
  largeText: Signal<boolean>;
  /** Tells the page around this one to invite somebody. */
  invite: () => void;
  /** Opens the page anew, to come back after the end. */
  reload: () => void;
}

/** newApp gives the state of a page that was just opened. */
export function newApp(from: Pick<App, "room" | "page" | "header"> & Partial<App>): App {
  return {
    layout: signal("grid"),
    pinned: signal(undefined),
    focus: signal(undefined),
    dialog: signal(undefined),
    toasts: signal([]),
    soundBlocked: signal(false),
    helpDismissed: signal(false),
    canInvite: signal(false),
    largeText: signal(false),
    invite: () => undefined,
    reload: () => location.reload(),
    ...from,
  };
}

export const AppContext = createContext<App | undefined>(undefined);

/** useApp gives a component the page it is part of. */
export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error("no AppContext around this component");
  return app;
}
