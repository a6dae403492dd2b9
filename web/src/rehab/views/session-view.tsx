import { useSignal } from "@preact/signals";
import { ArrowLeft, PhoneCall } from "lucide";
import { useEffect, useMemo } from "preact/hooks";
import { lang } from "../../i18n/i18n.ts";
import { Button } from "../../ui/button.tsx";
import { Icon } from "../../ui/icon.tsx";
import { announce } from "../../ui/live.tsx";
import type { Desk, News } from "../desk.ts";
import { roomAddress } from "../opentera/address.ts";
import { initials } from "../people.ts";
import { t } from "../text.ts";
import { ending, type Visit } from "../visit.ts";
import { RoomFrame, type RoomMessage } from "./room-frame.tsx";

interface SessionViewProps {
  desk: Desk;
  visit: Exclude<Visit, { at: "dashboard" }>;
  onInvite: () => void;
}

/** SessionView fills the page with a session: first with who is being called, then with the session's own page. */
export function SessionView({ desk, visit, onInvite }: SessionViewProps) {
  const silent = useSignal(false);
  const language = useMemo(() => lang.peek(), []); // a frame is not loaded again for another language
  const url = visit.at === "room" ? visit.url : "";
  useEffect(() => {
    silent.value = false;
  }, [url]);
  useEffect(() => {
    if (visit.at === "opening") announce(t("rehab.session.starting"));
  }, [visit.at]);
  const heard = (m: RoomMessage): void => {
    silent.value = false;
    if (m.event === "left") desk.leave();
    else if (m.event === "ended") desk.leave(ending(m.detail?.reason));
    else if (m.event === "invite") onInvite();
  };
  const reply = desk.news.value;
  const news = reply && reply.session === visit.uuid ? newsWords(desk, reply) : "";
  return (
    <main class="session on-stage">
      <h1 class="visually-hidden">{visit.title}</h1>
      {visit.at === "opening" ? (
        <Opening visit={visit} onBack={() => desk.leave()} />
      ) : (
        <RoomFrame
          url={roomAddress(visit.url, { name: desk.myName, uuid: desk.me, source: "web", lang: language }, location)} title={t("rehab.session.frame", { session: visit.title })}
          canInvite={desk.running(visit.uuid)?.can_manage ?? true} onMessage={heard} onSilent={() => (silent.value = true)}
        />
      )}
      {news && (
        <div class="session-news">
          <p>{news}</p>
          <Button kind="quiet" onClick={() => (desk.news.value = undefined)}>
            {t("common.close")}
          </Button>
        </div>
      )}
      {silent.value && (
        <div class="session-silent" role="alert">
          <p>{t("rehab.session.silent")}</p>
          <Button icon={ArrowLeft} onClick={() => desk.leave()}>
            {t("rehab.session.back")}
          </Button>
        </div>
      )}
    </main>
  );
}

/** newsWords tells that somebody does not come; that somebody does is seen in the room. */
export function newsWords(desk: Desk, reply: News): string {
  if (reply.reply === "accepted") return "";
  return t(`rehab.reply.${reply.reply}`, { name: desk.directory.name(reply.kind, reply.uuid, (kind) => t(`rehab.someone.${kind}`)) });
}

/** Opening shows a tile for each person that is being called, as the session page will. */
function Opening({ visit, onBack }: { visit: Extract<Visit, { at: "opening" }>; onBack: () => void }) {
  return (
    <div class="opening">
      <div class="opening-head">
        <p class="strong">{visit.title}</p>
        <p role="status">{visit.calling.length > 0 ? t("rehab.session.starting") : t("rehab.session.opening")}</p>
      </div>
      <ul class="opening-tiles">
        {visit.calling.map((name, i) => (
          <li key={i} class="opening-tile">
            <span class="portrait large" aria-hidden="true">
              {initials(name)}
            </span>
            <span>
              <Icon of={PhoneCall} /> {t("rehab.session.calling", { name })}
            </span>
          </li>
        ))}
        {visit.calling.length === 0 && (
          <li class="opening-tile">
            <span class="spinner" aria-hidden="true" />
          </li>
        )}
      </ul>
      <Button class="stage-button" icon={ArrowLeft} onClick={onBack}>
        {t("rehab.session.back")}
      </Button>
    </div>
  );
}
