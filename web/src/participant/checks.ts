import type { Input } from "../media/local.ts";
import type { Failure } from "../media/failure.ts";
import type { Finding } from "../reach/reach.ts";
import type { Link } from "./stay.ts";

/** How something that a session needs is doing. */
export type Tone = "good" | "busy" | "todo";

/** A check in the waiting room; `word` has its text in i18n under participant.check.<camera|sound|connection>. */
export interface Check<W extends string> {
  word: W;
  tone: Tone;
  failure?: Failure;
}

type Device = Pick<Input, "opening" | "track" | "failure">;

export type CameraWord = "works" | "opening" | "failed" | "none";
export type SoundWord = "heard" | "listening" | "opening" | "failed" | "none";
export type ConnectionWord = "connected" | "connecting" | "lost" | "offline" | ReachWord;
/** Words about the way to the server; their texts are i18n's of the section "reach". */
export type ReachWord = "checking" | Exclude<Finding["best"], "unknown">;

export function cameraCheck(camera: Device): Check<CameraWord> {
  if (camera.track) return { word: "works", tone: "good" };
  if (camera.opening || !camera.failure) return { word: "opening", tone: "busy" };
  return { word: camera.failure === "notFound" ? "none" : "failed", tone: "todo", failure: camera.failure };
}

/** soundCheck is good once the microphone has heard something. */
export function soundCheck(microphone: Device, heard: boolean): Check<SoundWord> {
  if (microphone.track) return heard ? { word: "heard", tone: "good" } : { word: "listening", tone: "busy" };
  if (microphone.opening || !microphone.failure) return { word: "opening", tone: "busy" };
  return { word: microphone.failure === "notFound" ? "none" : "failed", tone: "todo", failure: microphone.failure };
}

/**
 * connectionCheck is about the link to the clinic first, then about the way that calls take. A test that does not work says
 * nothing: whoever is connected is told so.
 */
export function connectionCheck(link: Link, online: boolean, finding: Finding | undefined, running: boolean): Check<ConnectionWord> {
  if (!online) return { word: "offline", tone: "todo" };
  if (link === "lost") return { word: "lost", tone: "todo" };
  if (link !== "connected") return { word: "connecting", tone: "busy" };
  if (!finding && running) return { word: "checking", tone: "busy" };
  if (!finding || finding.best === "unknown") return { word: "connected", tone: "good" };
  return { word: finding.best, tone: finding.best === "nothing" ? "todo" : "good" };
}
