import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AuditBook } from "../../daemon/audit/book.ts";
import { AuditInThread } from "../../daemon/audit/in-thread.ts";
import { type History, openHistory } from "../../daemon/history/database.ts";
import { entry } from "../support/audit.ts";
import { leads, openTab, startBrowser, type Tab, violationsOf } from "../support/browser.ts";
import { dataFolder } from "../support/daemon.ts";
import { type Front, openFront } from "../support/front.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

const folder = dataFolder();
let redis: TestRedis;
let history: History;
let audit: AuditInThread;
let front: Front;
let browser: Browser;
let tab: Tab;

beforeAll(async () => {
  redis = await startRedis();
  const place = { file: join(folder.path, "history.sqlite") };
  history = await openHistory(place);
  const book = new AuditBook(history);
  for (let i = 0; i < 60; i++) {
    const about = `pool cad, lease ${"0123456789abcdef".repeat(3)}`;
    await book.append(entry({ about, ...(i % 2 && { phase: "outcome", outcome: "done", intent: i }) }));
  }
  await book.append(entry({ reason: "<script>document.title = 'taken'</script>" }));
  await book.append(
    entry({ act: "incident", who: "seatmeter", role: "", about: "token_forged", phase: "outcome", outcome: "found" }),
  );
  audit = new AuditInThread({ place, id: history.id });
  front = await openFront({ redis, book: audit });
  browser = await startBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await front?.close();
  await audit?.close();
  await history?.close();
  await redis?.stop();
  folder[Symbol.dispose]();
});

describe.each([true, false])("the page of the audit, where scripts run: %s", (javaScriptEnabled) => {
  beforeAll(async () => {
    tab = await openTab(browser, { javaScriptEnabled });
    return () => tab.close();
  });

  test("is found from the live board, is narrowed by act, and leads to older rows", async () => {
    const { page, complaints } = tab;
    await page.goto(front.url);
    await leads(page, page.getByRole("link", { name: "Audit" }).click());
    expect(await page.title()).toMatch(/^Audit – seatmeter/);
    expect(await page.locator("tbody tr").count()).toBe(50);
    expect(await page.getByText("<script>").count()).toBe(1);
    await leads(page, page.getByRole("link", { name: "Older ones" }).click());
    expect(await page.locator("tbody tr").count()).toBe(12);
    await page.getByLabel("Act").selectOption("incident");
    await leads(page, page.getByRole("button", { name: "Show" }).click());
    expect(await page.locator("tbody tr").count()).toBe(1);
    expect(await page.locator("tbody").textContent()).toContain("Somebody came with a token that is nobody's");
    await page.getByLabel("To", { exact: true }).fill("2020-01-01");
    await page.getByRole("button", { name: "Show" }).click();
    await page.getByText("Nothing was done there and then.").waitFor();
    expect(complaints).toEqual([]);
  });
});

test.each([1280, 320])("at %i pixels axe finds nothing, and nothing scrolls sideways", async (width) => {
  const { page, close } = await openTab(browser);
  await page.setViewportSize({ width, height: 800 });
  await page.goto(`${front.url}/audit`);
  expect(await violationsOf(page)).toEqual([]);
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
  await close();
});

test("who may not see it is not led to it", async () => {
  const closed = await openFront({ redis, people: true, book: audit });
  const page = async (role: "viewer" | "auditor", path: string) => {
    const headers = { authorization: `Bearer ${closed.token(role)}`, accept: "text/html" };
    const answer = await fetch(closed.url + path, { headers });
    return { status: answer.status, led: (await answer.text()).includes('href="/audit"') };
  };
  expect(await page("viewer", "/")).toEqual({ status: 200, led: false });
  expect((await page("viewer", "/audit")).status).toBe(403);
  expect(await page("auditor", "/")).toEqual({ status: 200, led: true });
  await closed.close();
});
