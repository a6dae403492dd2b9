import { lang, type Lang } from "../../i18n/i18n.ts";
import { t } from "../../i18n/common.ts";
import { chooseLanguage } from "../language.ts";

const names: Record<Lang, string> = { fr: "Français", en: "English" };

/** LanguageSwitch names each language in itself. */
export function LanguageSwitch({ onChoose = chooseLanguage }: { onChoose?: (to: Lang) => void }) {
  return (
    <div class="languages" role="group" aria-label={t("common.language")}>
      {(["fr", "en"] as const).map((code) => (
        <button key={code} type="button" class="language" lang={code} aria-pressed={lang.value === code} onClick={() => onChoose(code)}>
          <span class="full">{names[code]}</span>
          <span class="short" aria-hidden="true">
            {code === "fr" ? "Fr" : "En"}
          </span>
        </button>
      ))}
    </div>
  );
}
