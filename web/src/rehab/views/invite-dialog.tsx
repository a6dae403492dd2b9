import { useComputed, useSignal } from "@preact/signals";
import { UserPlus } from "lucide";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { announce } from "../../ui/live.tsx";
import type { Desk } from "../desk.ts";
import { kinds, listed } from "../people.ts";
import { invitable } from "../running.ts";
import { t } from "../text.ts";
import type { Trouble } from "../trouble.ts";
import type { Running } from "../wire.ts";
import { SearchField } from "./people-panel.tsx";
import { PersonLine } from "./person-line.tsx";
import { TroubleNotice } from "./trouble-notice.tsx";

/** InviteDialog adds people to a running session. */
export function InviteDialog({ desk, session, onClose }: { desk: Desk; session: Running; onClose: () => void }) {
  const search = useSignal("");
  const picked = useSignal<ReadonlySet<string>>(new Set());
  const failed = useSignal<Trouble | undefined>(undefined);
  const busy = useSignal(false);
  const { people, presence } = desk.directory;
  const groups = useComputed(() => listed(people.value.filter((p) => p.uuid !== desk.me), presence.value.map, search.value));
  const choosable = new Set(invitable(people.value, session).map((p) => p.uuid));
  const all = kinds.flatMap((kind) => (groups.value.get(kind) ?? []).filter((p) => choosable.has(p.uuid)));

  const invite = async (): Promise<void> => {
    const chosen = people.value.filter((p) => picked.value.has(p.uuid));
    if (busy.value || chosen.length === 0) return;
    busy.value = true;
    failed.value = await desk.sessions.invite(session.id_session, chosen);
    busy.value = false;
    if (failed.value) return;
    announce(t("rehab.invite.done", { count: chosen.length }));
    onClose();
  };
  return (
    <Dialog title={t("rehab.invite.title", { session: session.session_name })} onClose={onClose}>
      <SearchField value={search.value} onInput={(v) => (search.value = v)} />
      <ul class="invite-list">
        {all.map((p) => (
          <li key={p.uuid} class={picked.value.has(p.uuid) ? "person picked" : "person"}>
            <PersonLine
              person={p} checked={picked.value.has(p.uuid)}
              onToggle={() => {
                const next = new Set(picked.value);
                if (!next.delete(p.uuid)) next.add(p.uuid);
                picked.value = next;
              }}
            />
          </li>
        ))}
        {all.length === 0 && <li class="empty">{search.value.trim() ? t("rehab.people.none", { search: search.value.trim() }) : t("rehab.invite.nobody")}</li>}
      </ul>
      {failed.value && <TroubleNotice what={t("rehab.running.inviteFailed")} trouble={failed.value} />}
      <div class="dialog-actions">
        <Button onClick={onClose}>{t("common.cancel")}</Button>
        <Button kind="primary" icon={UserPlus} aria-disabled={picked.value.size === 0 || busy.value} onClick={() => void invite()}>
          {picked.value.size === 0 ? t("rehab.invite.choose") : t("rehab.invite.action", { count: picked.value.size })}
        </Button>
      </div>
    </Dialog>
  );
}
