import { Circle, CircleCheck, Eye, EyeOff } from "lucide";
import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { Notice } from "../ui/notice.tsx";
import { type Rule, rules } from "./password.ts";
import type { Problem } from "./problem.ts";
import { t } from "./text.ts";

/** Told says what went wrong: what to do first, the cause second. */
export function Told({ problem, detail }: { problem: Problem | undefined; detail?: string }) {
  if (!problem) return null;
  const calm = problem === "loggedOut";
  return (
    <Notice kind={calm ? "info" : problem === "taken" || problem === "expired" ? "warn" : "stop"} alert={!calm}>
      <p>{t(`account.login.problem.${problem}`)}</p>
      {detail && <p class="small">{detail.replace(/<br>/g, " ")}</p>}
    </Notice>
  );
}

interface PasswordFieldProps {
  label: string;
  autocomplete: string;
  value: string;
  onInput: (value: string) => void;
  inputRef?: { current: HTMLInputElement | null };
  describedBy?: string;
}

/** PasswordField can show what is typed. */
export function PasswordField({ label, autocomplete, value, onInput, inputRef, describedBy }: PasswordFieldProps) {
  const shown = useSignal(false);
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="with-button">
        <input
          id={id} ref={inputRef} class="input" {...(shown.value ? { type: "text" } : ({ type: "password" } as const))} autocomplete={autocomplete} autocapitalize="none"
          spellcheck={false} value={value} aria-describedby={describedBy} onInput={(e) => onInput(e.currentTarget.value)}
        />
        <Button icon={shown.value ? EyeOff : Eye} aria-pressed={shown.value} onClick={() => (shown.value = !shown.value)}>
          {t("account.login.show")}
        </Button>
      </div>
    </div>
  );
}

/** Rules lists what a new password needs, and what it has already. */
export function Rules({ id, now, tried }: { id: string; now: Record<Rule, boolean>; tried: boolean }) {
  return (
    <ul class="rules" id={id} aria-label={t("account.password.rules")}>
      {rules.map((r) => (
        <li key={r} class={now[r] ? "kept" : tried ? "open tried" : "open"}>
          <Icon of={now[r] ? CircleCheck : Circle} />
          <span>
            {t(`account.password.rule.${r}`)}
            <span class="visually-hidden"> – {now[r] ? t("account.password.kept") : t("account.password.open")}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

/** useCode keeps what is typed of a code, and sends it only when it is whole. */
export function useCode(send: (code: string) => void) {
  const code = useSignal("");
  const short = useSignal(false);
  const input = useRef<HTMLInputElement>(null);
  const submit = (): void => {
    short.value = code.value.length !== 6;
    if (short.value) input.current?.focus();
    else send(code.value);
  };
  return { code, short, input, submit };
}

/** CodeField takes six digits. */
export function CodeField({ code, short, input }: Omit<ReturnType<typeof useCode>, "submit">) {
  const id = useId();
  useEffect(() => input.current?.focus(), []);
  return (
    <div class="field">
      <label for={id}>{t("account.code.label")}</label>
      <input
        id={id} ref={input} class="input code" inputMode="numeric" autocomplete="one-time-code" maxLength={7} value={code.value}
        aria-invalid={short.value} aria-describedby={short.value ? `${id}e` : undefined}
        onInput={(e) => {
          code.value = e.currentTarget.value.replace(/\D/g, "");
          short.value = false;
        }}
      />
      {short.value && <p id={`${id}e`} class="error" role="alert">{t("account.code.short")}</p>}
    </div>
  );
}

/** CodePicture shows the secret of a second step: as a picture to scan, and in letters. */
export function CodePicture({ picture, secret }: { picture: string; secret: string }) {
  return (
    <>
      <p>{t("account.code.setup")}</p>
      <img class="code-picture" src={`data:image/png;base64,${picture}`} alt={t("account.code.picture")} />
      <p class="small">
        {t("account.code.secret")} <code class="secret">{secret.replace(/(.{4})(?=.)/g, "$1 ")}</code>
      </p>
    </>
  );
}
