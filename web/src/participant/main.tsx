import { first, token, view } from "./early.ts";
import "../ui/ui.css";
import "./participant.css";
import { render } from "preact";
import { chooseLang, setLang } from "../i18n/i18n.ts";
import { readLang } from "../rehab/language.ts";
import { Mirror } from "./mirror.ts";
import { joinsItself } from "./settings.ts";
import { Visitor } from "./visitor.ts";
import { App } from "./views/app.tsx";

const query = new URLSearchParams(location.search);
setLang(chooseLang(query.get("lang"), readLang()));

const visitor = new Visitor(token);
visitor.joinsItself = joinsItself();
if (first) void visitor.open(first);

const page = {
  view,
  token,
  source: query.get("source") || "web",
  said: query.get("error") ?? query.get("message") ?? "",
  connects: first !== undefined,
};
render(<App page={page} visitor={visitor} mirror={new Mirror()} />, document.getElementById("app")!);
