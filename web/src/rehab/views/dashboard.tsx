import { useSignal } from "@preact/signals";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import type { Account } from "../account.ts";
import type { Desk } from "../desk.ts";
import { t } from "../text.ts";
import { PeoplePanel } from "./people-panel.tsx";
import { Recent } from "./recent.tsx";
import { RunningList } from "./running-list.tsx";
import { TopBar } from "./top-bar.tsx";
import { TroubleNotice } from "./trouble-notice.tsx";

interface DashboardProps {
  account: Account;
  desk: Desk;
  onInvite: (uuid: string) => void;
}

/** Dashboard is the clinician's page between sessions. */
export function Dashboard({ account, desk, onInvite }: DashboardProps) {
  return (
    <div class="dashboard">
      <a class="skip button primary" href="#main">
        {t("rehab.top.skip")}
      </a>
      <TopBar account={account} desk={desk} />
      <div class="desk">
        <PeoplePanel desk={desk} />
        <main id="main" class="desk-main" tabIndex={-1}>
          <Notices account={account} desk={desk} />
          <RunningList desk={desk} onInvite={onInvite} />
          <Recent desk={desk} />
        </main>
      </div>
    </div>
  );
}

/** Notices tells what concerns the whole page; each stays until it is read or no longer true. */
function Notices({ account, desk }: { account: Account; desk: Desk }) {
  const before = desk.before.value;
  const ended = desk.ended.value;
  const dismissed = useSignal("");
  return (
    <div class="notices">
      {before && before.session_uuid !== dismissed.value && (
        <Notice kind="info">
          <p class="strong">{t("rehab.back.text", { session: before.session_name })}</p>
          <div class="notice-actions">
            <Button kind="go" onClick={() => void desk.join(before)}>
              {t("rehab.back.action")}
            </Button>
            <Button
              kind="quiet"
              onClick={() => {
                dismissed.value = before.session_uuid;
                desk.dismiss();
              }}
            >
              {t("rehab.back.dismiss")}
            </Button>
          </div>
        </Notice>
      )}
      {ended && (
        <Notice kind={ended.why === "stopped" ? "info" : "warn"} alert>
          <p>{t(`rehab.ended.${ended.why || "stopped"}`, { session: ended.title })}</p>
          <div class="notice-actions">
            <Button kind="quiet" onClick={() => (desk.ended.value = undefined)}>
              {t("common.close")}
            </Button>
          </div>
        </Notice>
      )}
      {desk.missed.value !== undefined && (
        <Notice kind="warn" alert>
          <p>{t("rehab.missed", { name: desk.missed.value })}</p>
          <div class="notice-actions">
            <Button kind="quiet" onClick={() => (desk.missed.value = undefined)}>
              {t("common.close")}
            </Button>
          </div>
        </Notice>
      )}
      {desk.link.value === "lost" && (
        <Notice kind="warn" alert>
          <p class="strong">{t("rehab.link.lost")}</p>
          <p>{t("rehab.link.lostWhy")}</p>
        </Notice>
      )}
      {desk.link.value === "elsewhere" && (
        <Notice kind="warn" alert>
          <p class="strong">{t("rehab.link.elsewhere")}</p>
          <p>{t("rehab.link.elsewhereWhy")}</p>
          <div class="notice-actions">
            <Button onClick={() => void account.logout("taken")}>{t("rehab.link.useHere")}</Button>
          </div>
        </Notice>
      )}
      {desk.directory.trouble.value && <TroubleNotice what={t("rehab.people.failed")} trouble={desk.directory.trouble.value} onRetry={() => void desk.directory.load()} />}
    </div>
  );
}
