import { signal } from "@preact/signals";
import { permission } from "../media/devices.ts";
import { LocalMedia } from "../media/local.ts";
import { LevelMeter } from "../media/meter.ts";

/** A voice is above this level (0 to 1). */
const voice = 0.25;

/**
 * Mirror opens camera and microphone for the waiting room and closes them before a session, whose page opens them itself:
 * some devices serve only one page at a time.
 */
export class Mirror {
  readonly media = signal<LocalMedia | undefined>(undefined);
  /** The microphone's level, 0 to 1, in steps that are worth drawing. */
  readonly level = signal(0);
  /** Something was heard since the page was opened. */
  readonly heard = signal(false);
  private meter: LevelMeter | undefined;
  private measured: MediaStreamTrack | undefined;
  private timer: ReturnType<typeof setInterval> | undefined;
  private watched = false;

  open(): void {
    if (this.media.value) return;
    const media = new LocalMedia(() => this.listen());
    this.media.value = media;
    // The session page may be closing the camera just now.
    void media.start().then(() => setTimeout(() => this.media.value === media && this.retryTaken(), 1_000));
    this.watchPermissions();
  }

  close(): void {
    this.quiet();
    this.media.value?.close();
    this.media.value = undefined;
  }

  /** retry opens again what did not open. */
  retry(): void {
    const media = this.media.value;
    if (!media) return;
    const { camera, microphone } = media;
    if (camera.value.opening || microphone.value.opening) return;
    if (camera.value.failure && microphone.value.failure) void media.start();
    else if (camera.value.failure) void media.setCamera(true);
    else if (microphone.value.failure) void media.setMicrophone(true);
  }

  private retryTaken(): void {
    const { camera, microphone } = this.media.value ?? {};
    if (camera?.value.failure === "notReadable" || microphone?.value.failure === "notReadable") this.retry();
  }

  /** wake lets the level be measured where browsers wait for a press before they run sound. */
  wake(): void {
    if (!this.heard.value && this.measured) {
      this.quiet();
      this.listen();
    }
  }

  private listen(): void {
    const track = this.media.value?.microphone.value.track;
    if (track === this.measured) return;
    this.quiet();
    if (!track) return;
    this.measured = track;
    this.meter = new LevelMeter(track);
    this.timer = setInterval(() => {
      const level = Math.round((this.meter?.level() ?? 0) * 20) / 20;
      this.level.value = level;
      if (level > voice) this.heard.value = true;
    }, 60);
  }

  private quiet(): void {
    clearInterval(this.timer);
    this.meter?.close();
    this.meter = undefined;
    this.measured = undefined;
    this.level.value = 0;
  }

  /** watchPermissions opens what was refused as soon as the person allows it in the browser, without another press. */
  private watchPermissions(): void {
    if (this.watched) return;
    this.watched = true;
    for (const name of ["camera", "microphone"]) {
      navigator.permissions
        ?.query({ name: name as PermissionName })
        .then((state) => {
          state.onchange = () => {
            if (state.state === "granted") setTimeout(() => this.retry(), 200);
          };
        })
        .catch(() => undefined); // this browser does not tell: there is a button
    }
    setInterval(() => void this.allowedMeanwhile(), 3_000);
    // Whoever closes the other program that has the camera comes back to this page.
    addEventListener("focus", () => this.retry());
  }

  /** allowedMeanwhile serves browsers that tell the state but not its changes. */
  private async allowedMeanwhile(): Promise<void> {
    const media = this.media.value;
    if (!media) return;
    for (const [kind, input] of [["video", media.camera], ["audio", media.microphone]] as const) {
      if (input.value.failure === "notAllowed" && (await permission(kind)) === "granted") return this.retry();
    }
  }
}
