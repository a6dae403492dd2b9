import { LiveRegions } from "../ui/live.tsx";
import { type App, AppContext } from "./app.ts";
import { Bar } from "./bar.tsx";
import { Dialogs } from "./dialogs.tsx";
import { Ended } from "./ended.tsx";
import { Header } from "./header.tsx";
import { Help } from "./help.tsx";
import { Notices, Toasts } from "./notices.tsx";
import { Sound } from "./sound.tsx";
import { Stage } from "./stage.tsx";
import { t } from "./text.ts";

/** SessionPage is the whole page, in whatever state the room is. */
export function SessionPage({ app }: { app: App }) {
  const phase = app.room.phase.value;
  const header = app.header && app.page === "users";
  const names = `session ${app.page}`;
  return (
    <AppContext.Provider value={app}>
      {phase.name === "ended" ? (
        <Ended reason={phase.reason} />
      ) : (
        <div class={names}>
          {header && <Header />}
          <main class="middle on-stage">
            {!header && <h1 class="visually-hidden">{app.room.session.value.name || t("room.title")}</h1>}
            <Notices />
            <Stage />
            <Toasts />
            <Help />
          </main>
          <Bar />
          <Dialogs />
          <Sound />
        </div>
      )}
      <LiveRegions />
    </AppContext.Provider>
  );
}
