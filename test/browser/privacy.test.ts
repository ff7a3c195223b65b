import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { AuditBook } from "../../daemon/audit/book.ts";
import { openHistory } from "../../daemon/history/database.ts";
import { putRows } from "../../daemon/history/write.ts";
import { HELD } from "../../daemon/privacy/held.ts";
import { Pseudonyms } from "../../daemon/privacy/pseudonyms.ts";
import { entry } from "../support/audit.ts";
import { leads, openTab, startBrowser, type Tab, violationsOf } from "../support/browser.ts";
import { dataFolder, demoRegister, startDaemon, type TestDaemon } from "../support/daemon.ts";
import { record, refuse } from "../support/recorded.ts";

const USER = "asmith";
const LONG = "a-very-long-department-name-without-any-room-to-break-it-anywhere";
const folder = dataFolder();
let daemon: TestDaemon;
let browser: Browser;
let tab: Tab;

/** Somebody of whom something of nearly every kind is held, before the daemon starts. */
async function writePast(): Promise<void> {
  const nowMs = Date.now();
  const pseudonyms = Pseudonyms.open(folder.path);
  const { thisYear: person, lastYear: personLastYear } = pseudonyms.of("user", USER, nowMs);
  const history = await openHistory({ file: join(folder.path, "history.sqlite") });
  const hoursAgo = (hours: number) => new Date(nowMs - hours * 3_600_000).toISOString().slice(0, 16);
  const launch = { pool: "demo", person, personLastYear, device: "some-device" };
  for (let i = 1; i <= 12; i++)
    await record(history, { ...launch, from: hoursAgo(10 * i), until: hoursAgo(10 * i - 2) });
  await record(history, { ...launch, department: LONG, from: hoursAgo(3), until: hoursAgo(2) });
  await refuse(history, { pool: "demo", person, first: hoursAgo(5) });
  const book = new AuditBook(history);
  await book.append(entry({ act: "explain", subject: person, reason: "<script>document.title = 'taken'</script>" }));
  await book.append(entry({ who: USER }));
  await putRows(
    history.db,
    "retention_runs",
    [
      {
        ...{ at_ms: nowMs - 90_000_000, took_ms: 5, oldest_ms: nowMs - 9e9 },
        ...{ deleted: JSON.stringify({ sessions: 1204, denials: 17 }), waiting: JSON.stringify(["cad"]) },
      },
    ],
    ["at_ms"],
  );
  await history.close();
}

beforeAll(async () => {
  await writePast();
  daemon = await startDaemon({
    register: demoRegister({ lease: "{ ttl: 24h, heartbeatEvery: 1h }" }),
    data: folder.path,
    env: { SEATMETER_HISTORY: "on" },
  });
  await fetch(`${daemon.httpUrl}/api/v1/checkouts`, {
    method: "POST",
    headers: { "content-type": "application/json", "seatmeter-device": "PC-12" },
    body: JSON.stringify({ leaseId: randomUUID(), product: "demo", user: USER, version: "2026" }),
  });
  browser = await startBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await daemon?.stop();
  folder[Symbol.dispose]();
});

const onPaper = async () => {
  await tab.page.emulateMedia({ media: "print" });
  await tab.page.setViewportSize({ width: 703, height: 1000 });
};
const lookUp = async (user = USER) => {
  await tab.page.goto(`${daemon.httpUrl}/privacy`);
  await tab.page.getByLabel("Name of the user").fill(user);
  await leads(tab.page, tab.page.getByRole("button", { name: "Show" }).click());
};

/** What each of the two is, and how one comes there. */
const PAGES = {
  "what is kept": async () => void (await tab.page.goto(`${daemon.httpUrl}/privacy`)),
  "what is held of a person": () => lookUp(),
};

describe.each(Object.entries(PAGES))("the page of %s", (_, come) => {
  beforeAll(async () => {
    tab = await openTab(browser);
    await come();
    return () => tab.close();
  });

  test("keeps to its own files, without inline code or style, and has nobody's name in its address or title", async () => {
    const { page, complaints, asked } = tab;
    expect(complaints).toEqual([]);
    expect(asked.filter((url) => !url.startsWith(daemon.httpUrl))).toEqual([]);
    expect(await page.title()).toMatch(/ – seatmeter – Exampleshire Council$/);
    expect(`${page.url()} ${asked.join(" ")} ${await page.title()}`).not.toContain(USER);
  });

  test.each([1280, 320])("at %i pixels: axe finds nothing, and nothing scrolls sideways", async (width) => {
    const { page } = tab;
    await page.setViewportSize({ width, height: 800 });
    expect(await violationsOf(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
  });

  test("can be walked through by keyboard, from the skip link to the footer", async () => {
    const { page } = tab;
    await come();
    const reachable = "a[href], button, summary, input, [tabindex='0']";
    const wanted = await page.locator(reachable).filter({ visible: true }).count();
    const reached = new Set<unknown>();
    for (let i = 0; i < wanted; i++) {
      await page.keyboard.press("Tab");
      reached.add(await page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)"));
      const text = await page.evaluate("document.activeElement.textContent.trim()");
      if (i === 0) expect(text).toBe("Skip to main content");
    }
    expect(reached.size).toBe(wanted);
  });

  test("can be printed on one width of paper, without what only a screen can do", async () => {
    await onPaper();
    expect(await tab.page.getByRole("button").count()).toBe(0);
    expect(await tab.page.getByRole("textbox").count()).toBe(0);
    expect(await tab.page.evaluate("document.documentElement.scrollWidth")).toBe(703);
  });
});

describe.each([true, false])("where scripts run: %s", (javaScriptEnabled) => {
  beforeEach(async () => {
    tab = await openTab(browser, { javaScriptEnabled });
    return () => tab.close();
  });

  test("somebody is looked up in a form, by keyboard alone, and told everything in plain English", async () => {
    const { page, complaints } = tab;
    await page.goto(`${daemon.httpUrl}/privacy`);
    await page.getByLabel("Name of the user").focus();
    await page.keyboard.type(USER);
    await leads(page, page.keyboard.press("Enter"));
    await page.getByRole("heading", { level: 1, name: `What Exampleshire Council holds` }).waitFor();
    expect(await page.getByRole("heading", { level: 2 }).allTextContents()).toEqual(
      Object.values(HELD).map(({ title }) => title),
    );
    const rows = (name: RegExp) => page.getByRole("table", { name }).getByRole("row");
    expect(
      await rows(/^Programs running now: 1 entry$/)
        .nth(1)
        .textContent(),
    ).toMatch(/not over\s*Demo 2026.*PC-12/s);
    expect(await rows(/^Programs that ran: 14 entries$/).count()).toBe(15);
    // Of each look at somebody, this one too.
    const looks = await rows(/^What others did about the person: \d+ entries$/).allTextContents();
    expect(looks[1]).toContain("Asked whether a person would be granted a seat, manager, <script>");
    expect(looks.at(-1)).toContain("Had told what is held of a person");
    await page.getByText("Not looked for here: it lies on the computer itself").waitFor();
    expect(complaints).toEqual([]);
  });

  test("who enters nothing is told what to enter, and led there", async () => {
    const { page } = tab;
    await lookUp(" ");
    expect(await page.title()).toMatch(/^Error: Privacy/);
    await page.getByRole("link", { name: "Enter the name of a user" }).click();
    expect(await page.evaluate("document.activeElement.id")).toBe("user");
  });
});
