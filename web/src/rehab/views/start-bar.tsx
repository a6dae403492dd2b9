import { useSignal } from "@preact/signals";
import { Video, X } from "lucide";
import { useId } from "preact/hooks";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import type { Desk } from "../desk.ts";
import type { Person } from "../people.ts";
import { mine } from "../running.ts";
import { t } from "../text.ts";
import { TroubleNotice } from "./trouble-notice.tsx";

const remembered = "gotera.sessionType";

/** StartBar starts a session with the people that are ticked: choose the type, press the button. */
export function StartBar({ desk, people, onClear }: { desk: Desk; people: Person[]; onClear: () => void }) {
  const types = desk.directory.types.value;
  const chosen = useSignal(recall());
  const hint = useSignal(false);
  const id = useId();
  const type = types.find((s) => s.id_session_type === chosen.value) ?? types[0];
  const ready = people.length > 0 && type !== undefined;
  const asking = useSignal(false);
  const running = desk.sessions.running.value.find((s) => mine(s, desk.me)); // one at a time: a start ends it
  const start = (): void => {
    hint.value = !ready;
    if (!ready) return;
    if (running) asking.value = true;
    else void desk.start(type, people);
  };
  const trouble = desk.startTrouble.value;
  return (
    <div class={ready ? "start ready" : "start"}>
      {trouble && <TroubleNotice what={t("rehab.start.failed")} trouble={trouble} />}
      <div class="start-line" role="status">
        <span class="strong">{people.length === 0 ? t("rehab.start.nobody") : t("rehab.start.selected", { count: people.length })}</span>
        {people.length > 0 && (
          <Button kind="quiet" icon={X} onClick={onClear}>
            {t("rehab.start.clear")}
          </Button>
        )}
      </div>
      {people.length > 0 && types.length > 1 && (
        <div class="start-type">
          <label for={id}>{t("rehab.start.type")}</label>
          <select
            id={id} class="select" value={type?.id_session_type}
            onChange={(e) => {
              chosen.value = Number(e.currentTarget.value);
              keep(chosen.value);
            }}
          >
            {types.map((s) => (
              <option key={s.id_session_type} value={s.id_session_type}>
                {s.session_type_name}
              </option>
            ))}
          </select>
        </div>
      )}
      {people.length > 0 && types.length === 1 && type && (
        <p class="soft">
          {t("rehab.start.type")}: <span class="strong">{type.session_type_name}</span>
        </p>
      )}
      {types.length === 0 && !desk.directory.loading.value && <p class="soft">{t("rehab.start.noType")}</p>}
      {hint.value && !ready && types.length > 0 && (
        <p class="hint-strong" role="alert">
          {t("rehab.start.hint")}
        </p>
      )}
      <Button kind="primary" large wide icon={Video} aria-disabled={!ready} onClick={start}>
        {t("rehab.start.action")}
      </Button>
      {asking.value && running && (
        <Confirm
          title={t("rehab.start.endsTitle")} text={t("rehab.start.endsText", { session: running.session_name })} danger
          action={t("rehab.start.endsAction")} onClose={() => (asking.value = false)}
          onConfirm={() => {
            asking.value = false;
            if (type) void desk.start(type, people);
          }}
        />
      )}
    </div>
  );
}

function recall(): number {
  try {
    return Number(localStorage.getItem(remembered));
  } catch {
    return 0;
  }
}
function keep(id: number): void {
  try {
    localStorage.setItem(remembered, String(id));
  } catch {
    // no storage: the next session begins with the first type
  }
}
