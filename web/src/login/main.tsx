import "../ui/ui.css";
import "../account/account.css";
import { effect } from "@preact/signals";
import { render } from "preact";
import { chooseLang, setLang } from "../i18n/i18n.ts";
import { readLang } from "../rehab/language.ts";
import { boot } from "../ui/boot.ts";
import { connectBridge } from "./bridge.ts";
import { type Boot, Entry } from "./entry.ts";
import { t } from "./text.ts";
import { EntryPage } from "./views/entry-page.tsx";

const query = new URLSearchParams(location.search);
setLang(chooseLang(query.get("lang"), readLang()));
const server = boot<Boot>({ step: "login", server: "", version: "", username: "", service: false, noLogo: false, home: "" });
effect(() => {
  document.title = [t(`login.title.${server.step}`), server.server].filter(Boolean).join(" – ");
});

const entry = new Entry(server, { bridge: connectBridge(), go: (address) => location.assign(address) });
render(<EntryPage boot={server} entry={entry} />, document.getElementById("app")!);
const code = query.get("code");
if (code) history.replaceState(null, "", location.pathname); // it is still good for some seconds
void entry.open(code);
