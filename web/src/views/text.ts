import { common, room } from "../i18n/en.json";
import { common as commonFr, room as roomFr } from "../i18n/fr.json";
import { texts } from "../i18n/i18n.ts";

/** The texts of the session page. */
export const t = texts({ common, room }, { common: commonFr, room: roomFr });
