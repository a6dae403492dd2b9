import { useSignal } from "@preact/signals";
import { LogIn } from "lucide";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { CodeField, CodePicture, PasswordField, Rules, Told, useCode } from "../../account/fields.tsx";
import { kept, rules } from "../../account/password.ts";
import type { Problem } from "../../account/problem.ts";
import { Brand } from "../../rehab/views/brand.tsx";
import { LanguageSwitch } from "../../rehab/views/language-switch.tsx";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import type { Boot, Entry, Phase } from "../entry.ts";
import { t } from "../text.ts";

interface Props {
  boot: Boot;
  entry: Entry;
}

/** EntryPage is the page of one step of the login, or of its end. */
export function EntryPage({ boot, entry }: Props) {
  const phase = entry.phase.value;
  return (
    <div class="login">
      <header class="login-head">
        {boot.noLogo ? <span /> : <Brand />}
        <LanguageSwitch />
      </header>
      <main class="card login-card">
        <h1>{heading(phase)}</h1>
        {phase.at === "login" && boot.service && <p>{t("login.service")}</p>}
        {boot.username && (phase.at === "setup" || phase.at === "code" || phase.at === "password") && (
          <p class="small">{t("login.who", { name: boot.username })}</p>
        )}
        <Now boot={boot} entry={entry} phase={phase} />
      </main>
    </div>
  );
}

function heading(phase: Phase): string {
  switch (phase.at) {
    case "login":
    case "password":
    case "code":
      return t(`account.login.heading.${phase.at}`);
    case "setup":
      return t("account.login.heading.codeSetup");
    case "elsewhere":
      return t("login.elsewhere.heading");
    case "changed":
      return t("login.changed.heading");
    case "done":
      return t("login.done.heading");
    case "ended":
      return t("login.ended.heading");
    default:
      return t("account.login.restoring");
  }
}

/** Now is what the person does at this moment. */
function Now({ boot, entry, phase }: Props & { phase: Phase }) {
  switch (phase.at) {
    case "login":
      return <Credentials entry={entry} phase={phase} />;
    case "password":
      return <NewPassword entry={entry} phase={phase} username={boot.username} />;
    case "setup":
      return <SetUp entry={entry} phase={phase} />;
    case "code":
      return <Code entry={entry} phase={phase} />;
    case "elsewhere":
      return (
        <Form entry={entry} submit={t("login.elsewhere.submit")} onSubmit={() => void entry.takeOver()} cancel>
          <p>{t("login.elsewhere.text")}</p>
        </Form>
      );
    case "changed":
      return (
        <Form entry={entry} submit={t("login.changed.submit")} onSubmit={() => entry.restart()}>
          <Notice kind="go" alert>
            <p>{t("login.changed.text")}</p>
          </Notice>
        </Form>
      );
    case "done":
      return (
        <div class="stack" role="status">
          <Notice kind="go">
            <p>{t(phase.leaving ? "login.done.leaving" : "login.done.text")}</p>
          </Notice>
          {phase.leaving && boot.home && !boot.service && (
            <a class="button wide" href={boot.home}>
              {t("login.done.home")}
            </a>
          )}
        </div>
      );
    case "ended":
      return (
        <Form entry={entry} submit={t("login.again")} onSubmit={() => entry.restart()}>
          <Notice kind="stop" alert>
            <p>{t(`login.ended.${phase.why}`)}</p>
          </Notice>
        </Form>
      );
    default:
      return <div class="spinner" />;
  }
}

interface FormProps {
  entry: Entry;
  submit: string;
  onSubmit: () => void;
  cancel?: boolean;
  children: ComponentChildren;
}

function Form({ entry, submit, onSubmit, cancel, children }: FormProps) {
  const busy = entry.busy.value;
  return (
    <form
      class="stack"
      noValidate
      aria-busy={busy}
      onSubmit={(e) => {
        e.preventDefault();
        onSubmit();
      }}
    >
      {children}
      <Button kind="primary" large wide type="submit" aria-disabled={busy} icon={LogIn}>
        {busy ? t("account.login.checking") : submit}
      </Button>
      {cancel && (
        <Button wide onClick={() => entry.restart()}>
          {t("common.cancel")}
        </Button>
      )}
    </form>
  );
}

interface StepProps {
  entry: Entry;
  phase: { problem?: Problem; detail?: string };
}

function Credentials({ entry, phase }: StepProps) {
  const name = useSignal("");
  const password = useSignal("");
  const missing = useSignal(false);
  const first = useRef<HTMLInputElement>(null);
  const second = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => (name.value === "" ? first : second).current?.focus(), [phase]);
  const submit = (): void => {
    const unnamed = name.value.trim() === "";
    missing.value = unnamed || password.value === "";
    if (missing.value) return (unnamed ? first : second).current?.focus();
    void entry.login(name.value.trim(), password.value);
  };
  return (
    <Form entry={entry} submit={t("account.login.submit")} onSubmit={submit}>
      <Told problem={phase.problem} detail={phase.detail} />
      <div class="field">
        <label for={id}>{t("account.login.username")}</label>
        <input
          id={id} ref={first} class="input" name="username" autocomplete="username" autocapitalize="none" spellcheck={false}
          value={name} onInput={(e) => (name.value = e.currentTarget.value)}
        />
      </div>
      <PasswordField inputRef={second} label={t("account.login.password")} autocomplete="current-password" value={password.value} onInput={(v) => (password.value = v)} />
      {missing.value && <p class="field error" role="alert">{t("account.login.missing")}</p>}
    </Form>
  );
}

function NewPassword({ entry, phase, username }: StepProps & { username: string }) {
  const password = useSignal("");
  const again = useSignal("");
  const tried = useSignal(false);
  const first = useRef<HTMLInputElement>(null);
  const id = useId();
  const now = kept(password.value, again.value);
  useEffect(() => first.current?.focus(), []);
  const submit = (): void => {
    tried.value = true;
    if (rules.every((r) => now[r])) void entry.changePassword(password.value, again.value);
    else first.current?.focus();
  };
  return (
    <Form entry={entry} submit={t("account.password.submit")} onSubmit={submit} cancel>
      <p>{t("account.password.why")}</p>
      <Told problem={phase.problem} detail={phase.detail} />
      {/* For password managers: which account this is. */}
      <input class="visually-hidden" type="text" autocomplete="username" value={username} readOnly tabIndex={-1} aria-hidden="true" />
      <PasswordField inputRef={first} describedBy={id} label={t("account.password.new")} autocomplete="new-password" value={password.value} onInput={(v) => (password.value = v)} />
      <PasswordField label={t("account.password.again")} autocomplete="new-password" value={again.value} onInput={(v) => (again.value = v)} />
      <Rules id={id} now={now} tried={tried.value} />
    </Form>
  );
}

function SetUp({ entry, phase }: { entry: Entry; phase: Extract<Phase, { at: "setup" }> }) {
  const typed = useCode((code) => void entry.setUpCode(code));
  return (
    <Form entry={entry} submit={t("account.code.submit")} onSubmit={typed.submit} cancel>
      <CodePicture picture={phase.picture} secret={phase.secret} />
      <Told problem={phase.problem} />
      <CodeField code={typed.code} short={typed.short} input={typed.input} />
    </Form>
  );
}

function Code({ entry, phase }: StepProps) {
  const typed = useCode((code) => void entry.enterCode(code));
  // A refused code is typed anew; one that the browser filled in stays.
  useEffect(() => {
    if (phase.problem && !entry.busy.value) typed.code.value = "";
  }, [phase, entry.busy.value]);
  return (
    <Form entry={entry} submit={t("account.code.submit")} onSubmit={typed.submit} cancel>
      <p>{t("account.code.text")}</p>
      <Told problem={phase.problem} />
      <CodeField code={typed.code} short={typed.short} input={typed.input} />
    </Form>
  );
}
