import { UserX } from "lucide";
import type { Kind } from "../signaling/messages.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { useApp } from "./app.ts";
import { Avatar } from "./avatar.tsx";
import { nameOf, statusText } from "./names.ts";
import { t } from "./text.ts";
import { absent } from "./tiles.ts";

interface Person {
  key: string;
  name: string;
  kind: Kind;
  uuid: string;
  status: string;
}

/** People lists who is in the room and who is not, each with a status in words. */
export function People() {
  const app = useApp();
  const { room } = app;
  const here = room.peers.value.map((p): Person => ({
    key: p.id,
    name: nameOf(p),
    kind: p.kind,
    uuid: p.uuid,
    status: statusText(p.connected ? "in_room" : "reconnecting"),
  }));
  const away = absent(room.invitees.value, room.peers.value, room.self.value?.uuid ?? "").map((i): Person => ({
    key: i.kind + i.uuid,
    name: nameOf(i),
    kind: i.kind,
    uuid: i.uuid,
    status: statusText(i.status),
  }));
  const people = [...here, ...away];
  const close = (): void => void (app.dialog.value = undefined);
  return (
    <Dialog title={t("room.people")} onClose={close}>
      {people.length === 0 && <p>{t("room.noPeople")}</p>}
      <ul class="people">
        {people.map(({ key, name, kind, uuid, status }) => (
          <li key={key}>
            <Avatar name={name} />
            <div class="people-words">
              <strong>{name}</strong>
              <span class="soft">{`${t(`room.kind.${kind}`)} · ${status}`}</span>
            </div>
            {room.canManage.value && uuid && (
              <Button
                kind="stop-quiet"
                icon={UserX}
                aria-label={`${t("room.remove")}: ${name}`}
                onClick={() => (app.dialog.value = { name: "remove", kind, uuid, who: name })}
              >
                {t("room.removeShort")}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
