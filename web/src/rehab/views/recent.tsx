import { useSignal } from "@preact/signals";
import { CalendarClock, FileText, RotateCcw } from "lucide";
import { useId } from "preact/hooks";
import { formatTime } from "../../i18n/i18n.ts";
import { Button } from "../../ui/button.tsx";
import { Icon } from "../../ui/icon.tsx";
import type { Desk } from "../desk.ts";
import { t } from "../text.ts";
import { capital, minutesWords, whenWords } from "../when.ts";
import type { Session } from "../wire.ts";
import { SessionDetails } from "./session-details.tsx";
import { TroubleNotice } from "./trouble-notice.tsx";

const few = 6;

/** Recent shows what is planned today and what was lately; either can be started. */
export function Recent({ desk }: { desk: Desk }) {
  const { planned, recent, recentTrouble } = desk.sessions;
  const shown = useSignal<Session | undefined>(undefined);
  const all = useSignal(false);
  const id = useId();
  const list = recent.value ?? [];
  return (
    <div class="two">
      <section class="stack" aria-labelledby={`${id}p`}>
        <h2 id={`${id}p`}>{t("rehab.planned.title")}</h2>
        <div class="card list">
          {planned.value.map((s) => (
            <article key={s.id_session} class="line">
              <Icon of={CalendarClock} class="line-icon" />
              <div class="line-words">
                <h3>{s.session_name}</h3>
                <p class="soft">
                  {formatTime(new Date(s.session_start_datetime))}
                  {names(s) && ` · ${names(s)}`}
                </p>
              </div>
              <Button onClick={() => void desk.resume(s)} aria-label={t("rehab.planned.startOf", { session: s.session_name })}>
                {t("rehab.planned.start")}
              </Button>
            </article>
          ))}
          {planned.value.length === 0 && <p class="empty">{t("rehab.planned.none")}</p>}
        </div>
      </section>
      <section class="stack" aria-labelledby={`${id}r`}>
        <h2 id={`${id}r`}>{t("rehab.recent.title")}</h2>
        {recentTrouble.value && <TroubleNotice what={t("rehab.recent.failed")} trouble={recentTrouble.value} onRetry={() => void desk.sessions.loadRecent()} />}
        <div class="card list">
          {list.slice(0, all.value ? undefined : few).map((s) => (
            <article key={s.id_session} class="line">
              <div class="line-words">
                <h3>{s.session_name}</h3>
                <p class="soft">
                  {capital(whenWords(new Date(s.session_start_datetime), new Date()))}
                  {s.session_duration > 0 && ` · ${minutesWords(s.session_duration)}`}
                </p>
                {names(s) && <p class="soft">{names(s)}</p>}
              </div>
              <div class="line-actions">
                <Button kind="quiet" icon={FileText} onClick={() => (shown.value = s)} aria-label={t("rehab.recent.detailsOf", { session: s.session_name })}>
                  {t("rehab.recent.details")}
                </Button>
                <Button icon={RotateCcw} onClick={() => void desk.resume(s)} aria-label={t("rehab.recent.resumeOf", { session: s.session_name })}>
                  {t("rehab.recent.resume")}
                </Button>
              </div>
            </article>
          ))}
          {list.length > few && !all.value && (
            <Button kind="quiet" wide onClick={() => (all.value = true)}>
              {t("rehab.recent.all", { count: list.length })}
            </Button>
          )}
          {list.length === 0 && <p class="empty">{recent.value ? t("rehab.recent.none") : t("rehab.recent.loading")}</p>}
        </div>
      </section>
      {shown.value && <SessionDetails desk={desk} session={shown.value} onClose={() => (shown.value = undefined)} />}
    </div>
  );
}

/** names lists who took part beside clinicians, clinicians when nobody else did. */
export function names(s: Session): string {
  const all = [...(s.session_participants ?? []).map((p) => p.participant_name), ...(s.session_devices ?? []).map((d) => d.device_name)];
  return (all.length > 0 ? all : (s.session_users ?? []).map((u) => u.user_name)).join(", ");
}
