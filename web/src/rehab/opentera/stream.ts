/** One event of a text/event-stream. */
export interface StreamEvent {
  event: string;
  data: string;
}

/** StreamParser reads a text/event-stream in pieces as they come (HTML standard, section 9.2.6); comments are skipped. */
export class StreamParser {
  private rest = "";
  private event = "";
  private data: string[] = [];

  push(piece: string): StreamEvent[] {
    const lines = (this.rest + piece).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? "";
    const events: StreamEvent[] = [];
    for (const line of lines) {
      if (line === "") {
        if (this.data.length > 0) events.push({ event: this.event || "message", data: this.data.join("\n") });
        this.event = "";
        this.data = [];
        continue;
      }
      const colon = line.indexOf(":");
      const name = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (name === "event") this.event = value;
      else if (name === "data") this.data.push(value);
    }
    return events;
  }
}

/** A stream that says nothing for this long (ms) is dead: the server writes a line every 15 s. */
const maxSilence = 40_000;

/** readStream calls onEvent for each event until the stream ends, falls silent or signal aborts. It never throws. */
export async function readStream(
  body: ReadableStream<Uint8Array>, onEvent: (e: StreamEvent) => void, signal: AbortSignal,
): Promise<void> {
  const reader = body.getReader();
  const cancel = (): void => void reader.cancel().catch(() => undefined);
  signal.addEventListener("abort", cancel);
  const parser = new StreamParser();
  const decoder = new TextDecoder();
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  try {
    for (;;) {
      watchdog = setTimeout(cancel, maxSilence);
      const { done, value } = await reader.read();
      clearTimeout(watchdog);
      if (done || signal.aborted) return;
      for (const e of parser.push(decoder.decode(value, { stream: true }))) onEvent(e);
    }
  } catch {
    return; // the connection broke; the caller opens the next one
  } finally {
    clearTimeout(watchdog);
    signal.removeEventListener("abort", cancel);
  }
}
