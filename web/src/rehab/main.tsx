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

// OpenTera's session lobby leads here with a login and a session. Neither stays in the address or the history.
const lobby = new URLSearchParams(location.hash.slice(1));
const token = lobby.get("token");
const session = lobby.get("session_uuid");
if (location.hash) history.replaceState(null, "", location.pathname + location.search);

render(<App account={account} desk={desk} />, document.getElementById("app")!);
void account.resume(token ?? undefined).then(() => {
  if (session && account.phase.value.at === "in") void desk.startKnown(session);
});
