import { signal } from "@preact/signals";
import type { Problem } from "../account/problem.ts";
import { core } from "../rehab/opentera/address.ts";
import { call, CallError, type CallOptions } from "../rehab/opentera/call.ts";
import { save } from "../rehab/identity.ts";
import type { Bridge } from "./bridge.ts";

export type Step = "login" | "password" | "setup" | "code";

/** What the server writes into the page; the Go side is core/rest/pages.go. */
export interface Boot {
  step: Step;
  server: string;
  version: string;
  /** After the password. */
  username: string;
  /** A service waits for this login. */
  service: boolean;
  noLogo: boolean;
  /** Where people go who came for no service; may be empty. */
  home: string;
}

/** Why a page cannot go on; each word has its text in i18n under login.ended. */
export type Ended = "expired" | "locked" | "code" | "version" | "notEnabled";

export type Phase =
  | { at: "login" | "password" | "code"; problem?: Problem; detail?: string }
  | { at: "setup"; picture: string; secret: string; problem?: Problem }
  | { at: "loading" }
  | { at: "elsewhere" }
  | { at: "changed" }
  | { at: "done"; leaving: boolean }
  | { at: "ended"; why: Ended };

interface Answer {
  user_uuid?: string;
  user_fullname?: string;
  user_token?: string;
  websocket_url?: string;
  redirect_url?: string;
  reason?: "password_change" | "2fa" | "2fa_setup";
}

/** What an Entry needs of the browser. */
export interface Browser {
  bridge: Promise<Bridge | undefined>;
  go(address: string): void;
}

const maxAttempts = 5;

/**
 * Entry takes a person through the steps of the login that their own pages show: each page is one step, and the server says
 * which comes next. Inside OpenTeraPlus the program around the page gets the token; in a browser the service that asked
 * does, or the dashboard.
 */
export class Entry {
  readonly phase = signal<Phase>({ at: "loading" });
  readonly busy = signal(false);
  private credentials: { username: string; password: string } | undefined; // only until the login is through
  private wrong = { username: "", count: 0 };
  private proof: { token: string; again: () => Promise<Answer> } | undefined; // while the account is online elsewhere

  constructor(
    private readonly boot: Boot,
    private readonly browser: Browser,
  ) {}

  /** open begins the page's step. code is one that was just used to set the second step up, and is still good. */
  async open(code: string | null): Promise<void> {
    if (this.boot.step === "setup") return this.attempt(() => this.propose());
    this.phase.value = { at: this.boot.step };
    if (this.boot.step === "code" && code) await this.enterCode(code);
  }

  async login(username: string, password: string): Promise<void> {
    this.credentials = { username, password };
    await this.attempt(async () => {
      try {
        await this.answered(await this.ask(true));
      } catch (error) {
        if (!(error instanceof CallError)) throw error;
        (await this.browser.bridge)?.sendLoginFailure("Invalid username or password");
        if (error.status === 401) return this.to({ at: "login", problem: this.countWrong(username) });
        if (error.status === 403) return this.refused(() => this.ask(false), () => this.ask(true), "tooMany");
        throw error;
      }
    });
  }

  async changePassword(password: string, again: string): Promise<void> {
    await this.attempt(async () => {
      try {
        await call(core("user/login/change_password"), { method: "POST", auth: "session", body: { new_password: password, confirm_password: again } });
      } catch (error) {
        if (!(error instanceof CallError)) throw error;
        if (error.status === 400) return this.to({ at: "password", problem: "weak", detail: error.text });
        if (error.status === 403) return this.end("code");
        throw error;
      }
      // The desktop program wants to begin anew; in a browser the login just goes on.
      if (await this.browser.bridge) return this.to({ at: "changed" });
      this.credentials = { username: this.boot.username, password };
      await this.answered(await this.ask(true).catch((error: unknown) => {
        if (error instanceof CallError && error.status === 403) return this.ask(false);
        throw error;
      }));
    });
  }

  async setUpCode(code: string): Promise<void> {
    const phase = this.phase.value;
    if (phase.at !== "setup") return;
    await this.attempt(async () => {
      try {
        await this.answered(await call<Answer>(core("user/login/setup_2fa"), { method: "POST", auth: "session", body: { otp_secret: phase.secret, otp_code: code } }));
      } catch (error) {
        if (!(error instanceof CallError)) throw error;
        if (error.status === 401 && !sessionOver(error)) return this.to({ ...phase, problem: "code" });
        if (error.status === 403) return this.end("locked");
        throw error;
      }
    });
  }

  async enterCode(code: string): Promise<void> {
    await this.attempt(async () => {
      try {
        await this.answered(await this.sendCode(code, true));
      } catch (error) {
        if (!(error instanceof CallError)) throw error;
        (await this.browser.bridge)?.sendLoginFailure("Error validating 2FA code");
        if (error.status === 401 && !sessionOver(error)) return this.to({ at: "code", problem: "code" });
        if (error.status === 403) return this.refused(() => this.sendCode(code, false), () => this.sendCode(code, true), "locked");
        throw error;
      }
    });
  }

  /** takeOver logs the other place out that uses this account, and goes on here. */
  async takeOver(): Promise<void> {
    const proof = this.proof;
    if (!proof) return this.restart();
    await this.attempt(async () => {
      await call(core("user/logout"), { auth: { token: proof.token } });
      await this.answered(await patiently(proof.again));
    });
  }

  /** restart goes back to the first step. */
  restart(): void {
    void this.browser.bridge.then((bridge) => (bridge ? bridge.sendRedirectToLogin() : this.browser.go("/login")));
  }

  private async propose(): Promise<void> {
    try {
      const a = await call<{ qr_code: string; otp_secret: string }>(core("user/login/setup_2fa"), { auth: "session" });
      this.to({ at: "setup", picture: a.qr_code, secret: a.otp_secret });
    } catch (error) {
      if (error instanceof CallError && error.status === 403) return this.end("notEnabled");
      throw error;
    }
  }

  private ask(websocket: boolean): Promise<Answer> {
    return call<Answer>(core("user/login", { with_websocket: websocket || undefined }), { ...this.asClient(), auth: this.credentials, cookies: true });
  }

  private sendCode(code: string, websocket: boolean): Promise<Answer> {
    return call<Answer>(core("user/login/2fa"), { ...this.asClient(), method: "POST", auth: "session", body: { otp_code: code, with_websocket: websocket } });
  }

  private asClient(): CallOptions {
    return { headers: { "X-Client-Name": "OpenTera-Web-Client", "X-Client-Version": this.boot.version } };
  }

  /**
   * refused finds out why a login was refused: it succeeds without a websocket when the account is online elsewhere. A
   * browser does not need one, so it goes on; the desktop program does.
   */
  private async refused(without: () => Promise<Answer>, again: () => Promise<Answer>, otherwise: "tooMany" | "locked"): Promise<void> {
    let answer: Answer;
    try {
      answer = await without();
    } catch (error) {
      if (!(error instanceof CallError) || error.status === 0 || error.status >= 500) throw error;
      return otherwise === "locked" ? this.end("locked") : this.to({ at: "login", problem: "tooMany" });
    }
    if ((await this.browser.bridge) && answer.user_token) {
      this.proof = { token: answer.user_token, again };
      return this.to({ at: "elsewhere" });
    }
    await this.answered(answer);
  }

  /** answered goes where the server says. */
  private async answered(a: Answer): Promise<void> {
    const bridge = await this.browser.bridge;
    if (a.reason === "2fa") bridge?.sendCheckInProgress();
    if (a.reason === "2fa_setup") bridge?.sendSetupInProgress();
    if (a.reason === "password_change") bridge?.sendPasswordChangeInProgress();
    if (a.user_token && a.user_uuid) {
      bridge?.sendLoginSuccess(a.user_token, a.websocket_url ?? "", a.user_uuid);
      if (!bridge && this.boot.service) return this.end("code"); // the service's request ran out meanwhile
      if (!bridge && this.boot.home) {
        const username = this.credentials?.username ?? this.boot.username;
        save({ token: a.user_token, uuid: a.user_uuid, name: a.user_fullname ?? username, username });
      }
    }
    this.credentials = this.proof = undefined;
    const next = a.redirect_url ?? (bridge ? "" : this.boot.home);
    if (!a.reason) this.to({ at: "done", leaving: next !== "" });
    if (next) this.browser.go(next);
  }

  private countWrong(username: string): Problem {
    this.wrong = { username, count: this.wrong.username === username ? this.wrong.count + 1 : 1 };
    return this.wrong.count >= maxAttempts ? "tooMany" : "wrong";
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    if (this.busy.value) return;
    this.busy.value = true;
    try {
      await work();
    } catch (error) {
      this.failed(error);
    } finally {
      this.busy.value = false;
    }
  }

  private failed(error: unknown): void {
    const status = error instanceof CallError ? error.status : 0;
    if (status === 401) return this.end("expired");
    if (status === 426) return this.end("version");
    const problem: Problem = status === 0 ? "unreachable" : status >= 500 ? "server" : status === 429 ? "tooMany" : "refused";
    const phase = this.phase.value;
    if (phase.at === "setup" || phase.at === "code" || phase.at === "password") this.to({ ...phase, problem });
    else if (this.boot.step === "login") this.to({ at: "login", problem });
    else this.end("expired");
  }

  private end(why: Ended): void {
    this.to({ at: "ended", why });
  }

  private to(phase: Phase): void {
    this.phase.value = phase;
  }
}

/** sessionOver tells the end of the session from a wrong code, which has the same status. */
function sessionOver(error: CallError): boolean {
  return error.text === "Unauthorized";
}

/** patiently asks again until the server has seen the other websocket go. */
async function patiently(ask: () => Promise<Answer>): Promise<Answer> {
  for (let left = 10; ; left--) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof CallError) || error.status !== 403 || left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
