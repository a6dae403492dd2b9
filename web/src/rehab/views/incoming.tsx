import { PhoneIncoming, PhoneOff } from "lucide";
import { useEffect } from "preact/hooks";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import type { Desk, Invitation } from "../desk.ts";
import { Ring } from "../ring.ts";
import { t } from "../text.ts";

/** Incoming asks whether to join somebody else's session. */
export function Incoming({ desk, invitation }: { desk: Desk; invitation: Invitation }) {
  useEffect(() => {
    const ring = new Ring();
    ring.start(30);
    return () => ring.close();
  }, [invitation.session]);
  const title = desk.running(invitation.session)?.session_name;
  return (
    <Dialog title={t("rehab.incoming.title", { name: invitation.creator })} closable={false} onClose={() => void desk.answer("busy")}>
      <p>{title ? t("rehab.incoming.text", { session: title }) : t("rehab.incoming.textShort")}</p>
      <Button kind="go" large wide icon={PhoneIncoming} onClick={() => void desk.answer("accept")}>
        {t("rehab.incoming.accept")}
      </Button>
      <div class="dialog-actions spread">
        <Button onClick={() => void desk.answer("busy")}>{t("rehab.incoming.busy")}</Button>
        <Button kind="stop-quiet" icon={PhoneOff} onClick={() => void desk.answer("refuse")}>
          {t("rehab.incoming.refuse")}
        </Button>
      </div>
    </Dialog>
  );
}
