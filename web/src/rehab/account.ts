import { signal } from "@preact/signals";
import { call, CallError } from "./opentera/call.ts";
import { core } from "./opentera/address.ts";
import { claims, refreshDelay } from "./opentera/token.ts";
import type { Problem } from "../account/problem.ts";
import { forget, type Identity, restore, save } from "./identity.ts";

/** Where the person is on the way in. The login page shows the form of each. */
export type Phase =
  | { at: "restoring" }
  | { at: "login"; problem?: Problem; detail?: string }
  | { at: "elsewhere" }
  | { at: "password"; problem?: Problem; detail?: string }
  | { at: "code"; problem?: Problem }
  | { at: "codeSetup"; picture: string; secret: string; problem?: Problem }
  | { at: "in" };

interface LoginAnswer {
  user_uuid?: string;
  user_fullname?: string;
  user_token?: string;
  websocket_url?: string;
  reason?: "password_change" | "2fa" | "2fa_setup";
}

/** Wrong passwords before OpenTera stops checking them for a while. */
const maxAttempts = 5;

/** Account takes a person through OpenTera's login and keeps the token alive while they work. */
export class Account {
  readonly phase = signal<Phase>({ at: "restoring" });
  readonly busy = signal(false);
  readonly identity = signal<Identity | undefined>(undefined);
  /** From the login; the dashboard's websocket uses it once. */
  websocketURL: string | undefined;
  private credentials: { username: string; password: string } | undefined; // only until the login is through
  private proved: { token: string; code: string } | undefined; // by a code, while the account is online elsewhere
  private wrong = { username: "", count: 0 };
  private timer: ReturnType<typeof setTimeout> | undefined;

  get username(): string {
    return this.credentials?.username ?? this.identity.value?.username ?? this.wrong.username;
  }

  /** resume takes up the login of this browser tab, after a reload, or one handed over in the page's address. */
  async resume(token?: string): Promise<void> {
    const kept = token ? handedOver(token) : restore();
    if (!kept) return this.to({ at: "login" });
    this.identity.value = kept;
    try {
      await this.refresh(true);
    } catch (error) {
      if (error instanceof CallError && error.status !== 0 && error.status < 500) return this.lost("expired");
      this.renewLater(); // the server is away; the dashboard says so and tries again
    }
    this.to({ at: "in" });
  }

  async login(username: string, password: string): Promise<void> {
    this.credentials = { username, password };
    await this.attempt(async () => this.answered(await this.ask(true)));
  }

  /** takeOver logs the other place out that uses this account, and logs in here. */
  async takeOver(): Promise<void> {
    const { credentials, proved } = this;
    if (!credentials) return this.to({ at: "login" });
    await this.attempt(async () => {
      await call(core("user/logout"), { auth: proved ? { token: proved.token } : credentials });
      this.answered(await this.patiently(() => this.ask(true)));
      // With a second step the code is asked for again; the one just entered may still be good.
      if (proved && this.phase.value.at === "code") this.answered(await this.patiently(() => this.sendCode(proved.code, true)));
    });
  }

  async changePassword(password: string, again: string): Promise<void> {
    await this.attempt(async () => {
      try {
        const body = { new_password: password, confirm_password: again };
        await call(core("user/login/change_password"), { method: "POST", auth: "session", body });
      } catch (error) {
        if (!(error instanceof CallError) || error.status !== 400) throw error;
        return this.to({ at: "password", problem: password === this.credentials?.password ? "samePassword" : "weak", detail: error.text });
      }
      if (this.credentials) this.credentials.password = password;
      this.answered(await this.ask(true));
    });
  }

  async enterCode(code: string): Promise<void> {
    await this.attempt(async () => {
      try {
        this.answered(await this.sendCode(code, true));
      } catch (error) {
        if (!(error instanceof CallError)) throw error;
        if (error.status === 401) return this.to({ at: "code", problem: "code" });
        if (error.status === 403) return this.codeRefused(code);
        throw error;
      }
    });
  }

  async setUpCode(code: string): Promise<void> {
    const phase = this.phase.value;
    if (phase.at !== "codeSetup") return;
    await this.attempt(async () => {
      try {
        const body = { otp_secret: phase.secret, otp_code: code };
        await call(core("user/login/setup_2fa"), { method: "POST", auth: "session", body });
      } catch (error) {
        if (error instanceof CallError && error.status === 401) return this.to({ ...phase, problem: "code" });
        throw error;
      }
      // The code is used up; the next one ends the login.
      this.to({ at: "code" });
    });
  }

  /** logout tells the server and forgets everything of this person. */
  async logout(problem: Problem = "loggedOut"): Promise<void> {
    const token = this.identity.value?.token;
    this.lost(problem);
    if (token) await call(core("user/logout"), { auth: { token }, timeout: 5_000 }).catch(() => undefined);
  }

  /** lost ends the login without telling the server: it has ended already. */
  lost(problem: Problem): void {
    clearTimeout(this.timer);
    if (this.identity.value) this.wrong = { username: this.identity.value.username, count: 0 };
    this.identity.value = undefined;
    this.websocketURL = undefined;
    forget();
    this.to({ at: "login", problem });
  }

  /** Back to the first form, when somebody gives up halfway. */
  restart(): void {
    this.credentials = this.proved = undefined;
    this.to({ at: "login" });
  }

  /** refresh renews the token; with a websocket it returns the address of a new one, if the user has none open. */
  async refresh(websocket: boolean): Promise<string | undefined> {
    const before = this.identity.value;
    if (!before) throw new CallError(401, "");
    const answer = await call<{ refresh_token: string; websocket_url?: string }>(
      core("user/refresh_token", { with_websocket: websocket || undefined }), { auth: { token: before.token } },
    );
    this.use({ ...before, token: answer.refresh_token });
    if (answer.websocket_url) this.websocketURL = answer.websocket_url;
    return answer.websocket_url;
  }

  private to(phase: Phase): void {
    this.phase.value = phase;
  }

  private ask(websocket: boolean): Promise<LoginAnswer> {
    // With cookies: the second steps (new password, code) are tied to this login by them.
    return call<LoginAnswer>(core("user/login", { with_websocket: websocket || undefined }), {
      auth: this.credentials, cookies: true,
    });
  }

  private sendCode(code: string, websocket: boolean): Promise<LoginAnswer> {
    const body = { otp_code: code, with_websocket: websocket };
    return call<LoginAnswer>(core("user/login/2fa"), { method: "POST", auth: "session", body });
  }

  /** codeRefused finds out whether too many codes were wrong, or the account is online elsewhere: as with passwords. */
  private async codeRefused(code: string): Promise<void> {
    const token = (await this.sendCode(code, false).catch(() => undefined))?.user_token;
    if (!token) return this.to({ at: "login", problem: "locked" });
    this.proved = { token, code };
    this.to({ at: "elsewhere" });
  }

  /** patiently asks again until the server has seen the other websocket go. */
  private async patiently(ask: () => Promise<LoginAnswer>): Promise<LoginAnswer> {
    for (let left = 10; ; left--) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof CallError) || error.status !== 403 || left === 0) throw error;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    if (this.busy.value) return;
    this.busy.value = true;
    try {
      await work();
    } catch (error) {
      await this.failed(error);
    } finally {
      this.busy.value = false;
    }
  }

  private async failed(error: unknown): Promise<void> {
    const status = error instanceof CallError ? error.status : 0;
    const phase = this.phase.value;
    const here = (problem: Problem): void => {
      if (phase.at === "password" || phase.at === "codeSetup" || phase.at === "code") this.to({ ...phase, problem });
      else this.to({ at: "login", problem });
    };
    if (status === 0) return here("unreachable");
    if (status >= 500) return here("server");
    if (status === 401) return this.to({ at: "login", problem: this.countWrong() });
    if (status === 429) return this.to({ at: "login", problem: "tooMany" });
    if (status === 403) return this.to((await this.onlineElsewhere()) ? { at: "elsewhere" } : { at: "login", problem: "tooMany" });
    return here("refused");
  }

  private countWrong(): Problem {
    const username = this.credentials?.username ?? "";
    this.wrong = { username, count: this.wrong.username === username ? this.wrong.count + 1 : 1 };
    return this.wrong.count >= maxAttempts ? "tooMany" : "wrong";
  }

  /** A refused login means "already online" exactly when it succeeds without a websocket; texts are translated, so they do not tell. */
  private async onlineElsewhere(): Promise<boolean> {
    try {
      const answer = await this.ask(false);
      return answer.user_token !== undefined || answer.reason !== undefined;
    } catch {
      return false;
    }
  }

  private answered(a: LoginAnswer | null): void {
    this.wrong = { username: "", count: 0 };
    if (a?.user_token && a.user_uuid) {
      const username = this.credentials?.username ?? "";
      this.credentials = this.proved = undefined;
      this.websocketURL = a.websocket_url;
      this.use({ token: a.user_token, uuid: a.user_uuid, name: a.user_fullname ?? username, username });
      return this.to({ at: "in" });
    }
    if (a?.reason === "password_change") return this.to({ at: "password" });
    if (a?.reason === "2fa") return this.to({ at: "code" });
    if (a?.reason === "2fa_setup") return void this.attemptSetup();
    this.to({ at: "login", problem: "server" });
  }

  private async attemptSetup(): Promise<void> {
    try {
      const a = await call<{ qr_code: string; otp_secret: string }>(core("user/login/setup_2fa"), { auth: "session" });
      this.to({ at: "codeSetup", picture: a.qr_code, secret: a.otp_secret });
    } catch (error) {
      await this.failed(error);
    }
  }

  private use(identity: Identity): void {
    this.identity.value = identity;
    save(identity);
    this.renewLater();
  }

  private renewLater(): void {
    clearTimeout(this.timer);
    const token = this.identity.value?.token;
    const delay = token === undefined ? undefined : refreshDelay(token, Date.now());
    if (delay === undefined) return;
    this.timer = setTimeout(() => {
      this.refresh(false).catch((error: unknown) => {
        if (error instanceof CallError && error.status === 401) this.lost("expired");
        else this.renewLater();
      });
    }, delay);
  }
}

function handedOver(token: string): Identity {
  const said = claims(token);
  return { token, uuid: said?.uuid ?? "", name: said?.name ?? "", username: "" };
}
