import "../ui/ui.css";
import "./rehab.css";
import { render } from "preact";
import { chooseLang, setLang } from "../i18n/i18n.ts";
import { Account } from "./account.ts";
import { Desk } from "./desk.ts";
import { readLang } from "./language.ts";
import { App } from "./views/app.tsx";

const query = new URLSearchParams(location.search);
setLang(chooseLang(query.get("lang"), readLang()));

const account = new Account();
const desk = new Desk(account);

// A token in the address (OpenTera's session lobby) is used once and must not stay in the history.
const token = query.get("token");
const session = query.get("session_uuid");
if (token) history.replaceState(null, "", location.pathname);

render(<App account={account} desk={desk} />, document.getElementById("app")!);
void account.resume(token ?? undefined).then(() => {
  if (token && session) void desk.startKnown(session);
});
