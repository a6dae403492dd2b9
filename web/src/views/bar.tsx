import { Camera, CameraOff, Ellipsis, LayoutGrid, LogOut, Maximize, Mic, MicOff, MonitorUp, MonitorX, OctagonX, Settings2, SwitchCamera, ALargeSmall, Languages, type IconNode } from "lucide";
import { lang, setLang } from "../i18n/i18n.ts";
import type { Input } from "../media/local.ts";
import { Icon } from "../ui/icon.tsx";
import { Menu, type MenuEntry } from "../ui/menu.tsx";
import { type App, useApp } from "./app.ts";
import { compact } from "./size.ts";
import { switchCamera, switchMicrophone } from "./switch.ts";
import { t } from "./text.ts";

/** Bar is the row of buttons below the stage. */
export function Bar() {
  const app = useApp();
  const { room, page } = app;
  const { microphone, camera, screen, camera2 } = room.local;
  const roomy = page === "users" && !compact.value;
  return (
    <footer class="bar" aria-label={t("room.controls")}>
      <div class="bar-group">
        <Toggle
          icon={microphone.value.on ? Mic : MicOff}
          label={t("room.microphone")}
          state={word(microphone.value, t("room.on"), t("room.off"))}
          input={microphone.value}
          keys="M"
          title={t("room.shortcut.microphone")}
          onPress={() => switchMicrophone(app)}
        />
        <Toggle
          icon={camera.value.on ? Camera : CameraOff}
          label={t("room.camera")}
          state={word(camera.value, t("room.cameraOn"), t("room.cameraOff"))}
          input={camera.value}
          keys="V"
          title={t("room.shortcut.camera")}
          onPress={() => switchCamera(app)}
        />
        {roomy && canShareScreen() && (
          <BarButton
            icon={screen.value.on ? MonitorX : MonitorUp}
            label={screen.value.on ? t("room.stopShare") : t("room.shareScreen")}
            pressed={screen.value.on}
            onPress={() => toggleScreen(app)}
          />
        )}
        {roomy && hasSecondCamera(app) && (
          <BarButton
            icon={SwitchCamera}
            label={camera2.value.on ? t("room.stopCamera2") : t("room.camera2")}
            pressed={camera2.value.on}
            onPress={() => void room.local.setCamera2(!camera2.value.on)}
          />
        )}
        {roomy && (
          <Menu class="bar-button" entries={layoutEntries(app)} up align="centre">
            <Icon of={LayoutGrid} />
            <span class="bar-label">{t("room.layout")}</span>
          </Menu>
        )}
        <Menu class="bar-button" entries={moreEntries(app, roomy)} up align={roomy ? "centre" : "right"}>
          <Icon of={Ellipsis} />
          <span class="bar-label">{t("room.more")}</span>
        </Menu>
      </div>
      <div class="bar-group">
        <button type="button" class="bar-button leave" onClick={() => room.leave()}>
          <Icon of={LogOut} />
          <span class="bar-label">{t("room.leave")}</span>
        </button>
        {roomy && room.canManage.value && (
          <button type="button" class="bar-button stop-all" onClick={() => (app.dialog.value = { name: "stopAll" })}>
            <Icon of={OctagonX} />
            <span class="bar-label">{t("room.stopAll")}</span>
          </button>
        )}
      </div>
    </footer>
  );
}

interface ToggleProps {
  icon: IconNode;
  label: string;
  state: string;
  input: Input;
  keys: string;
  title: string;
  onPress: () => void;
}

function Toggle({ icon, label, state, input, keys, title, onPress }: ToggleProps) {
  return (
    <button
      type="button"
      class={input.on || input.opening ? "bar-button toggle" : "bar-button toggle is-off"}
      aria-pressed={input.on}
      aria-keyshortcuts={keys}
      title={title}
      onClick={onPress}
    >
      <Icon of={icon} />
      <span class="bar-label">{label}</span>
      <span class="bar-state">{state}</span>
    </button>
  );
}

function BarButton({ icon, label, pressed, onPress }: { icon: IconNode; label: string; pressed: boolean; onPress: () => void }) {
  return (
    <button type="button" class={pressed ? "bar-button active" : "bar-button"} onClick={onPress}>
      <Icon of={icon} />
      <span class="bar-label">{label}</span>
    </button>
  );
}

function word(input: Input, on: string, off: string): string {
  if (input.opening) return t("room.opening");
  if (input.on) return on;
  return input.failure ? t("room.unavailable") : off;
}

/** canShareScreen is false on phones and tablets. */
export function canShareScreen(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === "function";
}

function hasSecondCamera({ room }: App): boolean {
  return room.local.camera2.value.on || room.local.devices.value.cameras.length > 1;
}

function toggleScreen({ room }: App): void {
  if (room.local.screen.value.on) room.local.stopScreen();
  else void room.local.startScreen();
}

function layoutEntries({ layout, pinned }: App): MenuEntry[] {
  const choose = (to: "grid" | "speaker") => () => {
    layout.value = to;
    pinned.value = undefined;
  };
  return [
    { label: t("room.layoutGrid"), checked: layout.value === "grid", onSelect: choose("grid") },
    { label: t("room.layoutSpeaker"), checked: layout.value === "speaker", onSelect: choose("speaker") },
  ];
}

/** moreEntries holds what has no place in the bar. */
function moreEntries(app: App, roomy: boolean): MenuEntry[] {
  const { room, page } = app;
  const list: MenuEntry[] = [
    { label: t("room.devices"), icon: Settings2, onSelect: () => (app.dialog.value = { name: "devices" }) },
  ];
  if (!roomy) {
    if (canShareScreen()) {
      const on = room.local.screen.value.on;
      list.push({ label: t(on ? "room.stopShare" : "room.shareScreen"), icon: MonitorUp, onSelect: () => toggleScreen(app) });
    }
    if (hasSecondCamera(app)) {
      const on = room.local.camera2.value.on;
      const label = t(on ? "room.stopCamera2" : "room.camera2");
      list.push({ label, icon: SwitchCamera, onSelect: () => void room.local.setCamera2(!on) });
    }
  }
  if (!roomy && page === "users") list.push("-", ...layoutEntries(app), "-");
  const { largeText } = app;
  list.push({
    label: t(largeText.value ? "room.textSizeNormal" : "room.textSize"),
    icon: ALargeSmall,
    onSelect: () => (largeText.value = !largeText.value),
  });
  if (document.fullscreenEnabled) {
    const full = document.fullscreenElement !== null;
    list.push({
      label: t(full ? "room.exitFullScreen" : "room.fullScreen"),
      icon: Maximize,
      onSelect: () => void (full ? document.exitFullscreen() : document.documentElement.requestFullscreen()).catch(() => undefined),
    });
  }
  list.push({ label: t("room.language"), icon: Languages, onSelect: () => setLang(lang.value === "en" ? "fr" : "en") });
  if (!roomy && page === "users" && room.canManage.value) {
    const stop = (): void => void (app.dialog.value = { name: "stopAll" });
    list.push("-", { label: t("room.stopAll"), icon: OctagonX, danger: true, onSelect: stop });
  }
  return list;
}
