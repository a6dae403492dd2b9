import { useEffect, useRef } from "preact/hooks";
import { chosen } from "../media/choice.ts";
import { useApp } from "./app.ts";

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
  const { room } = useApp();
  const tracks = room.tracks.value.filter((track) => track.kind === "audio");
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
    play(audio, (blocked) => blocked && (soundBlocked.value = true));
    return () => {
      playing.delete(audio);
      audio.srcObject = null;
    };
  }, [track]);
  return <audio ref={element} autoplay />;
}

function play(audio: HTMLAudioElement, done: (blocked: boolean) => void): void {
  audio.play().then(
    () => done(false),
    (error: unknown) => done(error instanceof Error && error.name === "NotAllowedError"),
  );
}

/** playAll starts all sound; it has to be called from a press of the person. */
export function playAll(): void {
  playing.forEach((audio) => play(audio, () => undefined));
}
