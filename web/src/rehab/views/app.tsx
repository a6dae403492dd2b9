import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { LogIn } from "lucide";
import { useEffect } from "preact/hooks";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { announce, LiveRegions } from "../../ui/live.tsx";
import type { Account } from "../account.ts";
import type { Desk } from "../desk.ts";
import { t } from "../text.ts";
import { Dashboard } from "./dashboard.tsx";
import { Incoming } from "./incoming.tsx";
import { InviteDialog } from "./invite-dialog.tsx";
import { LoginForms, LoginPage } from "./login-page.tsx";
import { newsWords, SessionView } from "./session-view.tsx";

interface AppProps {
  account: Account;
  desk: Desk;
}

/** App is the whole page: the login, the dashboard, or a session that fills it. */
export function App({ account, desk }: AppProps) {
  const inside = useComputed(() => account.phase.value.at === "in");
  const inviting = useSignal("");
  const visit = desk.visit.value;

  useEffect(() => {
    if (!inside.value) return;
    desk.open();
    return () => desk.close();
  }, [inside.value]);
  useEffect(() => {
    const look = (): void => {
      if (document.visibilityState === "visible") desk.check();
    };
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  useSignalEffect(() => {
    const words = desk.news.value && newsWords(desk, desk.news.value);
    if (words) announce(words);
  });
  useSignalEffect(() => {
    const v = desk.visit.value;
    document.title = v.at === "dashboard" ? t("rehab.title") : `${v.title} – ${t("rehab.title")}`;
  });

  const session = desk.running(inviting.value);
  return (
    <>
      <LiveRegions />
      {visit.at !== "dashboard" ? (
        <>
          {!inside.value && <LoggedOutBar account={account} />}
          <SessionView desk={desk} visit={visit} onInvite={() => (inviting.value = visit.uuid)} />
        </>
      ) : inside.value ? (
        <Dashboard account={account} desk={desk} onInvite={(uuid) => (inviting.value = uuid)} />
      ) : (
        <LoginPage account={account} />
      )}
      {inside.value && desk.invitation.value && <Incoming desk={desk} invitation={desk.invitation.value} />}
      {inside.value && session && <InviteDialog desk={desk} session={session} onClose={() => (inviting.value = "")} />}
    </>
  );
}

/** LoggedOutBar lets somebody whose login ran out during a session log in again without leaving it. */
function LoggedOutBar({ account }: { account: Account }) {
  const open = useSignal(false);
  const phase = account.phase.value;
  const taken = phase.at === "login" && phase.problem === "taken";
  return (
    <div class="logged-out" role="alert">
      <span>{t(taken ? "rehab.session.loggedOut.taken" : "rehab.session.loggedOut.expired")}</span>
      <Button icon={LogIn} onClick={() => (open.value = true)}>
        {t("account.login.submit")}
      </Button>
      {open.value && (
        <Dialog title={t("account.login.title")} onClose={() => (open.value = false)}>
          <LoginForms account={account} />
        </Dialog>
      )}
    </div>
  );
}
