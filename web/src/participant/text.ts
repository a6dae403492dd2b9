import { common, participant } from "../i18n/en.json";
import { common as commonFr, participant as participantFr } from "../i18n/fr.json";
import { texts } from "../i18n/i18n.ts";

/** The texts of the participant's page. Those about devices are shared with the session page (views/text.ts). */
export const t = texts({ common, participant }, { common: commonFr, participant: participantFr });
