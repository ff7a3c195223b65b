import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FINDING_KINDS } from "../../daemon/compliance/kinds.ts";
import { leads, openTab, startBrowser, type Tab, violationsOf } from "../support/browser.ts";
import { COMPUTERS_REGISTER, councilComputers } from "../support/computers.ts";
import { type Front, openFront } from "../support/front.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

let redis: TestRedis;
let front: Front;
let browser: Browser;
let tab: Tab;

beforeAll(async () => {
  redis = await startRedis();
  // Where nobody has to say who they are.
  const text = COMPUTERS_REGISTER.replace(/^access:.*$/m, "");
  front = await openFront({ redis, text, computers: councilComputers() });
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await front?.close();
  await redis?.stop();
});

const open = (path: string) => tab.page.goto(front.url + path);

/** What is wider than the place it has: paper does not show it. */
const CUT_OFF = `[...document.querySelectorAll("main :not(svg, svg *)")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1)
  .filter((one) => getComputedStyle(one).display !== "inline" && !one.matches(".govuk-visually-hidden, .app-stack thead, .app-stack thead *"))
  .map((one) => one.outerHTML.slice(0, 80))`;

describe.each(["/compliance", "/computers"])("the page %s", (path) => {
  beforeAll(async () => {
    tab = await openTab(browser);
    return () => tab.close();
  });

  test("keeps to its own files, without inline code or style, and takes no name for markup", async () => {
    const { page, complaints, asked } = tab;
    expect((await open(path))?.status()).toBe(200);
    expect(complaints).toEqual([]);
    expect(asked.filter((url) => !url.startsWith(front.url))).toEqual([]);
    expect(await page.title()).toMatch(/ – seatmeter – Exampleshire Council$/);
  });

  test.each([1280, 320])("at %i pixels: axe finds nothing, and nothing scrolls sideways", async (width) => {
    const { page } = tab;
    await page.setViewportSize({ width, height: 800 });
    for (const details of await page.locator("details").all()) await details.locator("summary").click();
    expect(await violationsOf(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
  });

  test("can be walked through by keyboard", async () => {
    const { page } = tab;
    await page.setViewportSize({ width: 1280, height: 800 });
    await open(path);
    const wanted = await page
      .locator("a[href], button, summary, input:not([type=hidden]), [tabindex='0']")
      .filter({ visible: true })
      .count();
    const reached = new Set<unknown>();
    for (let i = 0; i < wanted + 5; i++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate("document.activeElement === document.body")) continue;
      reached.add(await page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)"));
    }
    expect(reached.size).toBe(wanted);
  });

  test("can be printed on one width of paper", async () => {
    const { page } = tab;
    await page.emulateMedia({ media: "print" });
    await page.setViewportSize({ width: 703, height: 1000 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(703);
    expect(await page.evaluate(CUT_OFF)).toEqual([]);
  });
});

describe.each([true, false])("where scripts run: %s", (javaScriptEnabled) => {
  beforeAll(async () => {
    tab = await openTab(browser, { javaScriptEnabled });
    return () => tab.close();
  });

  test("every kind of finding is told of, with what to do, whom to ask and since when", async () => {
    const { page } = tab;
    await page.goto(front.url);
    await leads(page, page.getByRole("link", { name: "Compliance" }).click());
    for (const { title, todo } of Object.values(FINDING_KINDS)) {
      expect(await page.getByRole("heading", { name: title }).count(), title).toBe(1);
      expect(await page.getByText(todo, { exact: true }).count(), title).toBe(1);
    }
    const row = page.getByRole("table", { name: "Installed without a licence" }).getByRole("row").last();
    expect(await row.textContent()).toMatch(/ArcGIS Pro.*ended on 31 March 2026.*gis@exampleshire\.example/s);
    await page.getByText("How what is installed was matched").click();
    expect(await page.getByText("AutoCAD 2026 – English 25.1, Autodesk, Inc. (4 computers)").isVisible()).toBe(true);
  });

  test("a computer is retired from the list, with a reason that is asked for", async () => {
    const { page } = tab;
    const name = `PC-${javaScriptEnabled ? 1 : 2}`;
    await open("/computers");
    await leads(page, page.getByRole("button", { name: `Retire ${name}`, exact: true }).click());
    expect(page.url()).not.toContain(name);
    await page.getByRole("button", { name: "Retire it" }).click();
    await page.getByRole("link", { name: "Enter why it is retired" }).waitFor();
    expect(await page.title()).toMatch(/^Error: /);
    await page.getByLabel("Why").fill("stolen");
    await page.getByRole("button", { name: "Retire it" }).click();
    expect(await page.getByRole("alert").textContent()).toContain(`${name} is retired as of revision`);
    await leads(page, page.getByRole("link", { name: "the register" }).click());
    expect(await page.getByRole("row", { name: new RegExp(`${name}.*stolen`, "i") }).count()).toBe(1);
  });
});

test("the form that retires a computer, and what it answers, are as good as the pages", async () => {
  const { page, close } = await openTab(browser);
  await page.goto(`${front.url}/computers`);
  await page.getByRole("button", { name: "Retire a computer by name" }).click();
  await page.getByRole("button", { name: "Retire it" }).click();
  await page.getByRole("link", { name: "Enter the name of the computer" }).waitFor();
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 800 });
    expect(await violationsOf(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
  }
  await close();
});
