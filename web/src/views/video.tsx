import { useEffect, useRef, useState } from "preact/hooks";

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

  useEffect(() => {
    const element = video.current;
    if (!element) return;
    onElement?.(element);
    element.srcObject = new MediaStream([track]);
    element.play().catch(() => undefined); // muted video may always play; an error means it was replaced meanwhile
    const came = (): void => {
      setHeld(false);
      onPicture?.(true);
    };
    element.addEventListener("loadeddata", came);
    return () => {
      keep(element, still.current);
      setHeld(true);
      element.removeEventListener("loadeddata", came);
      onElement?.(null);
    };
  }, [track]);

  useEffect(() => {
    if (!frozen) return;
    keep(video.current, still.current);
    setHeld(true);
    return () => {
      if (video.current?.readyState === HTMLMediaElement.HAVE_ENOUGH_DATA) setHeld(false);
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

/** keep draws the current picture of video, if it has one. */
function keep(video: HTMLVideoElement | null, canvas: HTMLCanvasElement | null): void {
  if (!video?.videoWidth || !canvas) return;
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
}
