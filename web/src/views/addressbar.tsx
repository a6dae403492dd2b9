import { ArrowUp, Lock, RotateCw, SlidersHorizontal, VideoOff, type IconNode } from "lucide";
import { Icon } from "../ui/icon.tsx";
import type { Browser } from "./browser.ts";
import { t } from "./text.ts";

/** Where each browser shows the sign to press. */
const signs: Partial<Record<Browser, IconNode | "aA">> = {
  chrome: SlidersHorizontal,
  android: SlidersHorizontal,
  edge: Lock,
  firefox: VideoOff,
  ios: "aA",
};

/** AddressBar draws this browser's address bar with a ring around the place to press. The words beside it say the same. */
export function AddressBar({ browser }: { browser: Browser }) {
  if (browser === "safari") return <SafariMenu />;
  const sign = signs[browser];
  if (!sign) return null;
  const reload = browser !== "ios" && browser !== "android";
  return (
    <div class={reload ? "address-bar with-reload" : "address-bar"} aria-hidden="true">
      <div class="address-line">
        {reload && <Icon of={RotateCw} class="address-reload" />}
        <div class="address-pill">
          <span class="address-sign">{sign === "aA" ? <b>aA</b> : <Icon of={sign} />}</span>
          <span class="address-text">{location.host}</span>
        </div>
      </div>
      <Hand />
    </div>
  );
}

function SafariMenu() {
  return (
    <div class="address-bar safari" aria-hidden="true">
      <div class="address-line menu-line">
        <span class="address-sign word">
          <b>Safari</b>
        </span>
        <span>···</span>
      </div>
      <Hand />
    </div>
  );
}

function Hand() {
  return (
    <p class="address-hand">
      <Icon of={ArrowUp} />
      {t("room.press")}
    </p>
  );
}
