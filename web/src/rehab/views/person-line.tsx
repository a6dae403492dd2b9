import { Bot } from "lucide";
import { Icon } from "../../ui/icon.tsx";
import { initials, type Listed } from "../people.ts";
import { t } from "../text.ts";
import { whenWords } from "../when.ts";

interface PersonLineProps {
  person: Listed;
  checked: boolean;
  onToggle: () => void;
}

/** PersonLine is somebody with a box to tick; the whole line can be pressed. */
export function PersonLine({ person, checked, onToggle }: PersonLineProps) {
  return (
    <label class="person-line">
      <input type="checkbox" checked={checked} onChange={onToggle} />
      <Portrait person={person} />
      <span class="person-words">
        <span class="person-name">{person.name}</span>
        <span class={person.online ? "person-state there" : "person-state"}>{presenceWords(person)}</span>
      </span>
    </label>
  );
}

/** Portrait is a circle with initials; green beside it when the person is there, which the words say too. */
export function Portrait({ person }: { person: Pick<Listed, "kind" | "name" | "online"> }) {
  return (
    <span class={person.online ? "portrait there" : "portrait"} aria-hidden="true">
      {person.kind === "device" ? <Icon of={Bot} /> : initials(person.name)}
    </span>
  );
}

/** presenceWords says whether somebody is there, or since when not. */
export function presenceWords(p: Listed): string {
  if (p.busy) return p.online ? t("rehab.presence.busy") : t("rehab.presence.busyAway");
  if (p.online) return t("rehab.presence.online");
  return p.lastOnline ? t("rehab.presence.seen", { when: whenWords(p.lastOnline, new Date()) }) : t("rehab.presence.never");
}
