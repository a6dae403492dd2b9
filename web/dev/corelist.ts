import type { Page } from "playwright-core";
import type { PageState } from "./pagelist.ts";

// The states of the core's own pages: its login, what it is, its API.

/** told is what the server would have written into the page (src/ui/boot.ts). */
const told = (boot: object): string => `document.addEventListener("readystatechange", () => {
  if (document.readyState !== "interactive") return;
  const e = document.createElement("script");
  e.type = "application/json";
  e.id = "boot";
  e.textContent = ${JSON.stringify(JSON.stringify(boot))};
  document.head.append(e);
});`;

const server = { step: "login", server: "Sherbrooke", version: "OpenTera_v1.3.0", username: "", service: false, noLogo: false, home: "" };
const at = (step: string, more: object = {}): string => told({ ...server, step, username: "anne.roy", ...more });
/** inProgram pretends to be OpenTeraPlus around the page. */
const inProgram = `window.qt = { webChannelTransport: {} };
window.said = [];
window.QWebChannel = class { constructor(_, ready) { setTimeout(() => ready({ objects: { qtObject: new Proxy({}, { get: (_, name) => (name === "then" ? undefined : (...a) => window.said.push([name, ...a])) }) } })); } };`;

async function login(page: Page): Promise<void> {
  await page.fill('input[autocomplete="username"]', "anne.roy");
  await page.fill('input[autocomplete="current-password"]', "Correct-horse7");
  await page.click('button[type="submit"]');
}
async function code(page: Page): Promise<void> {
  await page.fill(".input.code", "123456");
  await page.click('button[type="submit"]');
}
const notice = async (page: Page): Promise<void> => void (await page.waitForSelector(".notice"));

export const loginStates: Record<string, PageState> = {
  plain: { init: told(server) },
  service: { init: told({ ...server, service: true }) },
  missing: { init: told(server), steps: async (page) => page.click('button[type="submit"]') },
  wrong: { init: told(server), scenario: { answers: { "/api/user/login": 401 } }, steps: async (page) => {
    await login(page);
    await notice(page);
  } },
  locked: { init: told(server), scenario: { answers: { "/api/user/login": 401 } }, steps: async (page) => {
    for (let i = 0; i < 5; i++) {
      await login(page);
      await notice(page);
      await page.waitForTimeout(100);
    }
  } },
  unreachable: { init: told(server), scenario: { answers: { "/api/user/login": 0 } }, steps: async (page) => {
    await login(page);
    await notice(page);
  } },
  tooOld: { init: told(server), scenario: { answers: { "/api/user/login": 426 } }, steps: async (page) => {
    await login(page);
    await notice(page);
  } },
  done: { init: told(server), steps: async (page) => {
    await login(page);
    await notice(page);
  } },
  elsewhere: {
    init: `${told(server)}${inProgram}
const real = window.fetch;
window.fetch = (a, o) => String(a).includes("with_websocket=true") ? Promise.resolve(new Response("x", { status: 403 })) : real(a, o);`,
    steps: async (page) => {
      await login(page);
      await page.waitForSelector("form:not(:has(input))");
    },
  },
  password: { init: at("password"), steps: async (page) => page.locator('input[autocomplete="new-password"]').first().fill("Short1a") },
  weak: { init: at("password"), scenario: { answers: { "/api/user/login/change_password": 400 } }, steps: async (page) => {
    for (const field of await page.locator('input[autocomplete="new-password"]').all()) await field.fill("Correct-horse7");
    await page.click('button[type="submit"]');
    await notice(page);
  } },
  changed: { init: at("password") + inProgram, scenario: { answers: { "/api/user/login/change_password": {} } }, steps: async (page) => {
    for (const field of await page.locator('input[autocomplete="new-password"]').all()) await field.fill("Correct-horse7");
    await page.click('button[type="submit"]');
    await notice(page);
  } },
  setup: { init: at("setup"), steps: async (page) => void (await page.waitForSelector(".code-picture")) },
  code: { init: at("code") },
  codeWrong: { init: at("code") + 'window.fetch = () => Promise.resolve(new Response("\\"Invalid OTP code\\"", { status: 401 }));', steps: async (page) => {
    await code(page);
    await notice(page);
  } },
  expired: { init: at("code"), scenario: { answers: { "/api/user/login/2fa": 401 } }, steps: async (page) => {
    await code(page);
    await notice(page);
  } },
  codeLocked: { init: at("code"), scenario: { answers: { "/api/user/login/2fa": 403 } }, steps: async (page) => {
    await code(page);
    await notice(page);
  } },
};

const client = {
  client_name: "OpenTeraPlus", client_description: "OpenTeraPlus Qt Client", client_version: "1.3.0", client_documentation_url: "https://example.org/manual",
  client_windows_download_url: "https://example.org/windows", client_mac_download_url: "https://example.org/mac", client_linux_download_url: "",
};

export const aboutStates: Record<string, PageState> = {
  full: { init: told({ server: "Sherbrooke", version: "OpenTera_v1.3.0", address: "https://tera.example.org:40075", clients: [client], docs: true }) },
  bare: { init: told({ server: "gotera", version: "OpenTera_v1.3.0", address: "https://localhost:40075", clients: [{ ...client, client_windows_download_url: "", client_mac_download_url: "javascript:alert(1)" }], docs: false }) },
};

const text = { type: "string" };
const operation = (id: string, tag: string, summary: string, more: object = {}): object => ({
  tags: [tag], operationId: id, summary, security: [{ basicAuth: [] }, { openteraToken: [] }], responses: { 200: { description: "Done" }, 401: { description: "Not logged in, or no longer" } }, ...more,
});
const api = {
  openapi: "3.1.1", info: { title: "Sherbrooke", version: "1.3.0" }, tags: ["user", "participant", "device", "service"].map((name) => ({ name, description: "" })),
  components: { schemas: { site: { type: "object", properties: { id_site: { type: "integer" }, site_name: text } } } },
  paths: {
    "/api/user/sites": {
      get: operation("getUserSites", "user", "Lists sites that the caller may see.", { parameters: [
        { name: "id_site", description: "ID of the site to query", schema: { type: "integer" } }, { name: "list", description: "Only names", schema: { type: "boolean" } },
      ] }),
      post: operation("postUserSites", "user", "Creates a site (id 0) or changes one.", { requestBody: { content: { "application/json": { schema: { type: "object", properties: { site: { $ref: "#/components/schemas/site" } } } } } } }),
    },
    "/api/device/register": { get: operation("getDeviceRegister", "device", "Registers a device that will log in by its token.", { security: [], parameters: [{ name: "key", required: true, schema: text }] }) },
  },
};
const unfold = async (page: Page, method: string): Promise<void> => {
  await page.locator(".operation", { has: page.locator(`.method.${method}`) }).first().locator("summary").click();
  await page.waitForSelector(".operation form");
};

export const docStates: Record<string, PageState> = {
  list: { scenario: { answers: { "/api/openapi.json": api } }, steps: async (page) => void (await page.waitForSelector(".operation")) },
  get: { scenario: { answers: { "/api/openapi.json": api } }, steps: async (page) => {
    await page.locator("select").first().selectOption("basic");
    await unfold(page, "GET");
    await page.click('.operation button[type="submit"]');
    await page.waitForSelector(".reply");
  } },
  post: { scenario: { answers: { "/api/openapi.json": api } }, steps: async (page) => {
    await unfold(page, "POST");
    await page.fill("textarea", "{");
    await page.click('.operation button[type="submit"]');
  } },
  nothing: { scenario: { answers: { "/api/openapi.json": api } }, steps: async (page) => page.fill('input[type="search"]', "xyz") },
  failed: { scenario: { answers: { "/api/openapi.json": 502 } }, steps: notice },
  disabled: { init: told({ server: "", enabled: false }) },
};
