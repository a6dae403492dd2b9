import type { Page } from "playwright-core";
import type { Scenario } from "./clinic.ts";

/** A state of a page: what its server does, and what the person did to get there. */
export interface PageState {
  scenario?: Scenario;
  /** Added to the page's address. */
  query?: string;
  /** Runs in the page before its own scripts. */
  init?: string | (() => void);
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

const reach = { "/api/connectivity": { answer: "v=0", iceServers: [{ urls: ["turn:h?transport=udp", "turn:h?transport=tcp", "turns:h?transport=tcp"] }] } };
/** network pretends one on which these ways are open: "direct", or URLs of relays. */
const network = (...open: string[]): string => `
  const open = ${JSON.stringify(open)};
  window.RTCPeerConnection = class {
    constructor(config) { this.way = config.iceServers[0]?.urls[0] ?? "direct"; }
    localDescription = { sdp: "" };
    createDataChannel() {
      const channel = { readyState: "connecting", send: (data) => setTimeout(() => channel.onmessage({ data }), 23) };
      return (this.channel = channel);
    }
    async setLocalDescription() {}
    async setRemoteDescription() {
      if (!open.includes(this.way)) throw new Error("blocked");
      this.channel.readyState = "open";
    }
    close() {}
  };`;
const found = async (page: Page): Promise<void> => {
  await page.waitForSelector(".reach-details");
  await page.waitForFunction(() => document.querySelectorAll(".reach-ways > div").length === 6);
};

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
  codeShort: { scenario: { answers: { "/api/user/login": { reason: "2fa" } } }, steps: async (page) => {
    await login(page);
    await page.fill(".input.code", "123");
    await page.click('button[type="submit"]');
    await page.waitForSelector(".field .error");
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
  reach: { scenario: { answers: reach }, init: network("turn:h?transport=udp"), steps: after(async (page) => {
    await page.click(".account-button");
    await page.getByRole("menuitem").first().click();
    await found(page);
    await page.click(".reach-details summary");
  }) },
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
  refused: { scenario: { running: "one", delay: 4_000, events: [["JoinSessionReplyEvent", { sessionUuid: "s-11", participantUuid: "p-1", joinReply: "REPLY_DENIED" }]] }, steps: after(async (page) => {
    await page.click(".running-actions .go");
    await page.waitForSelector(".session-news");
  }) },
  room: { scenario: { running: "one" }, steps: after(async (page) => {
    await page.click(".running-actions .go");
    await page.waitForSelector(".room-frame", { timeout: 4000 });
  }) },
};

const call = { sessionUrl: "https://h/webrtc/8080/participants?key=p-1.x", sessionUuid: "s-99", sessionCreatorName: "Dr. Anne Roy", sessionParticipants: ["p-1"] };
const link = "&token=a.b.c";
/** deny makes the browser refuse camera and microphone, or have none, or have them in use. */
const deny = (name: string) => `navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", ${JSON.stringify(name)}))`;
const ready = async (page: Page): Promise<void> => {
  await page.waitForSelector(".wait-picture video");
  await page.waitForSelector(".check-line.good:nth-child(3)");
};
const later: Scenario["events"] = [["JoinSessionEvent", call]];
const put = async (page: Page): Promise<void> => {
  await page.waitForSelector(".call");
  await page.locator(".call .button").nth(1).click();
  await ready(page);
};
const inFrame = (data: object) => async (page: Page): Promise<void> => {
  const frame = await (await page.waitForSelector(".room-frame")).contentFrame();
  await frame?.waitForSelector("p");
  await frame?.evaluate((message) => parent.postMessage(message, location.origin), { gotera: "room", ...data });
  await ready(page);
};

export const participantStates: Record<string, PageState> = {
  waiting: { query: link, steps: ready },
  opening: { query: link, init: "navigator.mediaDevices.getUserMedia = () => new Promise(() => undefined)" },
  called: { query: link, scenario: { events: later, delay: 2_000 }, steps: async (page) => {
    await ready(page);
    await page.waitForSelector(".call");
  } },
  calledAsk: { query: link, init: 'localStorage.setItem("gotera.joinsItself", "no")', scenario: { events: later }, steps: async (page) => void (await page.waitForSelector(".call")) },
  putOff: { query: link, scenario: { events: later, delay: 2_000 }, steps: put },
  room: { query: link, scenario: { events: later }, steps: async (page) => void (await page.waitForSelector(".room-frame")) },
  left: { query: link, scenario: { events: later }, steps: inFrame({ event: "left" }) },
  over: { query: link, scenario: { events: later }, steps: inFrame({ event: "ended", detail: { reason: "stopped" } }) },
  removed: { query: link, scenario: { events: later }, steps: inFrame({ event: "ended", detail: { reason: "removed" } }) },
  denied: { query: link, init: deny("NotAllowedError"), steps: async (page) => void (await page.waitForSelector(".how")) },
  noCamera: { query: link, init: "const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices); navigator.mediaDevices.getUserMedia = (c) => c.video ? Promise.reject(new DOMException('', 'NotFoundError')) : real(c)", steps: async (page) => void (await page.waitForSelector(".how")) },
  taken: { query: link, init: deny("NotReadableError"), steps: async (page) => void (await page.waitForSelector(".how")) },
  lost: { query: link, scenario: { noSocket: true }, steps: async (page) => void (await page.waitForSelector(".check-line.todo")) },
  reached: { query: link, scenario: { answers: reach }, init: network("direct"), steps: found },
  detour: { query: link, scenario: { answers: reach }, init: network("turns:h?transport=tcp"), steps: async (page) => {
    await found(page);
    await page.click(".reach-details summary");
    await page.locator(".reach-again").scrollIntoViewIfNeeded();
  } },
  nothing: { query: link, scenario: { answers: reach }, init: network(), steps: async (page) => {
    await page.waitForSelector(".reach-how");
    await page.locator(".reach-again").scrollIntoViewIfNeeded();
  } },
  elsewhere: { query: link, scenario: { close: 4000 }, steps: async (page) => void (await page.waitForSelector(".problem")) },
  badLink: { query: link, scenario: { answers: { "/api/participant/login": 401 } }, steps: async (page) => void (await page.waitForSelector(".problem")) },
  incomplete: {},
};
