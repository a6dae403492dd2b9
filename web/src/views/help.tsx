import { RotateCw } from "lucide";
import type { Failure } from "../media/failure.ts";
import { Button } from "../ui/button.tsx";
import { AddressBar } from "./addressbar.tsx";
import { type App, useApp } from "./app.ts";
import { browserOf } from "./browser.ts";
import { t } from "./text.ts";

type Missing = "video" | "audio" | "both";

/** Help says what to do about a camera or microphone that did not open. It covers no face and waits for nobody. */
export function Help() {
  const app = useApp();
  const { room, page, helpDismissed } = app;
  const { camera, microphone } = room.local;
  if (camera.value.opening && microphone.value.opening && !camera.value.track) return <Asking />;
  const problem = problemOf(microphone.value.failure, camera.value.failure);
  if (!problem || helpDismissed.value || camera.value.opening || microphone.value.opening) return null;
  const { missing, failure } = problem;
  const device = t(`room.device.${missing}`);
  const browser = browserOf(navigator.userAgent, navigator.maxTouchPoints);
  return (
    <section class="help card" role="alert">
      <h2>{t(`room.failure.${failure}.title`, { device })}</h2>
      {failure === "notAllowed" && <AddressBar browser={browser} />}
      {failure === "notAllowed" && <p>{t(`room.how.${browser}`)}</p>}
      <p class={failure === "notAllowed" ? "soft" : undefined}>{t(`room.failure.${failure}.text`, { device })}</p>
      {page !== "devices" && (
        <div class="help-actions">
          {retries(failure) && (
            <Button kind="primary" icon={RotateCw} onClick={() => retry(app, missing)}>
              {t("room.tryAgain")}
            </Button>
          )}
          <Button onClick={() => (helpDismissed.value = true)}>{t(`room.goOn.${missing}`)}</Button>
        </div>
      )}
      <p class="code soft">{t("room.failureCode", { code: failure })}</p>
    </section>
  );
}

/** Asking is shown while the browser shows its own question; most answer at once, so it comes late (styles). */
function Asking() {
  return (
    <section class="help card asking">
      <h2>{t("room.askTitle")}</h2>
      <p>{t("room.askText")}</p>
    </section>
  );
}

function problemOf(audio?: Failure, video?: Failure): { missing: Missing; failure: Failure } | undefined {
  if (audio && video && audio === video) return { missing: "both", failure: audio };
  if (audio) return { missing: "audio", failure: audio }; // sound matters more than picture
  return video && { missing: "video", failure: video };
}

function retries(failure: Failure): boolean {
  return failure !== "insecure" && failure !== "security";
}

function retry({ room }: App, missing: Missing): void {
  if (missing === "both") void room.local.start();
  else if (missing === "audio") void room.local.setMicrophone(true);
  else void room.local.setCamera(true);
}
