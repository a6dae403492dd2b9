import { useSignal } from "@preact/signals";
import { Ellipsis, LogIn, Square, UserPlus } from "lucide";
import { useEffect, useId } from "preact/hooks";
import { formatDuration } from "../../i18n/i18n.ts";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Menu, type MenuEntry } from "../../ui/menu.tsx";
import { Notice } from "../../ui/notice.tsx";
import type { Desk } from "../desk.ts";
import { elapsed, isAway, others, statusTone } from "../running.ts";
import { t } from "../text.ts";
import type { Trouble } from "../trouble.ts";
import type { Member, Running } from "../wire.ts";
import { Portrait } from "./person-line.tsx";
import { TroubleNotice } from "./trouble-notice.tsx";

/** RunningList shows the sessions that run now, with what can be done about each. */
export function RunningList({ desk, onInvite }: { desk: Desk; onInvite: (uuid: string) => void }) {
  const { running, state } = desk.sessions;
  const id = useId();
  return (
    <section aria-labelledby={id} class="stack">
      <h2 id={id}>{t("rehab.running.title")}</h2>
      {state.value === "down" && (
        <Notice kind="warn" alert>
          <p class="strong">{t("rehab.running.down")}</p>
          <p>{t("rehab.running.downWhy")}</p>
        </Notice>
      )}
      {running.value.map((s) => (
        <RunningCard key={s.session_uuid} desk={desk} session={s} onInvite={() => onInvite(s.session_uuid)} />
      ))}
      {running.value.length === 0 && state.value !== "down" && (
        <p class="card empty">{state.value === "loading" ? t("rehab.running.loading") : t("rehab.running.none")}</p>
      )}
    </section>
  );
}

function RunningCard({ desk, session, onInvite }: { desk: Desk; session: Running; onInvite: () => void }) {
  const asking = useSignal<"" | "stop" | Member>("");
  const failed = useSignal<{ what: string; trouble: Trouble } | undefined>(undefined);
  const busy = useSignal(false);
  const id = useId();
  /** carry reports a failure on this card, where it happened. */
  const carry = async (what: string, work: () => Promise<Trouble | undefined>): Promise<void> => {
    if (busy.value) return;
    busy.value = true;
    const trouble = await work();
    failed.value = trouble && { what, trouble };
    busy.value = false;
  };
  const people = others(session, desk.me);
  const inRoom = people.filter((m) => m.status === "in_room").length;
  return (
    <article class="card running" aria-labelledby={id} aria-busy={busy.value}>
      <header class="running-head">
        <h3 id={id}>{session.session_name}</h3>
        <p class="soft">
          <Clock session={session} /> · {t("rehab.running.inRoom", { count: inRoom })}
          {session.creator && session.creator.uuid !== desk.me && ` · ${t("rehab.running.by", { name: session.creator.name })}`}
        </p>
      </header>
      <ul class="members">
        {people.map((m) => (
          <MemberLine
            key={m.uuid} member={m} canManage={session.can_manage}
            onAgain={() => void carry(t("rehab.running.inviteFailed"), () => desk.sessions.invite(session.id_session, [m]))}
            onRemove={() => (asking.value = m)}
          />
        ))}
        {people.length === 0 && <li class="soft">{t("rehab.running.nobody")}</li>}
      </ul>
      {failed.value && <TroubleNotice what={failed.value.what} trouble={failed.value.trouble} />}
      <div class="running-actions">
        <Button kind="go" icon={LogIn} onClick={() => void carry(t("rehab.running.joinFailed"), () => desk.join(session))}>
          {t("rehab.running.join")}
        </Button>
        {session.can_manage && (
          <>
            <Button icon={UserPlus} onClick={onInvite}>
              {t("rehab.running.invite")}
            </Button>
            <Button kind="stop-quiet" class="at-end" icon={Square} onClick={() => (asking.value = "stop")}>
              {t("rehab.running.stop")}
            </Button>
          </>
        )}
      </div>
      {asking.value === "stop" && (
        <Confirm
          title={t("rehab.running.stopTitle")} text={t("rehab.running.stopText", { session: session.session_name })} danger
          action={t("rehab.running.stopAction")} onClose={() => (asking.value = "")}
          onConfirm={() => void carry(t("rehab.running.stopFailed"), () => desk.sessions.stop(session.id_session))}
        />
      )}
      {typeof asking.value === "object" && (
        <RemoveConfirm
          member={asking.value} onClose={() => (asking.value = "")}
          onConfirm={(m) => void carry(t("rehab.running.removeFailed"), () => desk.sessions.remove(session.id_session, m))}
        />
      )}
    </article>
  );
}

function RemoveConfirm({ member, onClose, onConfirm }: { member: Member; onClose: () => void; onConfirm: (m: Member) => void }) {
  return (
    <Confirm
      title={t("rehab.running.removeTitle", { name: member.name })} text={t("rehab.running.removeText", { name: member.name })} danger
      action={t("rehab.running.removeAction")} onClose={onClose} onConfirm={() => onConfirm(member)}
    />
  );
}

interface MemberLineProps {
  member: Member;
  canManage: boolean;
  onAgain: () => void;
  onRemove: () => void;
}

function MemberLine({ member, canManage, onAgain, onRemove }: MemberLineProps) {
  const entries: MenuEntry[] = [{ label: t("rehab.running.remove"), danger: true, onSelect: onRemove }];
  return (
    <li class="member">
      <Portrait person={{ ...member, online: member.status === "in_room" }} />
      <span class="member-words">
        <span class="person-name">{member.name}</span>
        <span class={`badge ${statusTone(member.status)}`}>{statusWords(member.status)}</span>
      </span>
      {canManage && isAway(member) && (
        <Button class="member-again" onClick={onAgain} aria-label={t("rehab.running.againFor", { name: member.name })}>
          {t("rehab.running.again")}
        </Button>
      )}
      {canManage && (
        <Menu entries={entries} label={t("rehab.running.moreAbout", { name: member.name })}>
          <Icon of={Ellipsis} />
          <span>{t("rehab.running.more")}</span>
        </Menu>
      )}
    </li>
  );
}

/** statusWords says how far somebody has come; words of a newer service are shown as they are. */
export function statusWords(status: string): string {
  switch (status) {
    case "invited": case "online": case "opening": case "in_room": case "reconnecting":
    case "left": case "refused": case "busy": case "no_answer": case "removed":
      return t(`rehab.status.${status}`);
    default:
      return status;
  }
}

/** Clock counts the time of a session. Screen readers are not told every second. */
function Clock({ session }: { session: Running }) {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <time class="clock" role="timer" aria-live="off">
      {formatDuration(elapsed(session, now.value))}
    </time>
  );
}
