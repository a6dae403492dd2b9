import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

/** What the session page in the frame tells the page around it. */
export interface RoomMessage {
  event: "ready" | "joined" | "left" | "ended" | "invite";
  detail?: { reason?: unknown; text?: unknown };
}

interface RoomFrameProps {
  /** Same-origin address of the session page. The frame is loaded again only when it changes. */
  url: string;
  title: string;
  onMessage: (m: RoomMessage) => void;
  /** Whether this page can invite people to the session; the session page then shows a button for it. */
  canInvite?: boolean;
  /** Called when the page in the frame does not say that it is there. */
  onSilent?: () => void;
}

/** How long (ms) the session page may take to load. */
const patience = 12_000;

/**
 * What the session page may do. 'src' is what no list means; beside it 'self', because Chromium takes an origin that is an
 * IPv6 address for none at all, and refused the camera there.
 */
const allow = ["camera", "microphone", "display-capture", "autoplay", "fullscreen", "speaker-selection", "picture-in-picture", "screen-wake-lock"]
  .map((feature) => `${feature} 'self' 'src'`)
  .join("; ");

/** RoomFrame is the session page, filling what is around it. */
export function RoomFrame({ url, title, onMessage, canInvite = false, onSilent }: RoomFrameProps) {
  const frame = useRef<HTMLIFrameElement>(null);
  const heard = useSignal(false);
  useEffect(() => {
    heard.value = false;
    const receive = (e: MessageEvent<unknown>): void => {
      if (e.origin !== location.origin || e.source !== frame.current?.contentWindow) return;
      const m = roomMessage(e.data);
      if (!m) return;
      heard.value = true;
      if (m.event === "ready") frame.current?.contentWindow?.postMessage({ gotera: "host", command: "hello", canInvite }, location.origin);
      onMessage(m);
    };
    addEventListener("message", receive);
    const timer = setTimeout(() => {
      if (!heard.value) onSilent?.();
    }, patience);
    frame.current?.focus();
    const element = frame.current;
    return () => {
      removeEventListener("message", receive);
      clearTimeout(timer);
      // The others learn at once that this page has gone, instead of waiting for it to come back.
      element?.contentWindow?.postMessage({ gotera: "host", command: "leave" }, location.origin);
    };
  }, [url]);
  return (
    <iframe
      ref={frame} class="room-frame" key={url} src={url} title={title}
      allow={allow}
    />
  );
}

/** roomMessage checks that data is a message of the session page. */
export function roomMessage(data: unknown): RoomMessage | undefined {
  if (typeof data !== "object" || data === null || !("gotera" in data) || data.gotera !== "room" || !("event" in data)) return undefined;
  const known: readonly RoomMessage["event"][] = ["ready", "joined", "left", "ended", "invite"];
  const event = known.find((k) => k === data.event);
  if (!event) return undefined;
  const detail = "detail" in data && typeof data.detail === "object" && data.detail !== null ? data.detail : {};
  return { event, detail };
}
