import { UserPlus, Users } from "lucide";
import { formatDuration } from "../i18n/i18n.ts";
import { Icon } from "../ui/icon.tsx";
import { useApp } from "./app.ts";
import { now, secondsSince } from "./clock.ts";
import { t } from "./text.ts";
import { absent } from "./tiles.ts";

/** Header is the line above the clinician's stage: which session, since when, who is there. */
export function Header() {
  const app = useApp();
  const { room } = app;
  const inside = room.peers.value.length + 1;
  const waiting = absent(room.invitees.value, room.peers.value, room.self.value?.uuid ?? "").filter((i) => i.status !== "left").length;
  const joined = room.phase.value.name !== "connecting";
  return (
    <header class="header">
      <div class="header-title">
        <h1>{room.session.value.name || t("room.title")}</h1>
        {joined && <Elapsed />}
      </div>
      {joined && (
        <button type="button" class="header-button" onClick={() => (app.dialog.value = { name: "people" })}>
          <Icon of={Users} />
          <span>
            {t("room.peopleIn", { count: inside })}
            {waiting > 0 && `, ${t("room.peopleWaiting", { count: waiting })}`}
          </span>
        </button>
      )}
      {app.canInvite.value && (
        <button type="button" class="header-button invite" onClick={app.invite}>
          <Icon of={UserPlus} />
          <span>{t("room.invite")}</span>
        </button>
      )}
    </header>
  );
}

const openedAt = Date.now();

function Elapsed() {
  const { room } = useApp();
  const started = Date.parse(room.session.value.startedAt);
  const seconds = secondsSince(Number.isNaN(started) ? Math.min(openedAt, now.value) : started);
  return (
    <span class="elapsed" role="timer" aria-label={t("room.elapsed")}>
      {formatDuration(seconds)}
    </span>
  );
}
