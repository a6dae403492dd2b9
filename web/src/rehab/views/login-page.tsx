import { LogIn } from "lucide";
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { CodeField, CodePicture, PasswordField, Rules, Told, useCode } from "../../account/fields.tsx";
import { kept, rules } from "../../account/password.ts";
import type { Problem } from "../../account/problem.ts";
import { t } from "../../account/text.ts";
import { Button } from "../../ui/button.tsx";
import type { Account } from "../account.ts";
import { Brand } from "./brand.tsx";
import { LanguageSwitch } from "./language-switch.tsx";

/** LoginPage is what people see before they are in. */
export function LoginPage({ account }: { account: Account }) {
  if (account.phase.value.at === "restoring") {
    return (
      <main class="login" aria-busy="true">
        <h1 class="visually-hidden">{t("account.login.restoring")}</h1>
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
        <h1>{t(`account.login.heading.${heading(account)}`)}</h1>
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
      {account.busy.value ? t("account.login.checking") : children}
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
        <label for={`${id}n`}>{t("account.login.username")}</label>
        <input
          id={`${id}n`} ref={first} class="input" name="username" autocomplete="username" autocapitalize="none" spellcheck={false}
          value={name} onInput={(e) => (name.value = e.currentTarget.value)}
        />
      </div>
      <PasswordField inputRef={second} label={t("account.login.password")} autocomplete="current-password" value={password.value} onInput={(v) => (password.value = v)} />
      {missing.value && <p class="field error" role="alert">{t("account.login.missing")}</p>}
      <Submit account={account}>{t("account.login.submit")}</Submit>
    </Form>
  );
}

/** Elsewhere offers to log the other place out. */
function Elsewhere({ account }: { account: Account }) {
  return (
    <Form account={account} onSubmit={() => void account.takeOver()}>
      <p>{t("account.login.elsewhere")}</p>
      <Submit account={account}>{t("account.login.takeOver")}</Submit>
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
      <p>{t("account.password.why")}</p>
      <Told problem={problem} detail={detail} />
      {/* For password managers: which account this is. */}
      <input class="visually-hidden" type="text" autocomplete="username" value={account.username} readOnly tabIndex={-1} aria-hidden="true" />
      <PasswordField inputRef={first} describedBy={id} label={t("account.password.new")} autocomplete="new-password" value={password.value} onInput={(v) => (password.value = v)} />
      <PasswordField label={t("account.password.again")} autocomplete="new-password" value={again.value} onInput={(v) => (again.value = v)} />
      <Rules id={id} now={now} tried={tried.value} />
      <Submit account={account}>{t("account.password.submit")}</Submit>
    </Form>
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
      <p>{t("account.code.text")}</p>
      <Told problem={problem} />
      <CodeField code={entry.code} short={entry.short} input={entry.input} />
      <Submit account={account}>{t("account.code.submit")}</Submit>
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
      <CodePicture picture={phase.picture} secret={phase.secret} />
      <Told problem={phase.problem} />
      <CodeField code={entry.code} short={entry.short} input={entry.input} />
      <Submit account={account}>{t("account.code.submit")}</Submit>
      <Button wide onClick={() => account.restart()}>
        {t("common.cancel")}
      </Button>
    </Form>
  );
}
