import { reach } from "../i18n/en.json";
import { reach as reachFr } from "../i18n/fr.json";
import { texts } from "../i18n/i18n.ts";

/** The texts about ways to the server, shared by the pages that test or name them. */
export const t = texts({ reach }, { reach: reachFr });
