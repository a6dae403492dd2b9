import type { App } from "./app.ts";

/** listenToKeys makes M and V switch microphone and camera, unless the key is meant for a field or a dialog. */
export function listenToKeys(app: App, signal: AbortSignal): void {
  const { local } = app.room;
  document.addEventListener(
    "keydown",
    (e) => {
      if (e.ctrlKey || e.altKey || e.metaKey || e.repeat || app.dialog.value || typing(e.target)) return;
      if (e.key === "m" || e.key === "M") void local.setMicrophone(!local.microphone.value.on);
      else if (e.key === "v" || e.key === "V") void local.setCamera(!local.camera.value.on);
    },
    { signal },
  );
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName));
}
