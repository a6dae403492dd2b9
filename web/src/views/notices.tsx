import { Volume2 } from "lucide";
import { t as reach } from "../reach/text.ts";
import { Button } from "../ui/button.tsx";
import { Notice } from "../ui/notice.tsx";
import { useApp } from "./app.ts";
import { secondsSince } from "./clock.ts";
import { ownText, ownTrouble } from "./quality.ts";
import { playAll } from "./sound.tsx";
import { t } from "./text.ts";

/** Notices are the strips above the stage: what is wrong with the connection or the sound. */
export function Notices() {
  const app = useApp();
  const { room } = app;
  const trouble = room.trouble.value;
  const own = ownTrouble(room);
  const detour = room.report.value?.detour;
  return (
    <div class="notices">
      {trouble !== undefined && (
        <div class="notice warn" role="alert">
          <span class="spinner" aria-hidden="true" />
          <div class="text">
            {/* The seconds are not read out each time. */}
            <strong aria-live="off">{t("room.reconnecting", { seconds: secondsSince(trouble) })}</strong>
            <p>{t("room.reconnectingHint")}</p>
          </div>
        </div>
      )}
      {room.blocked.value && (
        <Notice kind="warn" alert>
          <strong>{t("room.blockedTitle")}</strong>
          <p>{t("room.blockedText")}</p>
        </Notice>
      )}
      {own && <Notice kind="warn">{ownText(own)}</Notice>}
      {detour && trouble === undefined && <p class="way-line">{reach(`reach.works.${detour}`)}</p>}
      {app.soundBlocked.value && (
        <div class="notice">
          <div class="text">{t("room.soundBlockedHint")}</div>
          <Button kind="primary" icon={Volume2} onClick={() => void playAll(app)}>
            {t("room.soundBlocked")}
          </Button>
        </div>
      )}
    </div>
  );
}

/** Toasts are passing lines, over the top of the stage. */
export function Toasts() {
  const { toasts } = useApp();
  return (
    <div class="toasts">
      {toasts.value.map((toast) => (
        <p key={toast.id} class={`toast ${toast.kind}`} aria-hidden="true">
          {toast.text}
        </p>
      ))}
    </div>
  );
}
