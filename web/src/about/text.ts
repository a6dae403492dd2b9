import { about, common } from "../i18n/en.json";
import { about as aboutFr, common as commonFr } from "../i18n/fr.json";
import { texts } from "../i18n/i18n.ts";

/** The texts of the page about the server. */
export const t = texts({ about, common }, { about: aboutFr, common: commonFr });
