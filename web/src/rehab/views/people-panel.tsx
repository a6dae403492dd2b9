import { useComputed, useSignal } from "@preact/signals";
import { Search, Share2 } from "lucide";
import { useId } from "preact/hooks";
import { Button } from "../../ui/button.tsx";
import { Icon } from "../../ui/icon.tsx";
import type { Desk } from "../desk.ts";
import { type Listed, listed } from "../people.ts";
import { t } from "../text.ts";
import { PersonCard } from "./person-card.tsx";
import { PersonLine } from "./person-line.tsx";
import { StartBar } from "./start-bar.tsx";

/** PeoplePanel lists the people of the project, who is there first; whoever is ticked can be called. */
export function PeoplePanel({ desk }: { desk: Desk }) {
  const search = useSignal("");
  const { picked } = desk;
  const card = useSignal<Listed | undefined>(undefined);
  const id = useId();
  const { people, presence, loading } = desk.directory;
  const others = useComputed(() => people.value.filter((p) => p.uuid !== desk.me));
  const groups = useComputed(() => listed(others.value, presence.value.map, search.value));
  const chosen = useComputed(() => others.value.filter((p) => picked.value.has(p.uuid)));

  const toggle = (uuid: string): void => {
    const next = new Set(picked.value);
    if (!next.delete(uuid)) next.add(uuid);
    picked.value = next;
  };
  return (
    <section class="people card" aria-labelledby={id}>
      <div class="people-head">
        <h2 id={id}>{t("rehab.people.title")}</h2>
        <SearchField value={search.value} onInput={(v) => (search.value = v)} />
      </div>
      <div class="people-list" tabIndex={-1}>
        {[...groups.value].map(([kind, all]) => (
          <section key={kind} class="people-group" aria-labelledby={`${id}${kind}`}>
            <h3 id={`${id}${kind}`}>{t(`rehab.people.group.${kind}`)}</h3>
            <ul>
              {all.map((p) => (
                <li key={p.uuid} class={picked.value.has(p.uuid) ? "person picked" : "person"}>
                  <PersonLine person={p} checked={picked.value.has(p.uuid)} onToggle={() => toggle(p.uuid)} />
                  {kind === "participant" && (
                    <Button kind="quiet" class="person-more" icon={Share2} aria-label={t("rehab.people.linkOf", { name: p.name })} onClick={() => (card.value = p)}>
                      {t("rehab.people.link")}
                    </Button>
                  )}
                </li>
              ))}
            </ul>
          </section>
        ))}
        {groups.value.size === 0 && (
          <p class="empty" role="status">
            {loading.value ? t("rehab.people.loading") : search.value.trim() ? t("rehab.people.none", { search: search.value.trim() }) : t("rehab.people.empty")}
          </p>
        )}
      </div>
      <StartBar desk={desk} people={chosen.value} onClear={() => (picked.value = new Set())} />
      {card.value && <PersonCard desk={desk} person={card.value} onClose={() => (card.value = undefined)} />}
    </section>
  );
}

export function SearchField({ value, onInput }: { value: string; onInput: (v: string) => void }) {
  return (
    <div class="search">
      <Icon of={Search} />
      <input class="input" type="search" placeholder={t("rehab.people.search")} aria-label={t("rehab.people.search")} value={value} onInput={(e) => onInput(e.currentTarget.value)} />
    </div>
  );
}
