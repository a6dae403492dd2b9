import { chosen, defaultCamera, pick } from "./choice.ts";
import { failure, InsecureError, type Failure } from "./failure.ts";
import type { MediaKind } from "../signaling/messages.ts";

/** The devices present. Labels are empty until a permission was given. */
export interface Devices {
  cameras: MediaDeviceInfo[];
  microphones: MediaDeviceInfo[];
  /** Empty where the browser lets no page choose (Safari, Firefox before 116). */
  speakers: MediaDeviceInfo[];
}

export const noDevices: Devices = { cameras: [], microphones: [], speakers: [] };

function mediaDevices(): MediaDevices {
  // Absent on pages without https, which the types do not say.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices?.getUserMedia) throw new InsecureError("no mediaDevices");
  return devices;
}

/** listDevices returns what is plugged in; infrared sensors of laptops are no cameras. */
export async function listDevices(): Promise<Devices> {
  let all: MediaDeviceInfo[];
  try {
    all = await mediaDevices().enumerateDevices();
  } catch {
    return noDevices;
  }
  const of = (kind: MediaDeviceKind) => all.filter((d) => d.kind === kind && d.deviceId !== "communications");
  return {
    cameras: of("videoinput").filter((d) => !/ IR /.test(` ${d.label} `)),
    microphones: of("audioinput"),
    speakers: canChooseSpeaker() ? of("audiooutput") : [],
  };
}

/** canChooseSpeaker reports whether the browser can play on a chosen output. */
export function canChooseSpeaker(): boolean {
  return typeof HTMLMediaElement !== "undefined" && "setSinkId" in HTMLMediaElement.prototype;
}

function audioConstraints(device: string | undefined): MediaTrackConstraints {
  return {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    ...(device ? { deviceId: { exact: device } } : {}),
  };
}

function videoConstraints(device: string | undefined): MediaTrackConstraints {
  return {
    width: { ideal: 1280 },
    height: { ideal: 720 },
    frameRate: { ideal: 30, max: 30 },
    ...(device ? { deviceId: { exact: device } } : { facingMode: "user" }),
  };
}

/** openOne opens one device; without an id, the remembered one or the default. */
export async function openOne(kind: MediaKind, id?: string): Promise<MediaStreamTrack> {
  const devices = mediaDevices();
  const device = id ?? (await preferred(kind));
  const constraints = kind === "audio" ? { audio: audioConstraints(device) } : { video: videoConstraints(device) };
  try {
    return only(await devices.getUserMedia(constraints));
  } catch (error) {
    if (id !== undefined) throw error; // exactly this one was asked for
    const found = await another(kind, device, error);
    if (found) return found;
    throw error;
  }
}

/** another tries the other devices of this kind when the preferred one is taken, broken or gone. */
async function another(kind: MediaKind, tried: string | undefined, error: unknown): Promise<MediaStreamTrack | undefined> {
  if (!["notReadable", "overconstrained", "abort"].includes(failure(error))) return undefined;
  const all = await listDevices();
  for (const d of kind === "audio" ? all.microphones : all.cameras) {
    if (d.deviceId === "" || d.deviceId === tried) continue;
    try {
      const constraints =
        kind === "audio" ? { audio: audioConstraints(d.deviceId) } : { video: videoConstraints(d.deviceId) };
      return only(await mediaDevices().getUserMedia(constraints));
    } catch {
      continue; // the first error is the one to tell
    }
  }
  return undefined;
}

async function preferred(kind: MediaKind): Promise<string | undefined> {
  const all = await listDevices();
  const device =
    kind === "audio"
      ? pick(all.microphones, chosen("microphone"))
      : (pick(all.cameras, chosen("camera")) ?? defaultCamera(all.cameras));
  return device?.deviceId || undefined;
}

function only(stream: MediaStream): MediaStreamTrack {
  const track = stream.getTracks()[0];
  if (!track) throw new DOMException("no track", "AbortError");
  return track;
}

/** What opening camera and microphone gave: either track may be missing, with the reason. */
export interface Opened {
  audio?: MediaStreamTrack;
  video?: MediaStreamTrack;
  failures: Partial<Record<MediaKind, Failure>>;
}

/**
 * openBoth asks for camera and microphone at once, so that the person answers one question; when that fails it tries
 * each alone, as long as this does not ask again somebody who just said no.
 */
export async function openBoth(): Promise<Opened> {
  try {
    const [audio, video] = await Promise.all([preferred("audio"), preferred("video")]);
    const stream = await mediaDevices().getUserMedia({ audio: audioConstraints(audio), video: videoConstraints(video) });
    return { audio: stream.getAudioTracks()[0], video: stream.getVideoTracks()[0], failures: {} };
  } catch (error) {
    const opened: Opened = { failures: {} };
    for (const kind of ["audio", "video"] as const) {
      try {
        if (!(await mayTry(kind, error))) throw error;
        opened[kind] = await openOne(kind);
      } catch (alone) {
        opened.failures[kind] = failure(alone);
      }
    }
    return opened;
  }
}

/** mayTry reports whether one kind alone can be tried after both together failed with error. */
async function mayTry(kind: MediaKind, error: unknown): Promise<boolean> {
  if (failure(error) === "insecure") return false;
  if (failure(error) !== "notAllowed" && failure(error) !== "system") return true;
  // Refused. The other kind may have been allowed before, and opens without a question.
  return (await permission(kind)) === "granted";
}

/** permission returns the state of a permission, or "unknown" where the browser does not tell. */
export async function permission(kind: MediaKind): Promise<PermissionState | "unknown"> {
  try {
    const name = (kind === "audio" ? "microphone" : "camera") as PermissionName;
    return (await navigator.permissions.query({ name })).state;
  } catch {
    return "unknown";
  }
}
