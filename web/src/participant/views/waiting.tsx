import { useSignal } from "@preact/signals";
import { Phone } from "lucide";
import { useEffect } from "preact/hooks";
import type { Reach } from "../../reach/reach.ts";
import type { Ring } from "../../rehab/ring.ts";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import type { Mirror } from "../mirror.ts";
import { joinsItself, lastClinician, setJoinsItself } from "../settings.ts";
import type { Message } from "../stay.ts";
import { t } from "../text.ts";
import type { Visitor } from "../visitor.ts";
import type { PageFacts } from "./app.tsx";
import { Checks } from "./checks.tsx";
import { Head } from "./head.tsx";
import { Invitation } from "./invitation.tsx";
import { Picture } from "./picture.tsx";

interface WaitingProps {
  page: PageFacts;
  visitor: Visitor;
  mirror: Mirror;
  ring: Ring;
  reach: Reach;
}

/** Waiting is the waiting room: the own picture, three checks in words, and who is being waited for. */
export function Waiting({ page, visitor, mirror, ring, reach }: WaitingProps) {
  const { place, name, message } = visitor.stay.value;
  const itself = useSignal(joinsItself());
  const called = place.at === "called" ? place : undefined;
  // After the session, or while it goes on elsewhere, nobody is waited for; what happened is what the page is about.
  const done = page.connects && (called ? message === "replaced" : message === "over" || message === "removed");
  const clinician = called?.call.creator || lastClinician();
  // A press anywhere lets the page ring and measure sound, where browsers wait for one.
  useEffect(() => {
    const touched = (): void => {
      mirror.wake();
      void ring.silent; // prepares the sound
    };
    addEventListener("pointerdown", touched, { once: true });
    return () => removeEventListener("pointerdown", touched);
  }, []);
  return (
    <div class="wait">
      {page.source === "web" && <Head />}
      <main class="wait-main">
        <Picture mirror={mirror} name={name} />
        <div class="wait-words">
          {page.connects && !done && <h1>{called ? t("participant.waiting.called", { name: clinician }) : clinician ? t("participant.waiting.for", { name: clinician }) : t("participant.waiting.forSomebody")}</h1>}
          {!page.connects && <h1>{t("participant.waiting.preview")}</h1>}
          {page.connects && !called && !done && <p>{name ? t("participant.waiting.hello", { name }) : t("participant.waiting.stay")}</p>}
          {page.said && <Notice>{page.said}</Notice>}
          <Told message={message} name={clinician} heading={done} />
          {called && !called.asked && (
            <Button kind="go" large wide icon={Phone} onClick={() => visitor.to({ type: "accept" })}>
              {t(`participant.join.${message === "left" ? "again" : message === "replaced" ? "here" : "now"}`)}
            </Button>
          )}
          <Checks page={page} visitor={visitor} mirror={mirror} ring={ring} reach={reach} />
          {page.connects && (
            <label class="check">
              <input
                type="checkbox" checked={itself.value}
                onChange={(e) => {
                  itself.value = visitor.joinsItself = e.currentTarget.checked;
                  setJoinsItself(itself.value);
                }}
              />
              <span>{t("participant.join.setting")}</span>
            </label>
          )}
        </div>
      </main>
      {called?.asked && (
        <Invitation
          name={called.call.creator} itself={visitor.joinsItself} onJoin={() => visitor.to({ type: "accept" })}
          onLater={() => visitor.to({ type: "putOff" })}
        />
      )}
    </div>
  );
}

/** Told says what happened last; it stays until something else happens. */
function Told({ message, name, heading }: { message: Message; name: string; heading: boolean }) {
  if (message === "") return null;
  const calm = message === "over" || message === "left";
  const who = name || t("participant.waiting.somebody");
  const title = t(`participant.message.${message}.title`, { name: who });
  return (
    <Notice kind={calm ? "go" : "warn"} alert>
      {heading ? <h1>{title}</h1> : <p class="strong">{title}</p>}
      <p>{t(`participant.message.${message}.text`, { name: who })}</p>
    </Notice>
  );
}
