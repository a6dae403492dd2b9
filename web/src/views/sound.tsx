import { useEffect, useRef } from "preact/hooks";
import { chosen } from "../media/choice.ts";
import { type App, useApp } from "./app.ts";
import { goOn } from "./playing.ts";

/** The output that all sound goes to; "" is the system's. */
let speaker = chosen("speaker")?.id ?? "";
const playing = new Set<HTMLAudioElement>();

/** setSpeaker moves all sound to another output, where the browser can. */
export function setSpeaker(id: string): void {
  speaker = id;
  playing.forEach(route);
}

function route(element: HTMLAudioElement): void {
  if (!("setSinkId" in element)) return;
  element.setSinkId(speaker).catch(() => undefined); // it was unplugged: the system's output goes on
}

/** Sound plays everything that is heard. It shows nothing. */
export function Sound() {
  const app = useApp();
  const { room, soundBlocked } = app;
  const tracks = room.tracks.value.filter((track) => track.kind === "audio");
  // Browsers let a page play once it records, or once the person did something on it.
  const recording = room.local.microphone.value.track ?? room.local.camera.value.track;
  useEffect(() => {
    if (soundBlocked.value) void playAll(app);
  }, [recording]);
  useEffect(() => {
    const again = (): void => void (soundBlocked.value && playAll(app));
    document.addEventListener("pointerup", again);
    document.addEventListener("keyup", again);
    return () => {
      document.removeEventListener("pointerup", again);
      document.removeEventListener("keyup", again);
    };
  }, []);
  return (
    <div hidden>
      {tracks.map((track) => (
        <Audio key={track.media.id} track={track.media} />
      ))}
    </div>
  );
}

function Audio({ track }: { track: MediaStreamTrack }) {
  const { soundBlocked } = useApp();
  const element = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const audio = element.current;
    if (!audio) return;
    playing.add(audio);
    audio.srcObject = new MediaStream([track]);
    route(audio);
    const play = (): void => void plays(audio).then((ok) => ok || (soundBlocked.value = true));
    play();
    const stop = goOn(audio, play);
    return () => {
      stop();
      playing.delete(audio);
      audio.srcObject = null;
    };
  }, [track]);
  return <audio ref={element} autoplay />;
}

/** plays starts an element; false: the browser does not allow it yet. */
async function plays(audio: HTMLAudioElement): Promise<boolean> {
  try {
    await audio.play();
  } catch (error) {
    return !(error instanceof Error && error.name === "NotAllowedError");
  }
  return true;
}

/** playAll tries to start all sound, and notes whether the browser allows it now. */
export async function playAll({ soundBlocked }: App): Promise<void> {
  const results = await Promise.all([...playing].map(plays));
  soundBlocked.value = results.includes(false);
}
