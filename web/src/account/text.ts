import { account, common } from "../i18n/en.json";
import { account as accountFr, common as commonFr } from "../i18n/fr.json";
import { texts } from "../i18n/i18n.ts";

/** The texts of logging in, on the dashboard and on the login pages. */
export const t = texts({ account, common }, { account: accountFr, common: commonFr });
