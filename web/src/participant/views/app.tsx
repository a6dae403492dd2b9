import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { LiveRegions } from "../../ui/live.tsx";
import { keepAwake } from "../../views/wake.ts";
import { exchange, Reach } from "../../reach/reach.ts";
import { Ring } from "../../rehab/ring.ts";
import type { Mirror } from "../mirror.ts";
import { rememberClinician } from "../settings.ts";
import { t } from "../text.ts";
import type { Visitor } from "../visitor.ts";
import { Elsewhere, Goodbye, Problem } from "./problem.tsx";
import { Session } from "./session.tsx";
import { Waiting } from "./waiting.tsx";

/** What the page's address says. */
export interface PageFacts {
  /** Last part of the path. */
  view: string;
  token: string;
  /** "web", or the program that shows this page. */
  source: string;
  /** A text handed over in the address. */
  said: string;
  /** Whether this page logs in. */
  connects: boolean;
}

interface AppProps {
  page: PageFacts;
  visitor: Visitor;
  mirror: Mirror;
}

/** The camera opens this late (ms): if a session runs already, its page opens the camera itself, and sooner. */
const cameraDelay = 600;

/** The connection is tested this late (ms) after the link to the clinic is there, for the same reason. */
const reachDelay = 1_000;

/** App is the participant's whole page. */
export function App({ page, visitor, mirror }: AppProps) {
  const ring = useMemo(() => new Ring(), []);
  const reach = useMemo(() => new Reach(exchange(() => page.token)), []);
  const visited = useSignal(false); // the waiting room was shown, or a session was
  const { place, link } = visitor.stay.value;
  const waits = page.connects || page.view.endsWith("_localview");

  useSignalEffect(() => {
    const now = visitor.stay.value.place;
    if (now.at !== "waiting") rememberClinician(now.call.creator);
    if (now.at === "called" && now.asked) ring.start();
    else ring.stop();
    document.title = now.at === "called" && now.asked ? t("participant.title.called", { name: now.call.creator }) : t("participant.title.waiting");
  });
  useEffect(() => {
    if (!waits) return;
    if (place.at === "room") {
      visited.value = true;
      return mirror.close();
    }
    if (link === "badLink" || link === "elsewhere") return mirror.close();
    const timer = setTimeout(() => mirror.open(), visited.peek() ? 0 : cameraDelay);
    return () => clearTimeout(timer);
  }, [place.at === "room", link === "badLink", link === "elsewhere"]);
  useEffect(() => {
    // A link that comes back may have come back on another network: that is tested anew.
    if (!page.connects || link !== "connected" || place.at === "room") return;
    const timer = setTimeout(() => reach.start(), reachDelay);
    return () => {
      clearTimeout(timer);
      reach.stop();
    };
  }, [place.at === "room", link]);
  useEffect(() => {
    const stop = new AbortController();
    keepAwake(stop.signal);
    const look = (): void => {
      if (document.visibilityState === "visible") visitor.check();
    };
    document.addEventListener("visibilitychange", look);
    return () => {
      stop.abort();
      document.removeEventListener("visibilitychange", look);
    };
  }, []);

  return (
    <>
      <LiveRegions />
      {place.at === "room" ? (
        <Session visitor={visitor} call={place.call} source={page.source} />
      ) : page.view.endsWith("_endpoint") ? (
        <Goodbye page={page} />
      ) : page.view.endsWith("_error") ? (
        <Problem what="said" said={page.said} />
      ) : page.token === "" ? (
        <Problem what="incomplete" />
      ) : link === "badLink" ? (
        <Problem what="badLink" />
      ) : link === "elsewhere" ? (
        <Elsewhere onUse={() => visitor.takeOver()} />
      ) : (
        <Waiting page={page} visitor={visitor} mirror={mirror} ring={ring} reach={reach} />
      )}
    </>
  );
}
