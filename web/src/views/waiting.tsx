import type { Invitee } from "../signaling/messages.ts";
import { Avatar } from "./avatar.tsx";
import { nameOf, statusText } from "./names.ts";
import { t } from "./text.ts";

const calm = ["refused", "busy", "no_answer", "left"];

/** WaitingTile stands for somebody who was invited and is not there yet, and says how far they are. */
export function WaitingTile({ invitee }: { invitee: Invitee }) {
  const name = nameOf(invitee);
  const waiting = !calm.includes(invitee.status);
  return (
    <article class="tile waiting-tile" aria-label={`${name}, ${statusText(invitee.status)}`}>
      <Avatar name={name} waiting={waiting} />
      <div class="waiting-words">
        <p class="waiting-name">{waiting ? t("room.calling", { name }) : name}</p>
        <p class="waiting-status">{statusText(invitee.status)}</p>
      </div>
    </article>
  );
}
