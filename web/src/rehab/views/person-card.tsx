import { useSignal } from "@preact/signals";
import { Check, Copy, Link as LinkIcon, Mail } from "lucide";
import { useEffect, useId } from "preact/hooks";
import { lang } from "../../i18n/i18n.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Icon } from "../../ui/icon.tsx";
import { announce } from "../../ui/live.tsx";
import type { Desk } from "../desk.ts";
import { mailto, participantLink } from "../link.ts";
import type { Listed } from "../people.ts";
import { t } from "../text.ts";
import { type Trouble, trouble } from "../trouble.ts";
import type { Participant } from "../wire.ts";
import { Portrait, presenceWords } from "./person-line.tsx";
import { QRCode } from "./qr-code.tsx";
import { TroubleNotice } from "./trouble-notice.tsx";

/** PersonCard gives a participant's own link, to copy, to send or to scan. */
export function PersonCard({ desk, person, onClose }: { desk: Desk; person: Listed; onClose: () => void }) {
  const participant = useSignal<Participant | undefined>(undefined);
  const failed = useSignal<Trouble | undefined>(undefined);
  const busy = useSignal(true);
  const load = async (work: () => Promise<Participant | undefined>): Promise<void> => {
    busy.value = true;
    try {
      participant.value = await work();
      failed.value = participant.value ? undefined : { word: "gone", said: "", status: 404 };
    } catch (error) {
      failed.value = trouble(error);
    }
    busy.value = false;
  };
  useEffect(() => void load(() => desk.api.participant(person.id)), []);
  const p = participant.value;
  return (
    <Dialog title={person.name} wide onClose={onClose}>
      <div class="card-person">
        <Portrait person={person} />
        <p>{presenceWords(person)}</p>
      </div>
      {failed.value && <TroubleNotice what={t("rehab.card.failed")} trouble={failed.value} onRetry={() => void load(() => desk.api.participant(person.id))} />}
      {!p && busy.value && <p class="soft" role="status">{t("rehab.card.loading")}</p>}
      {p?.participant_token && <Share participant={p} link={participantLink(p.participant_token, location)} />}
      {p && !p.participant_token && (
        <>
          <p>{t("rehab.card.noLink", { name: person.name })}</p>
          <div class="dialog-actions">
            <Button kind="primary" icon={LinkIcon} aria-disabled={busy.value} onClick={() => void (busy.value || load(() => desk.api.allowLink(p)))}>
              {t("rehab.card.makeLink")}
            </Button>
          </div>
        </>
      )}
    </Dialog>
  );
}

function Share({ participant, link }: { participant: Participant; link: string }) {
  const copied = useSignal<"" | "yes" | "no">("");
  const id = useId();
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(link);
      copied.value = "yes";
      announce(t("rehab.card.copied"));
    } catch {
      copied.value = "no";
      document.getElementById(id)?.focus(); // selects the link, to be copied by hand
    }
  };
  const name = participant.participant_name;
  const mail = mailto(participant.participant_email ?? "", t("rehab.card.mailSubject"), t("rehab.card.mailText", { name, link }));
  return (
    <div class="share">
      <div class="share-words">
        <p>{t("rehab.card.text", { name })}</p>
        <div class="field">
          <label for={id}>{t("rehab.card.link")}</label>
          <input id={id} class="input" readOnly value={link} onFocus={(e) => e.currentTarget.select()} />
        </div>
        <div class="share-actions">
          <Button kind="primary" icon={copied.value === "yes" ? Check : Copy} onClick={() => void copy()}>
            {copied.value === "yes" ? t("rehab.card.copied") : t("rehab.card.copy")}
          </Button>
          <a class="button" href={mail} target="_blank" rel="noopener noreferrer">
            <Icon of={Mail} />
            <span>{t("rehab.card.mail")}</span>
          </a>
        </div>
        {copied.value === "no" && <p role="alert">{t("rehab.card.copyByHand")}</p>}
        <p class="soft small">{t("rehab.card.private", { name })}</p>
      </div>
      <figure class="share-code">
        <QRCode text={link} label={t("rehab.card.codeLabel", { name })} />
        <figcaption lang={lang.value}>{t("rehab.card.code")}</figcaption>
      </figure>
    </div>
  );
}
