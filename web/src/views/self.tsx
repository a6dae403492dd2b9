import { CameraOff, MicOff } from "lucide";
import type { Source } from "../signaling/messages.ts";
import { Icon } from "../ui/icon.tsx";
import { useApp } from "./app.ts";
import { t } from "./text.ts";
import { Video } from "./video.tsx";

/** SelfTile is one's own picture, as a mirror. */
export function SelfTile({ source }: { source: Source }) {
  const { room } = useApp();
  const { camera, camera2, screen, microphone } = room.local;
  const input = { camera, camera2, screen }[source].value;
  const label = source === "camera" ? t("room.you") : t(source === "screen" ? "room.sharing" : "room.camera2");
  return (
    <article class="tile self" aria-label={label}>
      {input.on && input.track ? (
        <Video track={input.track} mirror={source === "camera"} label={label} />
      ) : room.phase.value.name === "connecting" ? null : (
        <p class="tile-note">
          {input.opening ? <span class="spinner" aria-hidden="true" /> : <Icon of={CameraOff} />}
          {input.opening ? t("room.opening") : t("room.camOff")}
        </p>
      )}
      <div class="tile-label" aria-hidden="true">
        <span class="tile-name">{label}</span>
        {source === "camera" && !microphone.value.on && !microphone.value.opening && (
          <span class="tile-state off">
            <Icon of={MicOff} />
            {t("room.micOff")}
          </span>
        )}
      </div>
    </article>
  );
}
