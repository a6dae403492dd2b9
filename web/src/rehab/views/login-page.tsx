import { CircleCheck, Circle, Eye, EyeOff, LogIn } from "lucide";
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Button } from "../../ui/button.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Notice } from "../../ui/notice.tsx";
import type { Account, Problem } from "../account.ts";
import { kept, rules } from "../password.ts";
import { t } from "../text.ts";
import { Brand } from "./brand.tsx";
import { LanguageSwitch } from "./language-switch.tsx";

/** LoginPage is what people see before they are in. */
export function LoginPage({ account }: { account: Account }) {
  if (account.phase.value.at === "restoring") {
    return (
      <main class="login" aria-busy="true">
        <h1 class="visually-hidden">{t("rehab.login.restoring")}</h1>
        <div class="spinner" />
      </main>
    );
  }
  return (
    <div class="login">
      <header class="login-head">
        <Brand />
        <LanguageSwitch />
      </header>
      <main class="card login-card">
        <h1>{t(`rehab.login.heading.${heading(account)}`)}</h1>
        <LoginForms account={account} />
      </main>
    </div>
  );
}

function heading(account: Account): "login" | "elsewhere" | "password" | "code" | "codeSetup" {
  const at = account.phase.value.at;
  return at === "restoring" || at === "in" ? "login" : at;
}

/** LoginForms is the form of the step at which the login is. */
export function LoginForms({ account }: { account: Account }) {
  const phase = account.phase.value;
  switch (phase.at) {
    case "elsewhere":
      return <Elsewhere account={account} />;
    case "password":
      return <NewPassword account={account} problem={phase.problem} detail={phase.detail} />;
    case "code":
      return <Code account={account} problem={phase.problem} />;
    case "codeSetup":
      return <CodeSetup account={account} phase={phase} />;
    default:
      return <Login account={account} problem={phase.at === "login" ? phase.problem : undefined} />;
  }
}

/** Told says what went wrong: what to do first, the cause second. */
function Told({ problem, detail }: { problem: Problem | undefined; detail?: string }) {
  if (!problem) return null;
  const calm = problem === "loggedOut";
  return (
    <Notice kind={calm ? "info" : problem === "taken" || problem === "expired" ? "warn" : "stop"} alert={!calm}>
      <p>{t(`rehab.login.problem.${problem}`)}</p>
      {detail && <p class="small">{detail.replace(/<br>/g, " ")}</p>}
    </Notice>
  );
}

function Form({ account, onSubmit, children }: { account: Account; onSubmit: () => void; children: ComponentChildren }) {
  return (
    <form
      class="stack"
      noValidate
      aria-busy={account.busy.value}
      onSubmit={(e) => {
        e.preventDefault();
        onSubmit();
      }}
    >
      {children}
    </form>
  );
}

function Submit({ account, children }: { account: Account; children: ComponentChildren }) {
  return (
    <Button kind="primary" large wide type="submit" aria-disabled={account.busy.value} icon={LogIn}>
      {account.busy.value ? t("rehab.login.checking") : children}
    </Button>
  );
}

function Login({ account, problem }: { account: Account; problem: Problem | undefined }) {
  const name = useSignal(account.username);
  const password = useSignal("");
  const missing = useSignal(false);
  const first = useRef<HTMLInputElement>(null);
  const second = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => (name.value === "" ? first : second).current?.focus(), [problem]);
  const submit = (): void => {
    missing.value = name.value.trim() === "" || password.value === "";
    if (missing.value) return (name.value.trim() === "" ? first : second).current?.focus();
    void account.login(name.value.trim(), password.value);
  };
  return (
    <Form account={account} onSubmit={submit}>
      <Told problem={problem} />
      <div class="field">
        <label for={`${id}n`}>{t("rehab.login.username")}</label>
        <input
          id={`${id}n`} ref={first} class="input" name="username" autocomplete="username" autocapitalize="none" spellcheck={false}
          value={name} onInput={(e) => (name.value = e.currentTarget.value)}
        />
      </div>
      <PasswordField inputRef={second} label={t("rehab.login.password")} autocomplete="current-password" value={password.value} onInput={(v) => (password.value = v)} />
      {missing.value && <p class="field error" role="alert">{t("rehab.login.missing")}</p>}
      <Submit account={account}>{t("rehab.login.submit")}</Submit>
    </Form>
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

function PasswordField({ label, autocomplete, value, onInput, inputRef, describedBy }: PasswordFieldProps) {
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
          {t("rehab.login.show")}
        </Button>
      </div>
    </div>
  );
}

/** Elsewhere offers to log the other place out. */
function Elsewhere({ account }: { account: Account }) {
  return (
    <Form account={account} onSubmit={() => void account.takeOver()}>
      <p>{t("rehab.login.elsewhere")}</p>
      <Submit account={account}>{t("rehab.login.takeOver")}</Submit>
      <Button wide onClick={() => account.restart()}>
        {t("common.cancel")}
      </Button>
    </Form>
  );
}

function NewPassword({ account, problem, detail }: { account: Account; problem: Problem | undefined; detail: string | undefined }) {
  const password = useSignal("");
  const again = useSignal("");
  const tried = useSignal(false);
  const first = useRef<HTMLInputElement>(null);
  const id = useId();
  const now = kept(password.value, again.value);
  useEffect(() => first.current?.focus(), []);
  const submit = (): void => {
    tried.value = true;
    if (rules.every((r) => now[r])) void account.changePassword(password.value, again.value);
    else first.current?.focus();
  };
  return (
    <Form account={account} onSubmit={submit}>
      <p>{t("rehab.password.why")}</p>
      <Told problem={problem} detail={detail} />
      {/* For password managers: which account this is. */}
      <input class="visually-hidden" type="text" autocomplete="username" value={account.username} readOnly tabIndex={-1} aria-hidden="true" />
      <PasswordField inputRef={first} describedBy={id} label={t("rehab.password.new")} autocomplete="new-password" value={password.value} onInput={(v) => (password.value = v)} />
      <PasswordField label={t("rehab.password.again")} autocomplete="new-password" value={again.value} onInput={(v) => (again.value = v)} />
      <ul class="rules" id={id} aria-label={t("rehab.password.rules")}>
        {rules.map((r) => (
          <li key={r} class={now[r] ? "kept" : tried.value ? "open tried" : "open"}>
            <Icon of={now[r] ? CircleCheck : Circle} />
            <span>
              {t(`rehab.password.rule.${r}`)}
              <span class="visually-hidden"> – {now[r] ? t("rehab.password.kept") : t("rehab.password.open")}</span>
            </span>
          </li>
        ))}
      </ul>
      <Submit account={account}>{t("rehab.password.submit")}</Submit>
    </Form>
  );
}

/** useCode keeps what is typed of a code, and sends it only when it is whole. */
function useCode(send: (code: string) => void) {
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

function CodeField({ code, short, input }: Omit<ReturnType<typeof useCode>, "submit">) {
  const id = useId();
  useEffect(() => input.current?.focus(), []);
  return (
    <div class="field">
      <label for={id}>{t("rehab.code.label")}</label>
      <input
        id={id} ref={input} class="input code" inputMode="numeric" autocomplete="one-time-code" maxLength={7} value={code.value}
        aria-invalid={short.value} aria-describedby={short.value ? `${id}e` : undefined}
        onInput={(e) => {
          code.value = e.currentTarget.value.replace(/\D/g, "");
          short.value = false;
        }}
      />
      {short.value && <p id={`${id}e`} class="error" role="alert">{t("rehab.code.short")}</p>}
    </div>
  );
}

function Code({ account, problem }: { account: Account; problem: Problem | undefined }) {
  const entry = useCode((code) => void account.enterCode(code));
  // A refused code is typed anew; one that the browser filled in stays.
  useEffect(() => {
    if (problem && !account.busy.value) entry.code.value = "";
  }, [problem, account.busy.value]);
  return (
    <Form account={account} onSubmit={entry.submit}>
      <p>{t("rehab.code.text")}</p>
      <Told problem={problem} />
      <CodeField code={entry.code} short={entry.short} input={entry.input} />
      <Submit account={account}>{t("rehab.code.submit")}</Submit>
      <Button wide onClick={() => account.restart()}>
        {t("common.cancel")}
      </Button>
    </Form>
  );
}

function CodeSetup({ account, phase }: { account: Account; phase: { picture: string; secret: string; problem?: Problem } }) {
  const entry = useCode((code) => void account.setUpCode(code));
  return (
    <Form account={account} onSubmit={entry.submit}>
      <p>{t("rehab.code.setup")}</p>
      <img class="code-picture" src={`data:image/png;base64,${phase.picture}`} alt={t("rehab.code.picture")} />
      <p class="small">
        {t("rehab.code.secret")} <code class="secret">{phase.secret.replace(/(.{4})(?=.)/g, "$1 ")}</code>
      </p>
      <Told problem={phase.problem} />
      <CodeField code={entry.code} short={entry.short} input={entry.input} />
      <Submit account={account}>{t("rehab.code.submit")}</Submit>
      <Button wide onClick={() => account.restart()}>
        {t("common.cancel")}
      </Button>
    </Form>
  );
}
