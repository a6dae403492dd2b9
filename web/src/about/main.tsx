import "../ui/ui.css";
import "../account/account.css";
import "./about.css";
import { effect } from "@preact/signals";
import { render } from "preact";
import { chooseLang, setLang } from "../i18n/i18n.ts";
import { readLang } from "../rehab/language.ts";
import { boot } from "../ui/boot.ts";
import { About, type AboutBoot } from "./about-page.tsx";
import { t } from "./text.ts";

setLang(chooseLang(new URLSearchParams(location.search).get("lang"), readLang()));
effect(() => {
  document.title = t("about.title");
});
const server = boot<AboutBoot>({ server: "gotera", version: "", address: location.origin, clients: [], docs: false });
render(<About server={server} />, document.getElementById("app")!);
