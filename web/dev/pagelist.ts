import type { Page } from "playwright-core";
import type { Scenario } from "./clinic.ts";

/** A state of a page: what its server does, and what the person did to get there. */
export interface PageState {
  scenario?: Scenario;
  /** Added to the page's address. */
  query?: string;
  /** Runs in the page before its own scripts. */
  init?: () => void;
  steps?: (page: Page) => Promise<void>;
}

async function login(page: Page): Promise<void> {
  await page.fill('input[autocomplete="username"]', "anne.roy");
  await page.fill('input[autocomplete="current-password"]', "Correct-horse7");
  await page.click('button[type="submit"]');
}
async function enter(page: Page): Promise<void> {
  await login(page);
  await page.waitForSelector(".person");
  await page.waitForSelector(".line");
}
const after = (more: (page: Page) => Promise<void>) => async (page: Page): Promise<void> => {
  await enter(page);
  await more(page);
};
const select = async (page: Page): Promise<void> => {
  await page.locator(".person input").nth(0).check();
  await page.locator(".person input").nth(2).check();
};
const join = { sessionUrl: "https://h/webrtc/8080/users?key=u-1.x", sessionUuid: "s-99", sessionCreatorName: "Samuel Ng", sessionUsers: ["u-1"] };
const started = { status: "started", session: { id_session: 40, session_uuid: "s-40", session_name: "Video session 2026.15" } };

export const rehabStates: Record<string, PageState> = {
  login: {},
  wrong: { scenario: { answers: { "/api/user/login": 401 } }, steps: login },
  unreachable: { scenario: { answers: { "/api/user/login": 0 } }, steps: login },
  elsewhere: {
    init: () => {
      const real = window.fetch;
      window.fetch = (input, options) =>
        String(input).includes("with_websocket=true") ? Promise.resolve(new Response("User already logged in.", { status: 403 })) : real(input, options);
    },
    steps: login,
  },
  password: {
    scenario: { answers: { "/api/user/login": { reason: "password_change" } } },
    steps: async (page) => {
      await login(page);
      await page.locator('input[autocomplete="new-password"]').first().fill("Short1a");
    },
  },
  code: { scenario: { answers: { "/api/user/login": { reason: "2fa" }, "/api/user/login/2fa": 401 } }, steps: async (page) => {
    await login(page);
    await page.fill(".input.code", "123456");
    await page.click('button[type="submit"]');
    await page.waitForSelector(".notice");
  } },
  codeSetup: { scenario: { answers: { "/api/user/login": { reason: "2fa_setup" } } }, steps: async (page) => {
    await login(page);
    await page.waitForSelector(".code-picture");
  } },
  dashboard: { scenario: { running: "two" }, steps: enter },
  empty: { scenario: { answers: { "/api/user/participants": [], "/api/user/devices": [], "/api/user/users": [{ id_user: 1, user_uuid: "u-1", user_name: "Dr. Anne Roy" }], "/api/user/sessions": [] } }, steps: async (page) => {
    await login(page);
    await page.waitForSelector(".people .empty");
  } },
  selected: { steps: after(select) },
  account: { steps: after((page) => page.click(".account-button")) },
  card: { steps: after(async (page) => {
    await page.locator(".person-more").first().click();
    await page.waitForSelector(".qr");
  }) },
  noLink: { steps: after(async (page) => {
    await page.locator(".person", { hasText: "Paul" }).locator(".person-more").click();
    await page.waitForSelector("dialog .primary");
  }) },
  opening: { scenario: { answers: { "/api/user/sessions/manager": started } }, steps: after(async (page) => {
    await select(page);
    await page.click(".start .primary");
    await page.waitForSelector(".opening-tile");
  }) },
  noPort: { scenario: { answers: { "/api/user/sessions/manager": { status: "error", error_text: "The session cannot be started: all session ports are in use; stop a session first" } } }, steps: after(async (page) => {
    await select(page);
    await page.click(".start .primary");
    await page.waitForSelector(".start .notice");
  }) },
  serviceDown: { scenario: { answers: { "/api/user/sessions/manager": 500, "/api/events": 502 } }, steps: after(async (page) => {
    await select(page);
    await page.click(".start .primary");
    await page.waitForSelector(".start .notice");
  }) },
  forbidden: { scenario: { answers: { "/api/user/sessions/manager": 403 } }, steps: after(async (page) => {
    await select(page);
    await page.click(".start .primary");
    await page.waitForSelector(".start .notice");
  }) },
  stopAsk: { scenario: { running: "one" }, steps: after(async (page) => page.click(".running .stop-quiet")) },
  memberMenu: { scenario: { running: "one" }, steps: after(async (page) => page.locator(".member .menu button").nth(1).click()) },
  invite: { scenario: { running: "one" }, steps: after(async (page) => {
    await page.locator(".running-actions .button").nth(1).click();
    await page.locator("dialog .person input").first().check();
  }) },
  details: { steps: after(async (page) => {
    await page.locator(".line-actions .quiet").first().click();
    await page.waitForSelector(".events li");
  }) },
  incoming: { scenario: { events: [["JoinSessionEvent", join]] }, steps: after(async (page) => void (await page.waitForSelector("dialog .go"))) },
  back: {
    scenario: { running: "one" },
    init: () => sessionStorage.setItem("gotera.visit", "s-11"),
    steps: after(async (page) => void (await page.waitForSelector(".notices .go"))),
  },
  lost: { scenario: { noSocket: true }, steps: after(async (page) => void (await page.waitForSelector(".notices .notice"))) },
  taken: { scenario: { close: 4000 }, steps: async (page) => {
    await login(page);
    await page.waitForSelector(".notice.warn");
  } },
  room: { scenario: { running: "one" }, steps: after(async (page) => {
    await page.click(".running .go");
    await page.waitForSelector(".room-frame");
  }) },
};

export const participantStates: Record<string, PageState> = {};
