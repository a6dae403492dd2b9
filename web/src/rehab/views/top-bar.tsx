import { useSignal } from "@preact/signals";
import { ChevronDown, LogOut, Network, UserRound } from "lucide";
import { useId } from "preact/hooks";
import { ReachDialog } from "../../reach/views/dialog.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Menu } from "../../ui/menu.tsx";
import type { Account } from "../account.ts";
import type { Desk } from "../desk.ts";
import { t } from "../text.ts";
import { Brand } from "./brand.tsx";
import { LanguageSwitch } from "./language-switch.tsx";

/** TopBar chooses whose people are shown, and holds the account. */
export function TopBar({ account, desk }: { account: Account; desk: Desk }) {
  const { sites, projects, site, project } = desk.directory;
  const testing = useSignal(false);
  const name = account.identity.value?.name || desk.self.value?.user_name || "";
  return (
    <header class="top">
      <h1 class="top-brand">
        <Brand />
        <span class="visually-hidden">{t("rehab.title")}</span>
      </h1>
      <div class="top-choice">
        <Chooser
          label={t("rehab.top.site")} value={site.value?.id_site}
          options={sites.value.map((s) => [s.id_site, s.site_name])} onChoose={(id) => void desk.directory.chooseSite(id)}
        />
        <Chooser
          label={t("rehab.top.project")} value={project.value?.id_project}
          options={projects.value.filter((p) => p.id_site === site.value?.id_site).map((p) => [p.id_project, p.project_name])}
          onChoose={(id) => void desk.directory.choose(projects.value.find((p) => p.id_project === id))}
        />
      </div>
      <div class="top-account">
        <Menu
          class="button quiet account-button"
          label={t("rehab.top.account", { name })}
          entries={[
            { label: t("rehab.top.test"), icon: Network, onSelect: () => (testing.value = true) },
            { label: t("rehab.top.logout"), icon: LogOut, onSelect: () => void account.logout() },
          ]}
        >
          <Icon of={UserRound} />
          <span class="account-name">{name}</span>
          <Icon of={ChevronDown} class="small-icon" />
        </Menu>
        <LanguageSwitch />
      </div>
      {testing.value && (
        <ReachDialog token={() => account.identity.value?.token ?? ""} socket={desk.link.value === "open"} onClose={() => (testing.value = false)} />
      )}
    </header>
  );
}

interface ChooserProps {
  label: string;
  value: number | undefined;
  options: [id: number, name: string][];
  onChoose: (id: number) => void;
}

/** Chooser is plain text while there is nothing to choose. */
function Chooser({ label, value, options, onChoose }: ChooserProps) {
  const id = useId();
  if (options.length === 0) return null;
  return (
    <div class="chooser">
      <label for={id}>{label}</label>
      {options.length === 1 ? (
        <output id={id}>{options[0]?.[1]}</output>
      ) : (
        <select id={id} class="select" value={value} onChange={(e) => onChoose(Number(e.currentTarget.value))}>
          {options.map(([key, name]) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}
