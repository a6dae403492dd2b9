import { LiveRegions } from "../ui/live.tsx";
import { type App, AppContext } from "./app.ts";
import { Bar } from "./bar.tsx";
import { Dialogs } from "./dialogs.tsx";
import { Ended } from "./ended.tsx";
import { Header } from "./header.tsx";
import { Help } from "./help.tsx";
import { Notices } from "./notices.tsx";
import { Sound } from "./sound.tsx";
import { Stage } from "./stage.tsx";

/** SessionPage is the whole page, in whatever state the room is. */
export function SessionPage({ app }: { app: App }) {
  const phase = app.room.phase.value;
  const names = `session ${app.page}`;
  return (
    <AppContext.Provider value={app}>
      {phase.name === "ended" ? (
        <Ended reason={phase.reason} />
      ) : (
        <div class={names}>
          {app.header && app.page === "users" && <Header />}
          <div class="middle on-stage">
            <Stage />
            <Notices />
            <Help />
          </div>
          <Bar />
          <Dialogs />
          <Sound />
        </div>
      )}
      <LiveRegions />
    </AppContext.Provider>
  );
}
