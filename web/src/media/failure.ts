/** Why a camera, a microphone or a screen did not open; each word has its text in i18n under room.failure. */
export type Failure =
  | "notAllowed" // the person or the browser's settings said no
  | "system" // the operating system does not let this browser use it
  | "notFound" // none is plugged in
  | "notReadable" // another program has it, or it is broken
  | "overconstrained" // the chosen one is no longer there or cannot do what was asked
  | "security" // the page may not use devices here (a frame without permission, a policy)
  | "insecure" // the page was not opened with https
  | "abort" // it stopped while opening
  | "other";

/** failure gives the reason behind an error of getUserMedia or getDisplayMedia. */
export function failure(error: unknown): Failure {
  const { name, message } = error instanceof Error ? error : { name: "", message: "" };
  switch (name) {
    case "NotAllowedError":
    case "PermissionDeniedError":
      return /system/i.test(message) ? "system" : "notAllowed";
    case "NotFoundError":
    case "DevicesNotFoundError":
      return "notFound";
    case "NotReadableError":
    case "TrackStartError":
      return "notReadable";
    case "OverconstrainedError":
    case "ConstraintNotSatisfiedError":
      return "overconstrained";
    case "SecurityError":
      return "security";
    case "AbortError":
      return "abort";
    case "InsecureError":
      return "insecure";
    default:
      return "other";
  }
}

/** InsecureError is thrown where the browser has no mediaDevices: pages not opened with https. */
export class InsecureError extends Error {
  override name = "InsecureError";
}
