import type { App } from "./app.ts";
import { switchCamera, switchMicrophone } from "./switch.ts";

/** listenToKeys makes M and V switch microphone and camera, unless the key is meant for a field or a dialog. */
export function listenToKeys(app: App, signal: AbortSignal): void {
  document.addEventListener(
    "keydown",
    (e) => {
      if (e.ctrlKey || e.altKey || e.metaKey || e.repeat || app.dialog.value || typing(e.target)) return;
      if (e.key === "m" || e.key === "M") switchMicrophone(app);
      else if (e.key === "v" || e.key === "V") switchCamera(app);
    },
    { signal },
  );
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName));
}
