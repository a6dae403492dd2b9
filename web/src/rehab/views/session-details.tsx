import { useSignal } from "@preact/signals";
import { RotateCcw } from "lucide";
import { useEffect } from "preact/hooks";
import { formatDay, formatTime } from "../../i18n/i18n.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import type { Desk } from "../desk.ts";
import { qualityReport } from "../quality.ts";
import { happening } from "../report.ts";
import { t } from "../text.ts";
import { type Trouble, trouble } from "../trouble.ts";
import { minutesWords } from "../when.ts";
import type { Session, SessionEvent } from "../wire.ts";
import { SessionQuality } from "./session-quality.tsx";
import { TroubleNotice } from "./trouble-notice.tsx";

/** SessionDetails tells what happened in a session: who took part, who came and went and when. */
export function SessionDetails({ desk, session, onClose }: { desk: Desk; session: Session; onClose: () => void }) {
  const events = useSignal<SessionEvent[] | undefined>(undefined);
  const failed = useSignal<Trouble | undefined>(undefined);
  useEffect(() => {
    desk.api.sessionEvents(session.id_session).then((all) => (events.value = all), (error: unknown) => (failed.value = trouble(error)));
  }, []);
  const names = new Map<string, string>(desk.directory.names);
  for (const p of session.session_participants ?? []) names.set(p.participant_uuid, p.participant_name);
  for (const u of session.session_users ?? []) names.set(u.user_uuid, u.user_name);
  for (const d of session.session_devices ?? []) names.set(d.device_uuid, d.device_name);
  const start = new Date(session.session_start_datetime);
  const who = [
    ...(session.session_participants ?? []).map((p) => p.participant_name),
    ...(session.session_users ?? []).map((u) => u.user_name),
    ...(session.session_devices ?? []).map((d) => d.device_name),
  ];
  // A session that was resumed has one for each of its runs.
  const reports = (events.value ?? []).flatMap((e) => {
    const report = qualityReport(e.session_event_text);
    return report ? [{ id: e.id_session_event, report }] : [];
  });
  return (
    <Dialog title={session.session_name} wide onClose={onClose}>
      <dl class="facts">
        <dt>{t("rehab.details.when")}</dt>
        <dd>{`${formatDay(start)}, ${formatTime(start)}`}</dd>
        <dt>{t("rehab.details.duration")}</dt>
        <dd>{session.session_duration > 0 ? minutesWords(session.session_duration) : t("rehab.details.noDuration")}</dd>
        {session.session_type_name && (
          <>
            <dt>{t("rehab.start.type")}</dt>
            <dd>{session.session_type_name}</dd>
          </>
        )}
        <dt>{t("rehab.details.who")}</dt>
        <dd>{who.join(", ") || t("rehab.details.nobody")}</dd>
      </dl>
      {reports.map(({ id, report }) => (
        <SessionQuality key={id} report={report} names={names} />
      ))}
      <h3>{t("rehab.details.events")}</h3>
      {failed.value && <TroubleNotice what={t("rehab.details.failed")} trouble={failed.value} />}
      <ol class="events" aria-busy={!events.value && !failed.value}>
        {(events.value ?? []).filter((e) => !reports.some((r) => r.id === e.id_session_event)).map((e) => (
          <li key={e.id_session_event}>
            <time>{formatTime(new Date(e.session_event_datetime))}</time>
            <span>{eventWords(e, names)}</span>
          </li>
        ))}
      </ol>
      {events.value?.length === 0 && <p class="soft">{t("rehab.details.noEvents")}</p>}
      <div class="dialog-actions">
        <Button
          kind="primary" icon={RotateCcw}
          onClick={() => {
            onClose();
            void desk.resume(session);
          }}
        >
          {t("rehab.details.resume")}
        </Button>
      </div>
    </Dialog>
  );
}

function eventWords(e: SessionEvent, names: ReadonlyMap<string, string>): string {
  const h = happening(e);
  if (!h.what) return h.text || t("rehab.details.event.other");
  const name = h.who ? h.who.name || (names.get(h.who.uuid) ?? t(`rehab.someone.${h.who.kind}`)) : "";
  return t(`rehab.details.event.${h.what}`, { name: name || t("rehab.someone.unknown") });
}
