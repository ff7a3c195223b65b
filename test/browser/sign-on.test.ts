import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { newToken } from "../../daemon/access/tokens.ts";
import { openTab, startBrowser, type Tab, violationsOf } from "../support/browser.ts";
import { dataFolder, demoRegister, startDaemon, type TestDaemon } from "../support/daemon.ts";
import { CLIENT, signOnRegister, startIssuer, type TestIssuer } from "../support/issuer.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

const viewer = newToken("reception", "viewer");

let redis: TestRedis;
let issuer: TestIssuer;
let browser: Browser;
let tab: Tab;
const daemons: TestDaemon[] = [];
const folders: ReturnType<typeof dataFolder>[] = [];

beforeAll(async () => {
  redis = await startRedis({ appendonly: "yes", appendfsync: "no" });
  issuer = await startIssuer(() => daemons.map(({ httpUrl }) => httpUrl));
  browser = await startBrowser();
  for (let i = 0; i < 2; i++) daemons.push(await startSignOnDaemon(issuer));
});
afterAll(async () => {
  await browser?.close();
  await Promise.all(daemons.map((daemon) => daemon.stop()));
  await issuer?.stop();
  await redis?.stop();
  for (const folder of folders) folder[Symbol.dispose]();
});
beforeEach(async () => {
  tab = await openTab(browser);
});
afterEach(() => tab.close());

async function startSignOnDaemon(
  at: { issuer: string },
  secret = CLIENT.secret,
  more: Record<string, string> = {},
): Promise<TestDaemon> {
  const folder = dataFolder();
  folders.push(folder);
  writeFileSync(join(folder.path, "oidc-secret.txt"), `${secret}\n`);
  writeFileSync(join(folder.path, "people.txt"), `${viewer.line}\n`);
  const register = demoRegister() + signOnRegister(at);
  const env = { REDIS_URL: redis.url, SEATMETER_PREFIX: `${at.issuer} `, ...more };
  return startDaemon({ register, data: folder.path, env });
}

/** From any page of a daemon to the issuer and back, as whoever one says to be there. */
async function signOn(path: string, who: string, { httpUrl } = daemons[0]!) {
  const { page } = tab;
  await page.goto(httpUrl + path);
  await page.getByRole("button", { name: /^Sign in with localhost/ }).click();
  await page.locator("[name=login]").fill(who);
  await page.locator("[name=password]").fill("any");
  await page.locator("button[type=submit]").click();
  await page.getByRole("button", { name: "Continue" }).click();
}

describe("somebody who signs in at the issuer", () => {
  test("comes back to the page that was asked for, with the role of the groups", async () => {
    const complaints: string[] = [];
    tab.page.on("console", (message) => {
      // The issuer's own pages are not ours to judge.
      const ours = message.location().url.startsWith(daemons[0]!.httpUrl);
      if (ours && ["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    await signOn("/pools/demo?from=mail", "asmith Licence-Readers Everybody");
    await tab.page.waitForURL(`${daemons[0]!.httpUrl}/pools/demo?from=mail`);
    await tab.page.getByRole("link", { name: "Sign in or out" }).click();
    await tab.page.getByText("You are signed in as asmith (viewer).").waitFor();
    expect(complaints).toEqual([]);
  });

  test("is known to every daemon of the ledger, and signs out of all of them", async () => {
    await signOn("/", "asmith Licence-Admins");
    await tab.page.waitForURL(`${daemons[0]!.httpUrl}/`);
    await tab.page.goto(`${daemons[1]!.httpUrl}/sign-in`);
    await tab.page.getByText("You are signed in as asmith (admin).").waitFor();
    await tab.page.getByRole("button", { name: "Sign out" }).click();
    await tab.page.getByRole("button", { name: /^Sign in with localhost/ }).waitFor();
    await tab.page.goto(`${daemons[0]!.httpUrl}/`);
    await tab.page.getByRole("heading", { name: "Sign in", exact: true }).waitFor();
  });

  test("stands in the audit when coming and when going, with name and role; a viewer does not", async () => {
    const audited = await startSignOnDaemon(issuer, CLIENT.secret, { SEATMETER_HISTORY: "on", SEATMETER_PREFIX: "a " });
    daemons.push(audited);
    for (const who of ["asmith Licence-Admins", "bjones Licence-Readers"]) {
      await tab.page.context().clearCookies();
      await signOn("/", who, audited);
      await tab.page.waitForURL(`${audited.httpUrl}/`);
      await tab.page.goto(`${audited.httpUrl}/sign-in`);
      await tab.page.getByRole("button", { name: "Sign out" }).click();
      await tab.page.getByRole("heading", { name: "You are signed out of seatmeter" }).waitFor();
    }
    const book = new DatabaseSync(join(audited.data, "history.sqlite"), { readOnly: true });
    const rows = book
      .prepare("select who, role, act, phase, outcome from audit where act like 'sign_%' order by seq")
      .all();
    book.close();
    expect(rows.map((row) => Object.values(row))).toEqual(
      ["sign_in", "sign_out"].flatMap((act) => [
        ["asmith", "admin", act, "intent", ""],
        ["asmith", "admin", act, "outcome", "done"],
      ]),
    );
  });

  test("may end it at the issuer too, and is led there", async () => {
    await signOn("/", "asmith Licence-Readers");
    await tab.page.waitForURL(`${daemons[0]!.httpUrl}/`);
    await tab.page.goto(`${daemons[0]!.httpUrl}/sign-in`);
    await tab.page.getByRole("button", { name: "Sign out" }).click();
    await tab.page.getByRole("heading", { name: "You are signed out of seatmeter" }).waitFor();
    expect(await violationsOf(tab.page)).toEqual([]);
    await tab.page.getByRole("link", { name: /^Sign out of localhost/ }).click();
    await tab.page.waitForURL(`${issuer.issuer}/session/end?**`);
  });

  test("with no group that the register names has no role, and reads whom to ask", async () => {
    await signOn("/", "bjones Everybody");
    await tab.page.getByRole("heading", { name: "You have no role in seatmeter" }).waitFor();
    const text = await tab.page.locator("main").textContent();
    expect(text).toContain("You signed in as bjones");
    expect(text).toContain("Ask licences@exampleshire.example");
    expect(await violationsOf(tab.page)).toEqual([]);
    expect((await tab.page.context().cookies(daemons[0]!.httpUrl)).map(({ name }) => name)).not.toContain("seatmeter");
  });

  test("gets a cookie that scripts and other sites cannot use, and a new one each time", async () => {
    const [url] = [daemons[0]!.httpUrl];
    const mine = async () => (await tab.page.context().cookies(url)).find(({ name }) => name === "seatmeter")!;
    await signOn("/", "asmith Licence-Readers");
    await tab.page.waitForURL(`${url}/`);
    const first = await mine();
    expect(first).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/" });
    await tab.page.goto(`${url}/sign-in/start`);
    await tab.page.waitForURL(`${url}/`);
    const second = await mine();
    expect(second.value).not.toBe(first.value);
    const before = await fetch(`${url}/api/v1/pools`, { headers: { cookie: `seatmeter=${first.value}` } });
    expect(before.status).toBe(401);
    const now = await fetch(`${url}/api/v1/pools`, { headers: { cookie: `seatmeter=${second.value}` } });
    expect(now.status).toBe(200);
  });
});

test("the pages for signing in, and the accessibility statement that each links to, are open and accessible", async () => {
  await tab.page.goto(`${daemons[0]!.httpUrl}/sign-in`);
  expect(await violationsOf(tab.page)).toEqual([]);
  expect(await tab.page.locator("footer").textContent()).toContain("not for judging anybody’s attendance");
  await tab.page.getByRole("link", { name: "Accessibility" }).click();
  await tab.page.getByRole("heading", { name: "Accessibility statement" }).waitFor();
  expect(await tab.page.locator("main").textContent()).toContain("licences@exampleshire.example");
  expect(await violationsOf(tab.page)).toEqual([]);
  expect(tab.complaints).toEqual([]);
});

describe("coming back", () => {
  const back = (query: string, headers: Record<string, string> = {}) =>
    fetch(`${daemons[0]!.httpUrl}/sign-in/callback?${query}`, { headers, redirect: "manual" });
  const begin = async () => {
    const answer = await fetch(`${daemons[0]!.httpUrl}/sign-in/start?next=/register`, { redirect: "manual" });
    const cookie = answer.headers.getSetCookie()[0]!;
    return { cookie, kept: cookie.split(";")[0]!, to: new URL(answer.headers.get("location")!) };
  };

  test("is prepared with a state, a nonce and a challenge that are never the same", async () => {
    const [one, other] = [await begin(), await begin()];
    for (const name of ["state", "nonce", "code_challenge"]) {
      expect(one.to.searchParams.get(name)).toMatch(/^[\w-]{43}$/);
      expect(one.to.searchParams.get(name)).not.toBe(other.to.searchParams.get(name));
    }
    expect(one.to.searchParams.get("code_challenge_method")).toBe("S256");
    expect(one.to.searchParams.get("response_type")).toBe("code");
    expect(one.cookie).toMatch(/HttpOnly/);
    expect(one.cookie).toMatch(/SameSite=Lax/);
    expect(one.cookie).not.toContain(one.to.searchParams.get("state"));
  });

  test.each([
    ["in a browser that began nothing", async () => back("code=x&state=y")],
    ["with a state of another's", async () => back("code=x&state=y", { cookie: (await begin()).kept })],
    [
      "with what somebody else sealed",
      async () => back("code=x&state=y", { cookie: "seatmeter-sign-on=e30.e30.e30.e30.e30" }),
    ],
    [
      "with a code that the issuer never gave",
      async () => {
        const { kept, to } = await begin();
        const from = new URLSearchParams({ code: "x", state: to.searchParams.get("state")!, iss: issuer.issuer });
        return back(from.toString(), { cookie: kept });
      },
    ],
    [
      "from another issuer",
      async () => {
        const { kept, to } = await begin();
        const from = new URLSearchParams({
          code: "x",
          state: to.searchParams.get("state")!,
          iss: "https://evil.example",
        });
        return back(from.toString(), { cookie: kept });
      },
    ],
    [
      "where the person or the issuer said no",
      async () => {
        const { kept, to } = await begin();
        const from = { error: "access_denied", state: to.searchParams.get("state")!, iss: issuer.issuer };
        return back(new URLSearchParams(from).toString(), { cookie: kept });
      },
    ],
  ])("signs nobody in %s", async (_what, come) => {
    const answer = await come();
    expect(answer.status).toBe(403);
    expect(answer.headers.getSetCookie().filter((cookie) => cookie.startsWith("seatmeter="))).toEqual([]);
    expect(await answer.text()).toContain("You are not signed in");
  });

  test("twice with one answer of the issuer signs in once", async () => {
    const came: string[] = [];
    const kept: string[] = [];
    tab.page.on("request", async (request) => {
      if (!request.url().includes("/sign-in/callback")) return;
      came.push(request.url());
      kept.push((await request.allHeaders()).cookie ?? "");
    });
    await signOn("/", "asmith Licence-Admins");
    await tab.page.waitForURL(`${daemons[0]!.httpUrl}/`);
    const again = await fetch(came[0]!, { headers: { cookie: kept[0]! } });
    expect(kept[0]).toContain("seatmeter-sign-on=");
    expect(again.status).toBe(403);
  });

  test("leads to pages of ours only", async () => {
    for (const next of ["https://evil.example/", "//evil.example", "/\\evil.example"]) {
      await tab.page.context().clearCookies();
      await signOn(`/sign-in?next=${encodeURIComponent(next)}`, "asmith Licence-Readers");
      await tab.page.waitForURL(`${daemons[0]!.httpUrl}/`);
    }
  });
});

describe("while the issuer is away", () => {
  test("the page says so, and tokens still sign in", async () => {
    const gone = await startIssuer(() => []);
    await using daemon = await startSignOnDaemon(gone);
    await gone.stop();
    await tab.page.goto(`${daemon.httpUrl}/`);
    await tab.page.getByRole("button", { name: /^Sign in with localhost/ }).click();
    await tab.page.getByRole("heading", { name: "Single sign-on does not work now" }).waitFor();
    expect(await violationsOf(tab.page)).toEqual([]);
    await tab.page.getByRole("link", { name: "Sign in", exact: true }).click();
    await tab.page.getByLabel("Your token").fill(viewer.token);
    await tab.page.getByRole("button", { name: "Sign in with a token" }).click();
    await tab.page.getByRole("heading", { name: "Can people work?" }).waitFor();
    const byToken = await fetch(`${daemon.httpUrl}/api/v1/pools`, {
      headers: { authorization: `Bearer ${viewer.token}` },
    });
    expect(byToken.status).toBe(200);
  });

  test("a secret that it does not accept is told as such in the log", async () => {
    const other = await startIssuer(() => daemons.map(({ httpUrl }) => httpUrl));
    const daemon = await startSignOnDaemon(other, "an old secret");
    daemons.push(daemon);
    await signOn("/", "asmith Licence-Readers", daemon);
    await tab.page.getByRole("heading", { name: "Single sign-on does not work now" }).waitFor();
    expect(daemon.output()).toContain("invalid_client");
    expect(daemon.output()).not.toContain("an old secret");
    await other.stop();
  });
});
