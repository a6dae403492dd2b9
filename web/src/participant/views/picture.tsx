import { Mic, VideoOff } from "lucide";
import { Icon } from "../../ui/icon.tsx";
import { Video } from "../../views/video.tsx";
import type { Mirror } from "../mirror.ts";
import { t } from "../text.ts";

/** Picture is the person's own picture, large and mirrored, and a bar that moves when they speak. */
export function Picture({ mirror, name }: { mirror: Mirror; name: string }) {
  const media = mirror.media.value;
  const camera = media?.camera.value;
  const microphone = media?.microphone.value;
  const level = mirror.level.value;
  return (
    <section class="wait-picture on-stage" aria-label={t("participant.picture.label")}>
      {camera?.track ? (
        <Video track={camera.track} mirror label={t("participant.picture.you")} />
      ) : (
        <div class="wait-nopicture">
          {camera?.failure ? <Icon of={VideoOff} /> : <span class="spinner" aria-hidden="true" />}
          <p>{camera?.failure ? t("participant.picture.none") : t("participant.picture.opening")}</p>
        </div>
      )}
      <div class="wait-strip">
        <span class="wait-name">{name}</span>
        {microphone?.track && (
          <span class="wait-level" role="meter" aria-label={t("participant.picture.level")} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(level * 100)}>
            <Icon of={Mic} />
            <span class="wait-bar">
              <span style={{ transform: `scaleX(${level})` }} />
            </span>
          </span>
        )}
      </div>
    </section>
  );
}
