import assert from "node:assert/strict";
import { test } from "node:test";
import { connectBridge, type Bridge } from "./bridge.ts";
import { type Boot, Entry } from "./entry.ts";

const server: Boot = { step: "login", server: "s", version: "v", username: "", service: false, noLogo: false, home: "" };
const token = { user_token: "t", user_uuid: "u", user_fullname: "Anne Roy", websocket_url: "wss://h/wss/user?id=1" };
type Said = [status: number, body?: unknown];

/** entry makes a login page's logic whose server gives these answers, one after the other. */
function entry(boot: Partial<Boot>, answers: Said[], bridge?: Partial<Record<keyof Bridge, (...a: string[]) => void>>) {
  const asked: string[] = [];
  const went: string[] = [];
  globalThis.fetch = (address, options) => {
    asked.push(`${options?.method} ${String(address)}`);
    const [status, body] = answers.shift() ?? [500];
    return status === 0 ? Promise.reject(new TypeError()) : Promise.resolve(new Response(JSON.stringify(body ?? ""), { status }));
  };
  const e = new Entry({ ...server, ...boot }, { bridge: Promise.resolve(bridge as Bridge | undefined), go: (address) => void went.push(address) });
  return { e, asked, went };
}

test("each step of the login leads to the next page, and a service gets its person back", async () => {
  for (const [reason, next] of [["password_change", "/login_change_password"], ["2fa", "/login_validate_2fa"], ["2fa_setup", "/login_setup_2fa"]]) {
    const { e, went } = entry({}, [[200, { reason, redirect_url: next }]]);
    await e.login("anne", "pw");
    assert.deepEqual(went, [next]);
  }
  const { e, went } = entry({ service: true }, [[200, { redirect_url: "/file/x/?auth_code=c" }]]);
  await e.login("anne", "pw");
  assert.deepEqual(went, ["/file/x/?auth_code=c"]);
  assert.deepEqual(e.phase.value, { at: "done", leaving: true });
});

test("without a service people go to the sessions, or are done", async () => {
  const home = entry({ home: "/rehab/" }, [[200, token]]);
  await home.e.login("anne", "pw");
  assert.deepEqual(home.went, ["/rehab/"]);
  const none = entry({}, [[200, token]]);
  await none.e.login("anne", "pw");
  assert.deepEqual([none.went, none.e.phase.value], [[], { at: "done", leaving: false }]);
});

test("the desktop program gets the token, and is told of every step", async () => {
  const said: string[][] = [];
  const bridge = Object.fromEntries(
    ["sendLoginSuccess", "sendLoginFailure", "sendCheckInProgress", "sendSetupInProgress", "sendPasswordChangeInProgress", "sendRedirectToLogin"].map((name) => [name, (...a: string[]) => said.push([name, ...a])]),
  );
  await entry({ home: "/rehab/" }, [[200, token]], bridge).e.login("anne", "pw");
  await entry({}, [[200, { reason: "2fa", redirect_url: "/login_validate_2fa" }]], bridge).e.login("anne", "pw");
  await entry({}, [[401]], bridge).e.login("anne", "pw");
  const changed = entry({ step: "password" }, [[200, "Password changed"]], bridge);
  await changed.e.changePassword("a", "a");
  changed.e.restart();
  await Promise.resolve();
  assert.deepEqual(said.map((s) => s[0]), ["sendLoginSuccess", "sendCheckInProgress", "sendLoginFailure", "sendRedirectToLogin"]);
  assert.deepEqual(said[0], ["sendLoginSuccess", "t", "wss://h/wss/user?id=1", "u"]);
  assert.deepEqual(changed.went, []);
});

test("in a browser a new password ends in the login itself", async () => {
  const { e, asked, went } = entry({ step: "password", username: "anne" }, [[200, "Password changed"], [200, { reason: "2fa_setup", redirect_url: "/login_setup_2fa" }]]);
  await e.changePassword("New-password1", "New-password1");
  assert.deepEqual(asked, ["POST /api/user/login/change_password", "GET /api/user/login?with_websocket=true"]);
  assert.deepEqual(went, ["/login_setup_2fa"]);
});

test("an account that is online elsewhere: a browser goes on without a websocket, the program may take over", async () => {
  const browser = entry({}, [[403], [200, token]]);
  await browser.e.login("anne", "pw");
  assert.deepEqual(browser.asked, ["GET /api/user/login?with_websocket=true", "GET /api/user/login"]);
  assert.equal(browser.e.phase.value.at, "done");
  const program = entry({}, [[403], [200, token], [200], [200, token]], { sendLoginFailure: () => undefined, sendLoginSuccess: () => undefined });
  await program.e.login("anne", "pw");
  assert.equal(program.e.phase.value.at, "elsewhere");
  await program.e.takeOver();
  assert.deepEqual(program.asked.slice(2), ["GET /api/user/logout", "GET /api/user/login?with_websocket=true"]);
  assert.equal(program.e.phase.value.at, "done");
});

test("refusals say what to do", async () => {
  const at = (e: Entry) => e.phase.value as { at: string; problem?: string; why?: string };
  for (const [status, problem] of [[0, "unreachable"], [401, "wrong"], [429, "tooMany"], [500, "server"], [400, "refused"]] as const) {
    const { e } = entry({}, [[status]]);
    await e.login("anne", "pw");
    assert.deepEqual([at(e).at, at(e).problem], ["login", problem]);
  }
  const many = entry({}, Array.from({ length: 5 }, (): Said => [401]));
  for (let i = 0; i < 5; i++) await many.e.login("anne", "pw");
  assert.equal(at(many.e).problem, "tooMany");
  const code = (answers: Said[]) => entry({ step: "code" }, answers).e;
  for (const [answers, want] of [
    [[[401, "Invalid OTP code"]], "code"], [[[401, "Unauthorized"]], "expired"], [[[403], [403]], "locked"], [[[426]], "version"],
  ] as [Said[], string][]) {
    const e = code(answers);
    await e.open("123456");
    assert.equal(at(e).problem ?? at(e).why, want);
  }
  const expired = entry({ service: true }, [[403, "Invalid authentication code"], [200, token]]);
  await expired.e.login("anne", "pw");
  assert.deepEqual(expired.e.phase.value, { at: "ended", why: "code" });
});

test("the program around the page is found by its transport only", async () => {
  assert.equal(await connectBridge({}), undefined);
  const qtObject = {} as Bridge;
  class QWebChannel {
    constructor(_: unknown, ready: (c: { objects: { qtObject?: Bridge } }) => void) {
      ready({ objects: { qtObject } });
    }
  }
  assert.equal(await connectBridge({ qt: { webChannelTransport: {} }, QWebChannel }), qtObject);
});
