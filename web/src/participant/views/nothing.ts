import type { Input } from "../../media/local.ts";

/** The state of a device that nobody has opened yet. */
export const off: Input = { on: false, opening: false, track: undefined, failure: undefined };
