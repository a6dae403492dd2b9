import type { App } from "./app.ts";

/** switchMicrophone turns the own microphone on or off. What then fails is explained again. */
export function switchMicrophone({ room, helpDismissed }: App): void {
  helpDismissed.value = false;
  void room.local.setMicrophone(!room.local.microphone.value.on);
}

/** switchCamera turns the own camera on or off. */
export function switchCamera({ room, helpDismissed }: App): void {
  helpDismissed.value = false;
  void room.local.setCamera(!room.local.camera.value.on);
}
