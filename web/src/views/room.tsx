import "../ui/ui.css";
import "./room.css";
import { effect } from "@preact/signals";
import { render } from "preact";
import { chooseLang, setLang } from "../i18n/i18n.ts";
import { Room, type RoomEvent } from "../media/room.ts";
import { address } from "../signaling/address.ts";
import { boot } from "../ui/boot.ts";
import { type App, newApp, type Page } from "./app.ts";
import { startClock } from "./clock.ts";
import { listen, post } from "./embed.ts";
import { followFocus } from "./focus.ts";
import { listenToKeys } from "./keys.ts";
import { hideWhenIdle } from "./kiosk.ts";
import { say, sayMore } from "./say.ts";
import { SessionPage } from "./session.tsx";
import { tellShown } from "./shown.ts";
import { watchSize } from "./size.ts";
import { t } from "./text.ts";
import { keepAwake } from "./wake.ts";

/** What the room writes into the page. */
interface Boot {
  page: Page;
  port: number;
  /** Path of the websocket. */
  socket: string;
  version: string;
}

const { page, socket } = boot<Boot>({ page: "users", port: 0, socket: "/websocket/0/users", version: "" });
const from = address(location, socket);
const over = new AbortController();

const room = new Room(from, happened);
const app: App = newApp({ room, page, header: from.source === "web", invite: () => post({ event: "invite" }) });

setLang(chooseLang(from.lang));
document.documentElement.classList.add(page);
effect(() => void document.documentElement.classList.toggle("large-text", app.largeText.value));
effect(() => void (document.title = room.session.value.name || t("room.title")));
sayMore(app);
startClock();
watchSize();
listen(app);
listenToKeys(app, over.signal);
keepAwake(over.signal);
if (page === "devices") hideWhenIdle(over.signal);
tellShown((tracks) => room.view(tracks));
addEventListener("pagehide", () => room.goodbye());
addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
render(<SessionPage app={app} />, document.getElementById("app")!);
room.open();
post({ event: "ready" });

/** happened passes on what happened in the room to all who follow it. */
function happened(e: RoomEvent): void {
  say(app, e);
  followFocus(app, e);
  if (e.type === "joined") post({ event: "joined", detail: { peer: room.peerId.value } });
  if (e.type === "ended") {
    over.abort();
    document.documentElement.classList.remove("idle");
    post(e.reason === "left" ? { event: "left" } : { event: "ended", detail: { reason: e.reason } });
  }
}
