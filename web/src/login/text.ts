import { account, common, login } from "../i18n/en.json";
import { account as accountFr, common as commonFr, login as loginFr } from "../i18n/fr.json";
import { texts } from "../i18n/i18n.ts";

/** The texts of the login pages. */
export const t = texts({ account, common, login }, { account: accountFr, common: commonFr, login: loginFr });
