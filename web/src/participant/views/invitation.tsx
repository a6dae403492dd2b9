import { useSignal } from "@preact/signals";
import { Phone } from "lucide";
import { useEffect } from "preact/hooks";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { initials } from "../../rehab/people.ts";
import { t } from "../text.ts";

interface InvitationProps {
  name: string;
  /** Whether the button presses itself. */
  itself: boolean;
  onJoin: () => void;
  onLater: () => void;
}

/** How long (s) the button waits before it presses itself. */
const wait = 5;

/** Invitation is the call: who it is, and one button. */
export function Invitation({ name, itself, onJoin, onLater }: InvitationProps) {
  const left = useSignal(wait);
  useEffect(() => {
    if (!itself) return;
    const timer = setInterval(() => {
      if (document.visibilityState !== "visible") return; // nobody would see it happen
      left.value--;
      if (left.value > 0) return;
      clearInterval(timer);
      onJoin();
    }, 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <Dialog title={t("participant.call.title", { name })} closable={false} onClose={onLater}>
      <div class="call">
        <span class="call-portrait" aria-hidden="true">
          {initials(name)}
        </span>
        <p>{itself ? t("participant.call.itself", { count: wait }) : t("participant.call.text")}</p>
        <Button kind="go" large wide icon={Phone} class="call-join" onClick={onJoin}>
          {t("participant.join.now")}
          {itself && (
            <span class="call-left" aria-hidden="true">
              {left.value}
            </span>
          )}
        </Button>
        <Button wide onClick={onLater}>
          {t("participant.call.later")}
        </Button>
      </div>
    </Dialog>
  );
}
