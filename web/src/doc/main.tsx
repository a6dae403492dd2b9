import "../ui/ui.css";
import "../account/account.css";
import "./doc.css";
import { effect } from "@preact/signals";
import { render } from "preact";
import { chooseLang, setLang } from "../i18n/i18n.ts";
import { readLang } from "../rehab/language.ts";
import { boot } from "../ui/boot.ts";
import { t } from "./text.ts";
import { DocPage } from "./views/doc-page.tsx";

setLang(chooseLang(new URLSearchParams(location.search).get("lang"), readLang()));
effect(() => {
  document.title = t("doc.title");
});
const server = boot({ server: "", enabled: true });
render(<DocPage enabled={server.enabled} />, document.getElementById("app")!);
