import { common } from "./en.json";
import { common as commonFr } from "./fr.json";
import { texts } from "./i18n.ts";

/** The texts that the shared components of src/ui use. */
export const t = texts({ common }, { common: commonFr });
