import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { leads, openTab, startBrowser, type Tab, violationsOf } from "../support/browser.ts";
import { COUNCIL, councilRenewals } from "../support/council.ts";
import { type Front, openFront } from "../support/front.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

let redis: TestRedis;
let front: Front;
let browser: Browser;
let tab: Tab;

beforeAll(async () => {
  redis = await startRedis();
  front = await openFront({ redis, text: COUNCIL, renewals: councilRenewals });
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await front?.close();
  await redis?.stop();
});

const open = (path: string, where = tab) => where.page.goto(front.url + path);
const REPORTS = ["revenues", "gis", "planner", "new", "ended", "named", "over", "host", "perpetual", "rude"].map(
  (pool) => `/renewals/${pool}`,
);
const PAGES = [
  ...["/renewals?show=all", "/renewals?view=foi", "/renewals/revenues/history"],
  ...["revenues", "gis", "named", "rude"].map((pool) => `/renewals/${pool}`),
];

/** What is wider than the place it has, or a part of it that would have to be scrolled: paper does not show it. */
const CUT_OFF = `[...document.querySelectorAll("main :not(svg, svg *)")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1 || (one.matches("[tabindex]") && one.scrollHeight > one.clientHeight + 1))
  .filter((one) => getComputedStyle(one).display !== "inline" && !one.matches(".govuk-visually-hidden"))
  .map((one) => one.outerHTML.slice(0, 80))`;

/** Words of drawings that do not lie in their frame as a whole. */
const OUTSIDE_DRAWINGS = `[...document.querySelectorAll("svg.app-chart text")]
  .filter((one) => {
    const { x, y, width, height } = one.getBBox();
    const frame = one.ownerSVGElement.viewBox.baseVal;
    return x < 0 || y < 0 || x + width > frame.width || y + height > frame.height;
  })
  .map((one) => one.textContent)`;

describe.each(PAGES)("the page %s", (path) => {
  beforeAll(async () => {
    tab = await openTab(browser);
    return () => tab.close();
  });

  test("keeps to its own files, without inline code or style, and says what it is for", async () => {
    const { page, complaints, asked } = tab;
    expect((await open(path))?.status()).toBe(200);
    expect(complaints).toEqual([]);
    expect(asked.filter((url) => !url.startsWith(front.url))).toEqual([]);
    expect(await page.title()).toMatch(/ – seatmeter – Exampleshire Council$/);
    await page.getByText("It is not for judging anybody’s attendance or performance.").waitFor();
  });

  // A year's table of days has 3,000 cells for axe to look at.
  test.each([1280, 1100, 320])("at %i pixels: axe finds nothing, and nothing scrolls sideways", async (width) => {
    const { page } = tab;
    await page.setViewportSize({ width, height: 800 });
    expect(await violationsOf(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
  });

  test("can be walked through by keyboard", async () => {
    await tab.page.setViewportSize({ width: 1280, height: 800 });
    await open(path);
    const { page } = tab;
    // Of radio buttons one is reached, the others by arrows; what is in a closed part is reached when it is opened.
    const places = page.locator(
      "a[href], button, summary, select, textarea, input:not([type=hidden], [type=radio]), [tabindex='0']",
    );
    const wanted = await places.filter({ visible: true }).count();
    const reached = new Set<unknown>();
    const seen = "[...document.querySelectorAll('*')].indexOf(document.activeElement)";
    // A field of a day has three parts.
    for (let i = 0; i < wanted + 10; i++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate("document.activeElement.matches('input[type=radio], body')")) continue;
      reached.add(await page.evaluate(seen));
    }
    expect(reached.size).toBe(wanted);
  });

  test("can be printed on one width of paper", async () => {
    const { page } = tab;
    await page.emulateMedia({ media: "print" });
    await page.setViewportSize({ width: 703, height: 1000 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(703);
    expect(await page.getByRole("button").count()).toBe(0);
    expect(await page.evaluate(CUT_OFF)).toEqual([]);
  });
});

/** Pages of a PDF. */
const sheets = (pdf: Buffer) => pdf.toString("latin1").match(/\/Type\s*\/Page\b(?!s)/g)?.length ?? 0;

describe("a report", () => {
  beforeEach(async () => {
    tab = await openTab(browser);
    return () => tab.close();
  });

  test.each(REPORTS)("%s is printed on one sheet of A4", async (path) => {
    await open(path);
    expect(sheets(await tab.page.pdf({ preferCSSPageSize: true, printBackground: true }))).toBe(1);
  });

  test.each([...REPORTS, "/renewals/revenues/history", "/renewals/gis/history"])(
    "%s: each word of its drawings is in their frames",
    async (path) => {
      await open(path);
      expect(await tab.page.evaluate(OUTSIDE_DRAWINGS)).toEqual([]);
    },
  );

  test("shows each figure with a title, a description and the same figures as a table", async () => {
    await open("/renewals/revenues");
    const drawing = tab.page.getByRole("img", {
      name: "Use never passed 83 of 111 seats; April 2026 is the high point",
    });
    expect(await drawing.count()).toBe(1);
    expect(await drawing.locator("desc").textContent()).toContain("Highest seats in use each month");
    await tab.page.getByText("Show figure 1 as a table").click();
    expect(await tab.page.getByRole("row", { name: "April 2026 83 105" }).isVisible()).toBe(true);
    // Dashes tell the lines apart for who does not see colours.
    const dashes = await tab.page.evaluate(
      "['.app-chart__owned', '.app-chart__recommended'].map((line) => getComputedStyle(document.querySelector(line)).strokeDasharray)",
    );
    expect(new Set(dashes as string[]).size).toBe(2);
  });

  test("of a pool that the register does not have is not found, and text of the register is never markup", async () => {
    for (const name of ["unheard-of", "__proto__", "%3Cb%3E"])
      expect((await open(`/renewals/${name}`))?.status(), name).toBe(404);
    await open("/renewals/rude");
    expect(await tab.page.getByText("<script>document.title='owned'</script>").first().isVisible()).toBe(true);
    expect(await tab.page.title()).not.toBe("owned");
  });

  test("with mistakes in its form is no harder to use: axe finds nothing", async () => {
    await open("/renewals/pdf");
    await tab.page.getByRole("button", { name: "Record the decision" }).click();
    await tab.page.getByRole("heading", { name: "There is a problem" }).waitFor();
    expect(await violationsOf(tab.page)).toEqual([]);
  });

  test("tells of any other time that is asked for", async () => {
    await open("/renewals/revenues?from=2026-05-01&to=2026-07-31");
    await tab.page.getByText("Usage reviewed 1 May 2026 to 31 July 2026").waitFor();
    await tab.page.getByText("Too early").first().waitFor();
    expect((await open("/renewals/revenues?from=rubbish&to=%3Cb%3E"))?.status()).toBe(200);
  });
});

describe("without script", () => {
  beforeEach(async () => {
    tab = await openTab(browser, { javaScriptEnabled: false });
    return () => tab.close();
  });

  test("the calendar is filtered by department", async () => {
    await open("/renewals");
    await tab.page.getByLabel("Department").selectOption("Planning");
    await leads(tab.page, tab.page.getByRole("button", { name: "Show" }).click());
    const names = await tab.page.locator(".app-calendar th[scope=row] a").allTextContents();
    expect(names).toEqual(["Computer-aided design", "GIS desktop", "Old planner"]);
    expect(await tab.page.getByLabel("Department").inputValue()).toBe("Planning");
  });

  test("a decision is recorded with its name and reason, and shown; what is missing is said first", async () => {
    await open("/renewals/pdf");
    await leads(tab.page, tab.page.getByRole("button", { name: "Record the decision" }).click());
    expect(await tab.page.getByRole("alert").getByRole("link").allTextContents()).toEqual([
      ...["Choose what is decided", "Enter the name of who decides", "Enter the reason"],
    ]);
    await tab.page.getByLabel("Renew at another number").check();
    await tab.page.getByLabel("Number of seats").fill("60");
    await tab.page.getByLabel("Name").fill("A. Smith");
    await tab.page.getByLabel("Reason").fill("Election <year>");
    await tab.page.getByRole("button", { name: "Record the decision" }).click();

    const decided = tab.page.locator(".app-decided");
    expect(await decided.textContent()).toMatch(
      /renew 60 seats, A\. Smith\. Reason: Election <year> \(written down by somebody at 127/,
    );
    expect(sheets(await printed("/renewals/pdf"))).toBe(1);
    await open("/renewals");
    await tab.page.getByRole("row", { name: /PDF editor.*Decided: renew 60 seats/ }).waitFor();
  });

  test("a note stands beside its day", async () => {
    await open("/renewals/revenues");
    await tab.page.getByText("Add a note to a busy day").click();
    await tab.page.getByLabel("Day", { exact: true }).selectOption("2026-04-13");
    await tab.page.getByLabel("Why was it busy?").fill("annual billing");
    await tab.page.getByRole("button", { name: "Add the note" }).click();
    await tab.page.getByText("Mon 13 April 2026 – note: annual billing").waitFor();
  });

  test("prices and dates of an answer to a request for information can be left out; of few people only that is said", async () => {
    await open("/renewals?view=foi");
    await tab.page.getByRole("row", { name: /Statistics.*fewer than 5/ }).waitFor();
    expect(await tab.page.getByText("£127,650").count()).toBe(1);
    await tab.page.getByLabel("Prices").selectOption("left out");
    await tab.page.getByLabel("Dates").selectOption("left out");
    await leads(tab.page, tab.page.getByRole("button", { name: "Show" }).click());
    expect(await tab.page.locator("main").textContent()).not.toMatch(/£|Ends|Notice by/);
    const link = await tab.page.getByRole("link", { name: "This table (CSV)" }).getAttribute("href");
    expect(await (await fetch(front.url + link)).text()).not.toMatch(/127650|2027-09-30/);
  });

  async function printed(path: string): Promise<Buffer> {
    await open(path);
    return tab.page.pdf({ preferCSSPageSize: true, printBackground: true });
  }
});

describe("who may do what", () => {
  test("a viewer reads reports and decides nothing; whose word it was is kept", async () => {
    const guarded = await openFront({
      redis,
      text: `${COUNCIL}\naccess: { people: { tokensFile: people.txt } }\n`,
      renewals: councilRenewals,
    });
    const as = (role: "viewer" | "procurement", path: string, form?: Record<string, string>) =>
      fetch(guarded.url + path, {
        headers: { authorization: `Bearer ${guarded.token(role)}`, accept: "text/html" },
        redirect: "manual",
        ...(form && { method: "POST", body: new URLSearchParams(form) }),
      });
    const decision = { kind: "renew", name: "A. Smith", reason: "as recommended" };
    expect(await (await as("viewer", "/renewals/pdf")).text()).not.toContain("Record the decision");
    expect((await as("viewer", "/renewals/pdf/decision", decision)).status).toBe(403);
    expect((await as("procurement", "/renewals/pdf/decision", decision)).status).toBe(303);
    expect(await (await as("viewer", "/renewals/pdf")).text()).toContain("(written down by the-procurement)");
    expect((await fetch(`${guarded.url}/renewals`, { redirect: "manual" })).status).toBe(401);
    await guarded.close();
  });

  test("where no history is kept, the pages of the past say so", async () => {
    const forgetful = await openFront({ redis, text: COUNCIL });
    for (const path of ["/renewals", "/renewals/pdf", "/renewals/pdf/history"]) {
      const answer = await fetch(forgetful.url + path, { headers: { accept: "text/html" } });
      expect(await answer.text()).toContain("No history is kept");
    }
    expect((await fetch(`${forgetful.url}/api/v1/renewals.csv`)).status).toBe(501);
    await forgetful.close();
  });
});
