import { useSignal } from "@preact/signals";
import { RotateCw } from "lucide";
import { useEffect, useMemo } from "preact/hooks";
import { lang } from "../../i18n/i18n.ts";
import { roomAddress } from "../../rehab/opentera/address.ts";
import { RoomFrame, type RoomMessage } from "../../rehab/views/room-frame.tsx";
import { Button } from "../../ui/button.tsx";
import { announce } from "../../ui/live.tsx";
import type { Call, StayEvent } from "../stay.ts";
import { t } from "../text.ts";
import type { Visitor } from "../visitor.ts";

type Why = Extract<StayEvent, { type: "frame" }>["why"];

/** Session is the session page, filling this one. */
export function Session({ visitor, call, source }: { visitor: Visitor; call: Call; source: string }) {
  const silent = useSignal(false);
  const tries = useSignal(0);
  const { name, uuid } = visitor.stay.value;
  // The frame is loaded once for each address, whatever else changes.
  const url = useMemo(() => roomAddress(call.url, { name, uuid, source, lang: lang.peek() }, location), [call.url]);
  useEffect(() => announce(t("participant.session.opening", { name: call.creator })), []);
  const heard = (m: RoomMessage): void => {
    silent.value = false;
    if (m.event === "left") visitor.to({ type: "frame", why: "left" });
    if (m.event === "ended") visitor.to({ type: "frame", why: why(m.detail?.reason) });
  };
  return (
    <main class="session on-stage">
      <h1 class="visually-hidden">{t("participant.session.title", { name: call.creator })}</h1>
      <RoomFrame key={tries.value} url={url} title={t("participant.session.title", { name: call.creator })} onMessage={heard} onSilent={() => (silent.value = true)} />
      {silent.value && (
        <div class="session-silent" role="alert">
          <p>{t("participant.session.silent")}</p>
          <Button
            kind="primary" icon={RotateCw}
            onClick={() => {
              silent.value = false;
              tries.value++;
            }}
          >
            {t("participant.session.again")}
          </Button>
        </div>
      )}
    </main>
  );
}

function why(reason: unknown): Why {
  const known: readonly Why[] = ["left", "stopped", "removed", "replaced", "full", "refused"];
  return known.find((k) => k === reason) ?? "stopped";
}
