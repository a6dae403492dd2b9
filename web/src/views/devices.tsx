import { Volume2 } from "lucide";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { chosen, type Role, remember } from "../media/choice.ts";
import { canChooseSpeaker } from "../media/devices.ts";
import { LevelMeter, playTone } from "../media/meter.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { useApp } from "./app.ts";
import { setSpeaker } from "./sound.tsx";
import { t } from "./text.ts";
import { Video } from "./video.tsx";

/** Devices is the dialog in which camera, microphone and speaker are chosen and tried. Choices hold at once. */
export function Devices() {
  const app = useApp();
  const { local } = app.room;
  const { cameras, microphones, speakers } = local.devices.value;
  const camera = local.camera.value;
  const microphone = local.microphone.value;
  const [speaker, chooseSpeaker] = useState(chosen("speaker")?.id ?? "");
  return (
    <Dialog title={t("room.deviceTitle")} onClose={() => (app.dialog.value = undefined)} wide>
      <div class="device-grid">
        <div class="device-preview on-stage">
          {camera.on && camera.track ? (
            <Video track={camera.track} mirror label={t("room.preview")} />
          ) : (
            <p>{t("room.cameraIsOff")}</p>
          )}
        </div>
        <div class="device-fields">
          <Choose
            label={t("room.camera")}
            role="camera"
            devices={cameras}
            current={camera.track?.getSettings().deviceId ?? chosen("camera")?.id}
            empty={t("room.noCamera")}
            onChoose={(id) => void local.chooseCamera(id)}
          />
          <Choose
            label={t("room.microphone")}
            role="microphone"
            devices={microphones}
            current={microphone.track?.getSettings().deviceId ?? chosen("microphone")?.id}
            empty={t("room.noMicrophone")}
            onChoose={(id) => void local.chooseMicrophone(id)}
          />
          {microphone.track && microphone.on && <Level track={microphone.track} />}
          {canChooseSpeaker() && speakers.length > 0 && (
            <Choose
              label={t("room.speaker")}
              role="speaker"
              devices={speakers.filter((d) => d.deviceId !== "default")}
              first={t("room.speakerDefault")}
              current={speaker}
              empty=""
              onChoose={(id) => {
                chooseSpeaker(id);
                remember("speaker", { id, label: speakers.find((d) => d.deviceId === id)?.label ?? "" });
                setSpeaker(id);
              }}
            />
          )}
          <div>
            <Button icon={Volume2} onClick={() => void playTone(speaker)}>
              {t("room.speakerTest")}
            </Button>
          </div>
          {cameras.length > 1 && (
            <Choose
              label={t("room.camera2")}
              role="camera2"
              devices={cameras.filter((d) => d.deviceId !== camera.track?.getSettings().deviceId)}
              first={t("room.none")}
              current={local.camera2.value.track?.getSettings().deviceId ?? ""}
              empty=""
              onChoose={(id) => void local.setCamera2(id !== "", id || undefined)}
            />
          )}
        </div>
      </div>
    </Dialog>
  );
}

interface ChooseProps {
  label: string;
  role: Role;
  devices: MediaDeviceInfo[];
  current: string | undefined;
  /** A first choice with the value "". */
  first?: string;
  /** Said instead of a list when there is nothing to choose. */
  empty: string;
  onChoose: (id: string) => void;
}

function Choose({ label, role, devices, current, first, empty, onChoose }: ChooseProps) {
  const id = useId();
  const kind = role === "camera2" ? "camera" : role;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {devices.length === 0 && first === undefined ? (
        <p id={id} class="soft">{empty}</p>
      ) : (
        <select id={id} class="select" value={current ?? ""} onChange={(e) => onChoose(e.currentTarget.value)}>
          {first !== undefined && <option value="">{first}</option>}
          {devices.map((d, i) => (
            <option key={d.deviceId} value={d.deviceId}>
              {d.label || t(`room.deviceNumber.${kind}`, { number: i + 1 })}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}

/** Level is a bar that moves with the voice. */
function Level({ track }: { track: MediaStreamTrack }) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const meter = new LevelMeter(track);
    const timer = setInterval(() => {
      const level = meter.level();
      if (bar.current) bar.current.style.transform = `scaleX(${level.toFixed(2)})`;
    }, 80);
    return () => {
      clearInterval(timer);
      meter.close();
    };
  }, [track]);
  return (
    <div class="level">
      <div class="level-track" role="img" aria-label={t("room.levelLabel")}>
        <div class="level-bar" ref={bar} />
      </div>
      <p class="soft small">{t("room.level")}</p>
    </div>
  );
}
