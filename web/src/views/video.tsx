import { useEffect, useRef, useState } from "preact/hooks";
import { goOn } from "./playing.ts";

interface VideoProps {
  track: MediaStreamTrack;
  /** Keep showing the last picture: the connection is interrupted. */
  frozen?: boolean;
  mirror?: boolean;
  /** What it shows, for screen readers. */
  label: string;
  /** Called when pictures come, and when they are missing again. */
  onPicture?: (there: boolean) => void;
  onElement?: (video: HTMLVideoElement | null) => void;
}

/**
 * Video shows a track, without its sound. When it is frozen, or its track is replaced, the last picture stays until the
 * next one is there.
 */
export function Video({ track, frozen, mirror, label, onPicture, onElement }: VideoProps) {
  const video = useRef<HTMLVideoElement>(null);
  const still = useRef<HTMLCanvasElement>(null);
  const [held, setHeld] = useState(false);
  const heldNow = useRef(false); // held, for what runs outside of rendering

  function hold(): void {
    // What is kept already is better than what a dead track shows.
    if (!heldNow.current) keep(video.current, still.current);
    heldNow.current = true;
    setHeld(true);
  }
  function release(): void {
    heldNow.current = false;
    setHeld(false);
  }

  useEffect(() => {
    const element = video.current;
    if (!element) return;
    onElement?.(element);
    element.srcObject = new MediaStream([track]);
    const play = (): void => void element.play().catch(() => undefined); // muted video may always play; an error means it was replaced meanwhile
    play();
    const stop = goOn(element, play);
    const came = (): void => {
      release();
      onPicture?.(true);
    };
    element.addEventListener("loadeddata", came);
    return () => {
      stop();
      hold();
      element.removeEventListener("loadeddata", came);
      onElement?.(null);
    };
  }, [track]);

  useEffect(() => {
    if (!frozen) return;
    hold();
    return () => {
      if (alive(video.current)) release(); // otherwise the next track does
    };
  }, [frozen]);

  const names = mirror ? "picture mirror" : "picture";
  return (
    <>
      <video ref={video} class={names} muted autoplay playsInline aria-label={label} disablePictureInPicture />
      <canvas ref={still} class={`${names} still`} hidden={!held && !frozen} aria-hidden="true" />
    </>
  );
}

/** alive reports whether a video shows pictures of a track that goes on. */
function alive(video: HTMLVideoElement | null): boolean {
  const stream = video?.srcObject;
  const goesOn = stream instanceof MediaStream && stream.getTracks().some((t) => t.readyState === "live");
  return goesOn && (video?.readyState ?? 0) >= HTMLMediaElement.HAVE_CURRENT_DATA;
}

/** keep draws the current picture of video, if it has one. */
function keep(video: HTMLVideoElement | null, canvas: HTMLCanvasElement | null): void {
  if (!video?.videoWidth || !canvas) return;
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
}
