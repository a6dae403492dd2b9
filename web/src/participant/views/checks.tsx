import { CircleCheck, RotateCw, TriangleAlert, Volume2 } from "lucide";
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { Tried } from "../../media/connectivity.ts";
import type { Failure } from "../../media/failure.ts";
import { off } from "./nothing.ts";
import type { Ring } from "../../rehab/ring.ts";
import { Button } from "../../ui/button.tsx";
import { Icon } from "../../ui/icon.tsx";
import { AddressBar } from "../../views/addressbar.tsx";
import { browserOf } from "../../views/browser.ts";
import { t as room } from "../../views/text.ts";
import type { Reach } from "../../reach/reach.ts";
import { t as reachText } from "../../reach/text.ts";
import { Findings } from "../../reach/views/findings.tsx";
import { findingWords } from "../../reach/words.ts";
import { cameraCheck, connectionCheck, type ConnectionWord, soundCheck, type Tone } from "../checks.ts";
import type { Mirror } from "../mirror.ts";
import { t } from "../text.ts";
import type { Visitor } from "../visitor.ts";
import type { PageFacts } from "./app.tsx";

interface ChecksProps {
  page: PageFacts;
  visitor: Visitor;
  mirror: Mirror;
  ring: Ring;
  reach: Reach;
}

/** Checks says in words whether camera, sound and connection are ready, and what to do about each that is not. */
export function Checks({ page, visitor, mirror, ring, reach }: ChecksProps) {
  const online = useOnline();
  const media = mirror.media.value;
  const camera = cameraCheck(media?.camera.value ?? off);
  const sound = soundCheck(media?.microphone.value ?? off, mirror.heard.value);
  const connection = connectionCheck(visitor.stay.value.link, online, reach.finding.value, reach.running.value);
  const both = camera.failure !== undefined && camera.failure === sound.failure;
  const retry = (): void => mirror.retry();
  return (
    <ul class="checks" aria-label={t("participant.check.title")}>
      <Line tone={camera.tone} title={t(`participant.check.camera.${camera.word}`)}>
        {camera.failure && <How failure={camera.failure} missing={both ? "both" : "video"} onRetry={retry} />}
      </Line>
      <Line tone={sound.tone} title={t(`participant.check.sound.${sound.word}`)}>
        {sound.failure && !both && <How failure={sound.failure} missing="audio" onRetry={retry} />}
        <Button class="test-sound" icon={Volume2} onClick={() => ring.test()}>
          {t("participant.check.test")}
        </Button>
      </Line>
      {page.connects && (
        <Line tone={connection.tone} title={connectionWords(connection.word, reach.finding.value?.tried ?? [])}>
          {(connection.word === "offline" || connection.word === "lost") && <p>{t("participant.check.connection.how")}</p>}
          {visitor.stay.value.link === "connected" && online && <Findings reach={reach} socket />}
        </Line>
      )}
    </ul>
  );
}

function connectionWords(word: ConnectionWord, tried: Tried[]): string {
  switch (word) {
    case "connected":
    case "connecting":
    case "lost":
    case "offline":
      return t(`participant.check.connection.${word}`);
    case "checking":
      return reachText("reach.checking");
    default:
      return findingWords({ best: word, tried });
  }
}

function Line({ tone, title, children }: { tone: Tone; title: string; children?: ComponentChildren }) {
  return (
    <li class={`check-line ${tone}`}>
      {tone === "busy" ? <span class="spinner" aria-hidden="true" /> : <Icon of={tone === "good" ? CircleCheck : TriangleAlert} />}
      <div class="check-words">
        <p class="strong" role="status">
          {title}
        </p>
        {children}
      </div>
    </li>
  );
}

/** How shows what to press in this browser, or what else to do; the words are those of the session page. */
function How({ failure, missing, onRetry }: { failure: Failure; missing: "video" | "audio" | "both"; onRetry: () => void }) {
  const browser = browserOf(navigator.userAgent, navigator.maxTouchPoints);
  const device = room(`room.device.${missing}`);
  return (
    <div class="how">
      <p>{room(`room.failure.${failure}.title`, { device })}</p>
      {failure === "notAllowed" && <AddressBar browser={browser} />}
      <p>{failure === "notAllowed" ? room(`room.how.${browser}`) : room(`room.failure.${failure}.text`, { device })}</p>
      {missing === "video" && <p>{t("participant.check.soundOnly")}</p>}
      {failure !== "insecure" && failure !== "security" && (
        <Button kind="primary" icon={RotateCw} onClick={onRetry}>
          {room("room.tryAgain")}
        </Button>
      )}
    </div>
  );
}

/** useOnline says whether the device has a network at all. */
function useOnline(): boolean {
  const online = useSignal(navigator.onLine);
  useEffect(() => {
    const changed = (): void => void (online.value = navigator.onLine);
    addEventListener("online", changed);
    addEventListener("offline", changed);
    return () => {
      removeEventListener("online", changed);
      removeEventListener("offline", changed);
    };
  }, []);
  return online.value;
}
