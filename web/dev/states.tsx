// Shows the session page in any state without a room: dev/states.html?state=four&page=users&lang=fr (npm run dev).
// dev/screenshots.ts takes pictures of all of them.
import "../src/ui/ui.css";
import "../src/views/room.css";
import { render } from "preact";
import { chooseLang, setLang } from "../src/i18n/i18n.ts";
import { newApp, type Page } from "../src/views/app.ts";
import { SessionPage } from "../src/views/session.tsx";
import { watchSize } from "../src/views/size.ts";
import { fakeRoom } from "./fake.ts";
import { states } from "./list.ts";

const query = new URLSearchParams(location.search);
const name = query.get("state") ?? "four";
const page = (query.get("page") ?? "users") as Page;
const state = states[name];
if (!state) throw new Error(`no state "${name}"; there are: ${Object.keys(states).join(", ")}`);

setLang(chooseLang(query.get("lang")));
document.documentElement.classList.add(page);
const room = fakeRoom(page, state);
const app = newApp({ room, page, header: true, reload: () => undefined });
state.app?.(app);
watchSize();
render(<SessionPage app={app} />, document.getElementById("app")!);
