// The core's own pages, behind NGINX: a login with all its steps on behalf of a service, and the documentation of the API.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { launch, person } from "../lib/browser.mjs";
import { loginCode, serviceToken } from "../lib/secrets.mjs";
import { api, production } from "../lib/system.mjs";

const basic = (name, password) => ({ Authorization: "Basic " + Buffer.from(`${name}:${password}`).toString("base64") });

describe("the core's pages", () => {
  let sys, browser, admin, adminPassword;
  const password = "Correct-horse-7";

  before(async () => {
    sys = await production({ enable_docs: true });
    browser = await launch();
    adminPassword = sys.core.output.match(/user "admin", password (\S+)/)[1];
  });
  after(async () => {
    await browser?.close();
    await sys?.stop();
  });

  const fillLogin = async (page, name, secret) => {
    await page.getByLabel("User name").fill(name);
    await page.getByLabel("Password", { exact: true }).fill(secret);
    await page.getByRole("button", { name: "Log in" }).click();
  };
  const fillPassword = async (page, secret) => {
    await page.getByLabel("New password", { exact: true }).fill(secret);
    await page.getByLabel("New password, again").fill(secret);
    await page.getByRole("button", { name: "Save and log in" }).click();
  };

  test("the first administrator must change the printed password, and ends at the sessions", async () => {
    const page = await person(browser);
    await page.goto(`${sys.base}/login`);
    await fillLogin(page, "admin", "wrong");
    await page.getByText("Check your user name and your password").waitFor();
    await fillLogin(page, "admin", adminPassword);
    await page.waitForURL(/\/login_change_password$/);
    await fillPassword(page, password);
    await page.waitForURL(/\/rehab\/$/);
    await page.getByRole("heading", { name: "Running now" }).waitFor();
    const answer = await api(`${sys.base}/api/user/login`, { headers: basic("admin", password) });
    assert.equal(answer.status, 200);
    admin = { Authorization: `OpenTera ${answer.body.user_token}` };
    assert.deepEqual(page.problems.filter((p) => !/401/.test(p)), []);
    await page.context().close();
  });

  test("a service's person: login, new password, second step set up, and back to the service", async () => {
    const { username, password: first } = sys.accounts;
    const users = await api(`${sys.base}/api/user/users?username=${username}`, { headers: admin });
    const change = { user: { id_user: users.body[0].id_user, user_force_password_change: true, user_2fa_enabled: true } };
    assert.equal((await api(`${sys.base}/api/user/users`, { method: "POST", headers: admin, body: change })).status, 200);
    const service = JSON.parse(await sys.redisGet("service.VideoRehabService"));
    const token = serviceToken(await sys.redisGet("ServiceTokenAPIKey"), service.service_uuid);
    const asked = await api(`${sys.base}/api/service/auth/code?endpoint_url=/done`, { headers: { Authorization: `OpenTera ${token}` } });
    const code = asked.body.auth_code;

    const page = await person(browser, { viewport: { width: 390, height: 844 } });
    await page.goto(`${sys.base}/login?auth_code=${code}`);
    await page.getByText("Another page asked you to log in").waitFor();
    await fillLogin(page, username, first);
    await page.waitForURL(/\/login_change_password$/);
    await page.getByText(`Account: ${username}`).waitFor();
    await fillPassword(page, "short");
    assert.ok(page.url().endsWith("/login_change_password"));
    await fillPassword(page, "Another-horse-8");

    await page.waitForURL(/\/login_setup_2fa$/);
    await page.getByRole("img", { name: "QR code" }).waitFor();
    assert.ok(await page.getByRole("img", { name: "QR code" }).evaluate((img) => img.naturalWidth > 100));
    const secret = await page.locator(".secret").textContent();
    await page.getByLabel("Six digits").fill("000000");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByText("Enter the code that your phone shows now").waitFor();
    await page.getByLabel("Six digits").fill(loginCode(secret));
    await page.getByRole("button", { name: "Continue" }).click();
    await page.waitForURL((url) => url.pathname === "/rehab/done/" && url.searchParams.has("auth_code"));
    const final = new URL(page.url()).searchParams.get("auth_code");
    assert.notEqual(final, code, "the code that began the login may be known to others");
    const told = JSON.parse(await sys.redisGet(`service_auth_code_${final}`));
    assert.equal(told.user_data.user_uuid, users.body[0].user_uuid);
    assert.equal((await api(`${sys.base}/api/user/sites`, { headers: { Authorization: `OpenTera ${told.user_data.user_token}` } })).status, 200);

    // The next login asks for the code; the service's request is used up.
    await page.goto(`${sys.base}/login`);
    await fillLogin(page, username, "Another-horse-8");
    await page.waitForURL(/\/login_validate_2fa$/);
    // The code of the first login is used up; that of the next half minute is taken already.
    await page.getByLabel("Six digits").fill(loginCode(secret, Date.now() + 30_000));
    await page.getByRole("button", { name: "Continue" }).click();
    await page.waitForURL(/\/rehab\/$/);
    await page.context().close();
  });

  test("the pages of further steps lead to the login, about says what this is", async () => {
    const page = await person(browser);
    for (const path of ["/login_change_password", "/login_setup_2fa", "/login_validate_2fa"]) {
      await page.goto(sys.base + path);
      assert.equal(new URL(page.url()).pathname, "/login");
    }
    await page.goto(`${sys.base}/about?lang=fr`);
    await page.getByRole("heading", { name: /À propos/ }).waitFor();
    await page.getByRole("link", { name: "Documentation de l’API" }).waitFor();
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });

  test("the API is described by the rules of OpenAPI, and the page sends requests", async () => {
    for (const path of ["/api/openapi.json", "/api/swagger.json"]) {
      const { body } = await api(sys.base + path);
      const checked = await new Validator().validate(body);
      assert.ok(checked.valid, JSON.stringify(checked.errors));
    }
    const page = await person(browser);
    await page.goto(`${sys.base}/doc`);
    await page.getByLabel("Search").fill("get /api/user/sites");
    await page.getByLabel("Who asks").selectOption("basic");
    await page.getByLabel("User name").fill("admin");
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByText("/api/user/sites", { exact: true }).first().click();
    await page.getByRole("button", { name: "Send the request" }).first().click();
    await page.getByText("Answer 200").waitFor();
    await page.getByText("site_name").first().waitFor();
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });
});
