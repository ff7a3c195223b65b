import { randomUUID } from "node:crypto";
import AxeBuilder from "@axe-core/playwright";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { leads, openTab, startBrowser, type Tab } from "../support/browser.ts";
import { startDaemon, type TestDaemon } from "../support/daemon.ts";

/* Pages of the past of a real daemon, from launches to what is shown of them. */

const REGISTER = `
organisation: Exampleshire Council
sites: { hall: { name: Civic Centre, networks: [127.0.0.0/8] }, depot: { name: Depot, networks: [10.0.0.0/8] } }
products:
  demo: { name: Demo, owner: ict@exampleshire.example, pools: [demo] }
pools:
  demo:
    seatFor: [session]
    entitlements: [{ reference: PO-1, seats: 2, starts: 2020-01-01, ends: 2998-12-31, notice: 90d }]
`;

let daemon: TestDaemon;
let browser: Browser;
let tab: Tab;

beforeAll(async () => {
  daemon = await startDaemon({ register: REGISTER, env: { SEATMETER_HISTORY: "on" } });
  browser = await startBrowser();
  for (const user of ["asmith", "bjones", "canary", "canary", "dlee"]) await launch("demo", user);
  await launch("unheard-of", "canary");
  tab = await openTab(browser, { javaScriptEnabled: false });
});
afterAll(async () => {
  await browser?.close();
  await daemon?.stop();
});

const launch = (product: string, user: string) =>
  fetch(`${daemon.httpUrl}/api/v1/checkouts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ leaseId: randomUUID(), product, user, device: "PC-1" }),
  });
const open = (path: string, where = tab) => where.page.goto(daemon.httpUrl + path);
const rows = () => tab.page.locator("tbody tr").count();

test("denials of the past are found by reason and site, without a name of anybody", async () => {
  await expect.poll(async () => (await open("/denials?reason=no_seats")) && rows()).toBe(3);
  expect(await tab.page.content()).not.toMatch(/canary|asmith|dlee/);
  expect(await tab.page.getByLabel("Why").inputValue()).toBe("no_seats");

  await tab.page.getByLabel("Site").selectOption("Depot");
  await tab.page.getByRole("button", { name: "Show" }).click();
  await tab.page.getByText("Nobody was refused there and then.").waitFor();
  await open("/denials?from=2999-01-01");
  expect(await rows()).toBe(0);
  expect((await open("/denials?reason=%3Cb%3E&site=__proto__&cursor=x&from=y"))?.status()).toBe(200);
});

test("a person’s denials are found by a form, and the name stands in no address", async () => {
  await open("/denials");
  await tab.page.getByLabel("User name").fill("CANARY");
  await leads(tab.page, tab.page.getByRole("button", { name: "Search" }).click());
  await tab.page.getByText("Launches of CANARY that were refused, newest first.").waitFor();
  expect(await rows()).toBe(3);
  expect(tab.page.url()).toBe(`${daemon.httpUrl}/denials/search`);

  await tab.page.getByRole("button", { name: "Search" }).click();
  await tab.page.getByRole("alert").getByText("Enter the name of a user").waitFor();
});

test("the report of a young pool says that it is too early, and has today’s figures", async () => {
  await open("/renewals");
  await open("/renewals/demo");
  await tab.page.getByText("Too early: there are records of 1 day").waitFor();
  // Who tried twice is one person.
  await tab.page.getByText("2 (and 0 kept waiting)").waitFor();
  await open("/renewals/demo/history");
  await tab.page.getByRole("figure", { name: "Highest use was 2 seats" }).waitFor();
});

test("a decision outlives the page", async () => {
  await open("/renewals/demo");
  await tab.page.getByLabel("Do not renew").check();
  await tab.page.getByLabel("Name").fill("A. Smith");
  await tab.page.getByLabel("Reason").fill("replaced");
  await tab.page.getByRole("button", { name: "Record the decision" }).click();
  expect(await tab.page.locator(".app-decided").textContent()).toContain("do not renew, A. Smith. Reason: replaced");
});

test.each([1280, 320])(
  "at %i pixels axe finds nothing on the page of denials, and nothing scrolls sideways",
  async (width) => {
    const seeing = await openTab(browser, { viewport: { width, height: 800 } });
    await open("/denials?reason=no_seats", seeing);
    const { violations } = await new AxeBuilder({ page: seeing.page }).setLegacyMode().analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
    expect(await seeing.page.evaluate("document.documentElement.scrollWidth")).toBe(width);
    expect(seeing.complaints).toEqual([]);
    await seeing.close();
  },
);
