import { common, doc } from "../i18n/en.json";
import { common as commonFr, doc as docFr } from "../i18n/fr.json";
import { texts } from "../i18n/i18n.ts";

/** The texts of the API documentation; what it says of each operation comes from the server, in English. */
export const t = texts({ common, doc }, { common: commonFr, doc: docFr });
