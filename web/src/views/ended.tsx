import { CircleCheck, CircleX, LogIn } from "lucide";
import { useState } from "preact/hooks";
import type { EndReason } from "../signaling/link.ts";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { useApp } from "./app.ts";
import { t } from "./text.ts";

/** Ended is what remains of the page when the session is over for this person. */
export function Ended({ reason }: { reason: EndReason }) {
  const { reload, page } = useApp();
  const [calm] = useState(reason === "stopped" || reason === "left");
  return (
    <main class="ended">
      <section class="card">
        <Icon of={calm ? CircleCheck : CircleX} class={calm ? "ended-icon" : "ended-icon warn"} />
        <h1>{t(`room.ended.${reason}.title`)}</h1>
        <p>{t(`room.ended.${reason}.text`)}</p>
        {page !== "devices" && reason === "left" && (
          <Button icon={LogIn} onClick={reload}>
            {t("room.comeBack")}
          </Button>
        )}
        {page !== "devices" && reason === "replaced" && <Button onClick={reload}>{t("room.useHere")}</Button>}
        {page !== "devices" && reason === "full" && (
          <Button kind="primary" onClick={reload}>
            {t("room.tryAgain")}
          </Button>
        )}
      </section>
    </main>
  );
}
