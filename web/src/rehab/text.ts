import { account, common, rehab } from "../i18n/en.json";
import { account as accountFr, common as commonFr, rehab as rehabFr } from "../i18n/fr.json";
import { texts } from "../i18n/i18n.ts";

/** The texts of the dashboard. */
export const t = texts({ account, common, rehab }, { account: accountFr, common: commonFr, rehab: rehabFr });
