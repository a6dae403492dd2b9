import { signal } from "@preact/signals-core";
import { chosen, pick, remember } from "./choice.ts";
import { listDevices, noDevices, openBoth, openOne } from "./devices.ts";
import { failure, type Failure } from "./failure.ts";
import type { MediaKind, Source } from "../signaling/messages.ts";
import { silenced, stuck } from "./rest.ts";
import { type Slot, slots } from "./slots.ts";

/** One of this page's own devices. */
export interface Input {
  /** Whether it is on for the others. */
  on: boolean;
  /** It is being opened: the browser may be asking the person. */
  opening: boolean;
  track: MediaStreamTrack | undefined;
  /** Why it could not be opened, or why it stopped by itself. */
  failure: Failure | undefined;
}

const off: Input = { on: false, opening: false, track: undefined, failure: undefined };

/**
 * LocalMedia owns this page's microphone, cameras and screen share. A muted microphone stays open (speaking again has to
 * be instant); a camera that is switched off is closed, so that its light goes out.
 */
export class LocalMedia {
  readonly microphone = signal<Input>(off);
  readonly camera = signal<Input>(off);
  readonly camera2 = signal<Input>(off);
  readonly screen = signal<Input>(off);
  readonly devices = signal(noDevices);
  private screenAudio: MediaStreamTrack | undefined;
  private closed = false;
  private hadCamera = false;
  /** Inputs of which it is being found out whether they have to be opened again. */
  private readonly doubted = new Set<InputSignal>();
  /** How often each input was opened or shut: what an earlier opening brings is not wanted any more. */
  private readonly turns = new Map<InputSignal, number>();
  /** What the person wants to be on, also while a device is opening or missing. */
  private readonly wanted = { microphone: true, camera: true };

  /** changed is called after anything that concerns what is sent to the room. */
  constructor(private readonly changed: () => void) {
    navigator.mediaDevices?.addEventListener?.("devicechange", this.deviceChange);
  }

  /** start opens camera and microphone; what cannot be opened is told in the input's failure. */
  async start(): Promise<void> {
    patch(this.microphone, { opening: true, failure: undefined });
    patch(this.camera, { opening: true, failure: undefined });
    const [microphone, camera] = [this.turn(this.microphone), this.turn(this.camera)];
    const opened = await openBoth();
    this.use(this.microphone, opened.audio, opened.failures.audio, microphone);
    this.use(this.camera, opened.video, opened.failures.video, camera);
    await this.refresh();
  }

  async setMicrophone(on: boolean): Promise<void> {
    const { track, opening } = this.microphone.value;
    this.wanted.microphone = on;
    if (opening) return; // use takes the wish into account
    if (on && !track) return this.reopen(this.microphone, () => openOne("audio"));
    if (track) track.enabled = on;
    patch(this.microphone, { on: on && track !== undefined });
    this.changed();
  }

  async setCamera(on: boolean): Promise<void> {
    this.wanted.camera = on;
    if (this.camera.value.opening) return;
    if (on) return this.reopen(this.camera, () => openOne("video"));
    this.shut(this.camera);
  }

  /** setCamera2 sends a second camera beside the first; without an id, the remembered one or any that is not the first. */
  async setCamera2(on: boolean, id?: string): Promise<void> {
    if (!on) return this.shut(this.camera2);
    const device = id ?? this.secondCamera();
    if (!device) return patch(this.camera2, { failure: "notFound" });
    const first = this.camera.value.track;
    await this.reopen(this.camera2, () => openOne("video", device));
    this.keep("camera2", device);
    if (first && this.camera2.value.on && (await silenced(first))) await this.giveUpCamera2(first);
  }

  /** giveUpCamera2 goes back to the first camera where only one can be open at a time. */
  private async giveUpCamera2(first: MediaStreamTrack): Promise<void> {
    this.shut(this.camera2);
    patch(this.camera2, { failure: "notReadable" });
    if (this.camera.value.track === first) await this.restart("camera", "video");
  }

  /** startScreen has to be called from a press of the person. Cancelling the browser's question is no failure. */
  async startScreen(): Promise<void> {
    patch(this.screen, { opening: true, failure: undefined });
    try {
      const stream = await navigator.mediaDevices.getDisplayMedia({
        video: { frameRate: { ideal: 10, max: 15 } },
        audio: true,
      });
      if (this.closed) return stream.getTracks().forEach((track) => track.stop());
      this.screenAudio = stream.getAudioTracks()[0];
      this.use(this.screen, stream.getVideoTracks()[0], undefined);
    } catch (error) {
      const why = failure(error);
      patch(this.screen, { opening: false, failure: why === "notAllowed" ? undefined : why });
    }
  }

  stopScreen(): void {
    this.screenAudio?.stop();
    this.screenAudio = undefined;
    this.shut(this.screen);
  }

  async chooseCamera(id: string): Promise<void> {
    this.keep("camera", id);
    if (this.wanted.camera) await this.reopen(this.camera, () => openOne("video", id));
  }

  async chooseMicrophone(id: string): Promise<void> {
    this.keep("microphone", id);
    await this.reopen(this.microphone, () => openOne("audio", id));
  }

  /** restart opens a device anew that is on and of which the room gets nothing. A screen needs a press of the person. */
  async restart(source: Source, kind: MediaKind): Promise<void> {
    if (source === "screen") return;
    const input = kind === "audio" ? this.microphone : source === "camera" ? this.camera : this.camera2;
    const { on, opening, track } = input.value;
    if (!on || opening || !track || this.doubted.has(input)) return; // the room asks again and again
    this.doubted.add(input);
    const again = await stuck(track);
    this.doubted.delete(input);
    if (!again || input.value.track !== track || input.value.opening) return; // meanwhile
    const { deviceId } = track.getSettings();
    await this.reopen(input, () => openOne(kind, deviceId));
  }

  /** outgoing is what the room should be sent now. */
  outgoing(): Map<Slot, { track: MediaStreamTrack | undefined; active: boolean }> {
    const tracks: Record<Slot, MediaStreamTrack | undefined> = {
      "camera:audio": this.microphone.value.track,
      "camera:video": this.camera.value.track,
      "camera2:video": this.camera2.value.track,
      "screen:video": this.screen.value.track,
      "screen:audio": this.screenAudio,
    };
    // A camera that was on and is off keeps its m-line, so that switching it on again needs no negotiation.
    return new Map(
      slots.map((s) => [s, { track: tracks[s], active: tracks[s] !== undefined || (s === "camera:video" && this.hadCamera) }]),
    );
  }

  close(): void {
    this.closed = true;
    navigator.mediaDevices?.removeEventListener?.("devicechange", this.deviceChange);
    for (const input of [this.microphone, this.camera, this.camera2, this.screen]) input.value.track?.stop();
    this.screenAudio?.stop();
  }

  private async reopen(input: InputSignal, open: () => Promise<MediaStreamTrack>): Promise<void> {
    if (this.closed) return;
    patch(input, { opening: true, failure: undefined });
    const turn = this.turn(input);
    const before = input.value.track;
    before?.stop(); // some systems open a device only once
    try {
      this.use(input, await open(), undefined, turn);
    } catch (error) {
      this.use(input, undefined, failure(error), turn);
    }
    await this.refresh();
  }

  /** turn begins to open or shut an input, in place of what was begun before. */
  private turn(input: InputSignal): number {
    const next = (this.turns.get(input) ?? 0) + 1;
    this.turns.set(input, next);
    return next;
  }

  /** use takes an opened track (or none, with the reason) as an input's, unless another turn was begun since. */
  private use(input: InputSignal, track: MediaStreamTrack | undefined, why: Failure | undefined, turn = this.turn(input)): void {
    if (this.closed || turn !== this.turns.get(input)) return track?.stop();
    if (track && input === this.camera && !this.wanted.camera) {
      track.stop(); // switched off while it was opening
      return this.shut(input);
    }
    const on = track !== undefined && (input !== this.microphone || this.wanted.microphone);
    if (track) {
      track.enabled = on;
      track.contentHint = input === this.screen ? "detail" : track.kind === "video" ? "motion" : "speech";
      track.addEventListener("ended", () => this.ended(input, track));
      if (input === this.camera) this.hadCamera = true;
    }
    input.value = { on, opening: false, track, failure: track ? undefined : (why ?? "notFound") };
    this.changed();
  }

  /** ended hears of a device that was unplugged or taken away, and of a share stopped from the browser's own bar. */
  private ended(input: InputSignal, track: MediaStreamTrack): void {
    if (input.value.track !== track) return;
    if (input === this.screen) return this.stopScreen();
    input.value = { ...off, failure: "abort" };
    this.changed();
    void this.replaceLost(input);
  }

  /** replaceLost goes on with another device when the one in use was unplugged. */
  private async replaceLost(input: InputSignal): Promise<void> {
    await this.refresh();
    const { cameras, microphones } = this.devices.value;
    if (input === this.microphone && microphones.length > 0) await this.reopen(input, () => openOne("audio"));
    if (input === this.camera && cameras.length > 0) await this.reopen(input, () => openOne("video"));
  }

  private shut(input: InputSignal): void {
    this.turn(input);
    input.value.track?.stop();
    input.value = off;
    this.changed();
  }

  private async refresh(): Promise<void> {
    const found = await listDevices();
    if (!this.closed) this.devices.value = found;
  }

  /** deviceChange opens a microphone or camera that was missing so far and has been plugged in. */
  private readonly deviceChange = async (): Promise<void> => {
    const before = this.devices.value;
    await this.refresh();
    const { cameras, microphones } = this.devices.value;
    // One that was pulled out is listed a moment longer: to open it then fails as if it were broken.
    const missing = (input: InputSignal) => ["notFound", "abort", "notReadable", "overconstrained"].includes(input.value.failure ?? "");
    if (missing(this.microphone) && microphones.length > before.microphones.length) {
      await this.reopen(this.microphone, () => openOne("audio"));
    }
    if (missing(this.camera) && cameras.length > before.cameras.length) {
      await this.reopen(this.camera, () => openOne("video"));
    }
  };

  private secondCamera(): string | undefined {
    const first = this.camera.value.track?.getSettings().deviceId;
    const others = this.devices.value.cameras.filter((d) => d.deviceId !== "" && d.deviceId !== first);
    return (pick(others, chosen("camera2")) ?? others[0])?.deviceId;
  }

  private keep(role: "camera" | "microphone" | "camera2", id: string): void {
    const { cameras, microphones } = this.devices.value;
    const device = [...cameras, ...microphones].find((d) => d.deviceId === id);
    remember(role, { id, label: device?.label ?? "" });
  }
}

type InputSignal = LocalMedia["microphone"];

function patch(input: InputSignal, change: Partial<Input>): void {
  input.value = { ...input.value, ...change };
}
