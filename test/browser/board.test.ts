import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { leads, openTab, startBrowser, type Tab, violationsOf } from "../support/browser.ts";
import { startDaemon, type TestDaemon } from "../support/daemon.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

/** A product that is half used, one of a single seat, one with a ceiling, one that has ended, one with a rude name. */
const REGISTER = `
organisation: Exampleshire Council
timezone: Europe/London
sites:
  hall: { name: Civic Centre, networks: [127.0.0.0/8] }
  home: { name: Home (VPN), networks: [10.99.0.0/16] }
products:
  arc: { name: Architectural Visualisation, owner: cad@exampleshire.example, pools: [collection] }
  cad: { name: AutoCAD, publisher: Autodesk, owner: cad@exampleshire.example, versions: { current: "2026", previous: "2025" }, pools: [cad, collection] }
  gis: { name: QGIS Enterprise, owner: gis@exampleshire.example, pools: [gis] }
  ended: { name: Old Planner, owner: planning@exampleshire.example, pools: [ended] }
  rude: { name: "<script>document.title='owned'</script>", owner: ict@exampleshire.example, pools: [rude] }
pools:
  cad:
    sites: { hall: { seats: 4 }, home: { seats: 0 } }
    lease: { ttl: 1h, heartbeatEvery: 10m }
    entitlements: [{ reference: PO-1, seats: 6, starts: 2020-04-01, ends: 2999-03-31, notice: 90d, supplier: Example Software Ltd }]
  collection: { entitlements: [{ reference: PO-2, seats: 5, starts: 2020-04-01 }] }
  gis: { entitlements: [{ reference: PO-3, seats: 1, starts: 2020-04-01 }] }
  ended: { entitlements: [{ reference: PO-4, seats: 2, starts: 2020-04-01, ends: 2021-03-31 }] }
  rude: { entitlements: [{ reference: PO-5, seats: 2, starts: 2020-04-01 }] }
`;

let redis: TestRedis;
let daemon: TestDaemon;
let browser: Browser;
let tab: Tab;

beforeAll(async () => {
  redis = await startRedis({ appendonly: "yes", appendfsync: "no" });
  daemon = await startDaemon({ register: REGISTER, env: { REDIS_URL: redis.url } });
  browser = await startBrowser();
  for (const user of ["asmith", "bjones"]) await launch("cad", user);
});
afterAll(async () => {
  await browser?.close();
  await daemon?.stop();
  await redis?.stop();
});

function inFreshTabs() {
  beforeEach(async () => {
    tab = await openTab(browser);
    return () => tab.close();
  });
}

async function launch(product: string, user: string, leaseId: string = randomUUID()) {
  await fetch(`${daemon.httpUrl}/api/v1/checkouts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ leaseId, product, user, device: `PC-${user}` }),
  });
  return {
    giveBack: () =>
      fetch(`${daemon.httpUrl}/api/v1/checkouts/${leaseId}`, {
        method: "DELETE",
        headers: { "seatmeter-device": `PC-${user}` },
      }),
  };
}

const open = (path: string, where = tab) => where.page.goto(daemon.httpUrl + path);
const row = (name: string, where = tab) => where.page.getByRole("table").first().getByRole("row", { name });

describe("the live board", () => {
  inFreshTabs();

  test("moves when a seat is taken and given back, without a reload", async () => {
    await open("/");
    await row("QGIS Enterprise gis 1 free 0 of 1").waitFor();
    await tab.page.evaluate("globalThis.loadedOnce = true");

    const lease = await launch("gis", "asmith");
    await row("QGIS Enterprise gis Full 1 of 1").waitFor();
    await launch("gis", "cdavies");
    await tab.page.getByRole("row", { name: /QGIS Enterprise .* Civic Centre No seat was free/ }).waitFor();
    await lease.giveBack();
    await row("QGIS Enterprise gis 1 free 0 of 1").waitFor();

    expect(await tab.page.evaluate("globalThis.loadedOnce")).toBe(true);
    expect(tab.complaints).toEqual([]);
  });

  test("tells a screen reader politely what changed, and leaves the focus and the place where they were", async () => {
    await tab.page.setViewportSize({ width: 800, height: 300 });
    await open("/");
    await tab.page.getByText("Updates by itself.").waitFor();
    await tab.page.locator("#pool-ended").focus();
    const place = await tab.page.evaluate("scrollY");
    expect(place).toBeGreaterThan(0);

    const lease = await launch("gis", "asmith");
    await tab.page.getByRole("status").getByText("QGIS Enterprise: Full.").waitFor({ state: "attached" });
    expect(await tab.page.evaluate("document.activeElement.id")).toBe("pool-ended");
    await lease.giveBack();
  });

  test("can be paused, and then moves no more until it is resumed", async () => {
    await open("/");
    await tab.page.getByText("Updates by itself.").waitFor();
    await tab.page.getByRole("button", { name: "Pause updates" }).click();
    await tab.page.getByText("Updates are paused.").waitFor();
    const watcher = await openTab(browser);
    await open("/", watcher);

    const lease = await launch("gis", "asmith");
    await row("QGIS Enterprise gis Full 1 of 1", watcher).waitFor();
    expect(await row("QGIS Enterprise gis 1 free 0 of 1").count()).toBe(1);
    await tab.page.getByRole("button", { name: "Resume updates" }).click();
    await row("QGIS Enterprise gis Full 1 of 1").waitFor();
    await lease.giveBack();
    await watcher.close();
  });

  test("is whole without JavaScript, and says how to see what is new", async () => {
    const plain = await openTab(browser, { javaScriptEnabled: false });
    await open("/", plain);
    expect(await row("AutoCAD cad 4 free 2 of 6 2 Civic Centre 2 of 4; Home (VPN) not allowed", plain).count()).toBe(1);
    expect(await plain.page.getByRole("button", { name: "Pause updates" }).count()).toBe(0);
    const lease = await launch("gis", "asmith");
    await leads(plain.page, plain.page.getByRole("link", { name: "Refresh" }).click());
    expect(await row("QGIS Enterprise gis Full 1 of 1", plain).count()).toBe(1);
    await lease.giveBack();
    await plain.close();
  });

  test("says in words what is full, what has ended, and at which site", async () => {
    await open("/");
    await row("Old Planner ended Nothing in force: ended 0 of 0").waitFor();
    const leases = [await launch("cad", "cdavies"), await launch("cad", "devans")];
    await row("AutoCAD cad 2 free 4 of 6 4 Civic Centre 4 of 4, full").waitFor();
    await tab.page.getByText("At one site every seat is in use: AutoCAD at Civic Centre").waitFor();
    for (const lease of leases) await lease.giveBack();
  });

  test("names nobody", async () => {
    await launch("unheard-of", "canary-user");
    const html = await (await fetch(daemon.httpUrl, { headers: { accept: "text/html" } })).text();
    expect(html).toContain("unheard-of");
    expect(html).not.toMatch(/canary|asmith|bjones|PC-/);
  });
});

describe.each(["/", "/pools/cad", "/denials", "/register", "/nowhere"])("the page %s", (path) => {
  beforeAll(async () => {
    tab = await openTab(browser);
    return () => tab.close();
  });

  test("keeps to its own files: no inline code or style, no font, nothing from elsewhere", async () => {
    const { page, complaints, asked } = tab;
    const response = await open(path);
    expect(response?.status()).toBe(path === "/nowhere" ? 404 : 200);
    const policy = response?.headers()["content-security-policy"] ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("font-src 'none'");
    expect(policy).not.toContain("unsafe");
    expect(complaints.filter((text) => !text.includes("status of 404"))).toEqual([]);
    expect(asked.filter((url) => !url.startsWith(daemon.httpUrl) || /font|woff/.test(url))).toEqual([]);
    expect(await page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily")).toBe("arial, sans-serif");
    expect(await page.title()).toMatch(/ – seatmeter – Exampleshire Council$/);
    await page.getByText("It is not for judging anybody’s attendance or performance.").waitFor();
  });

  test.each([1280, 1100, 320])("at %i pixels: axe finds nothing, and nothing scrolls sideways", async (width) => {
    const { page } = tab;
    await page.setViewportSize({ width, height: 800 });
    expect(await violationsOf(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
  });

  test("can be walked through by keyboard, from the skip link to the footer", async () => {
    await open(path);
    const { page } = tab;
    const wanted = await page.locator("a[href], button, summary, [tabindex='0']").filter({ visible: true }).count();
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
    const { page } = tab;
    await page.emulateMedia({ media: "print" });
    await page.setViewportSize({ width: 718, height: 1000 });
    expect(await page.getByRole("link", { name: "Denials", exact: true }).isVisible()).toBe(false);
    expect(await page.getByRole("button").count()).toBe(0);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(718);
  });
});

describe("what pages are made of", () => {
  inFreshTabs();

  test("text from the register is text, never markup", async () => {
    for (const path of ["/", "/pools/rude", "/register"]) {
      await open(path);
      expect(await tab.page.getByText("<script>document.title='owned'</script>").first().isVisible(), path).toBe(true);
      expect(await tab.page.title()).not.toBe("owned");
    }
  });

  test("its files may be kept for good, since their path names their content", async () => {
    await open("/");
    const files = tab.asked.filter((url) => url.includes("/assets/"));
    expect(files.length).toBeGreaterThanOrEqual(3);
    for (const url of files) {
      const response = await fetch(url);
      expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      expect(await response.text()).not.toMatch(/GDS Transport|@font-face/);
    }
  });
});

describe("a narrow screen", () => {
  inFreshTabs();

  test.each(["/register", "/pools/cad"])(
    "keeps words of %s whole; what is wider scrolls by itself, by keyboard too",
    async (path) => {
      await tab.page.setViewportSize({ width: 320, height: 800 });
      await open(path);
      const wide = tab.page.locator(".app-scroll");
      expect(await wide.count()).toBe(2);
      for (const region of await wide.all()) {
        expect(await region.getAttribute("tabindex")).toBe("0");
        expect(await region.getAttribute("aria-labelledby")).toMatch(/-caption$/);
      }
      // As many lines as the words of the first row's header need at most.
      const lines = `(() => {
      const header = document.querySelector(".app-scroll tbody th");
      const range = document.createRange();
      range.selectNodeContents(header.firstChild);
      return { words: header.firstChild.data.split(/[ -]/).length, lines: range.getClientRects().length };
    })()`;
      const found = await tab.page.evaluate<{ words: number; lines: number }>(lines);
      expect(found.lines).toBeLessThanOrEqual(found.words);
    },
  );
});

describe("one pool", () => {
  inFreshTabs();

  test("shows who has what, since when and where, and what was bought", async () => {
    await open("/pools/cad");
    expect(
      await tab.page.getByRole("row", { name: /asmith PC-asmith AutoCAD Civic Centre 1 \d+ \w+ 20/ }).count(),
    ).toBe(1);
    const bought = "PO-1 6 1 April 2020 31 March 2999 31 December 2998 Example Software Ltd in force";
    expect(await tab.page.getByRole("row", { name: bought }).count()).toBe(1);
    expect(await tab.page.locator("time[datetime='2020-04-01']").count()).toBe(1);
    expect(await tab.page.getByText("each person on each computer").count()).toBe(1);
  });

  test("that the register does not have is not found, and nothing of the name is taken on trust", async () => {
    for (const name of ["unheard-of", "constructor", "__proto__", "%3Cb%3E"])
      expect((await open(`/pools/${name}`))?.status(), name).toBe(404);
  });
});

describe("what changes under a page", () => {
  inFreshTabs();

  test("the register's page shows what is in force, and the lines that its last revision changed", async () => {
    await open("/register");
    expect(await tab.page.getByText("This is the first register that was published.").count()).toBe(1);
    writeFileSync(
      join(daemon.data, "register.yaml"),
      REGISTER.replace("reference: PO-3, seats: 1", "reference: PO-3, seats: 3"),
    );
    process.kill(daemon.pid, "SIGHUP");
    await expect
      .poll(async () => (await open("/register")) && tab.page.getByText("Revision in force2").count())
      .toBe(1);
    const removed = await tab.page.locator("del").allTextContents();
    const added = await tab.page.locator("ins").allTextContents();
    expect(removed).toEqual([expect.stringContaining("reference: PO-3, seats: 1")]);
    expect(added).toEqual([expect.stringContaining("reference: PO-3, seats: 3")]);
    await tab.page.getByText("Show the file").click();
    expect(await tab.page.getByRole("region", { name: "Register, revision 2" }).textContent()).toContain("seats: 3");
    expect(
      await tab.page.getByRole("row", { name: "AutoCAD Autodesk cad@exampleshire.example 2026 or 2025" }).count(),
    ).toBe(1);
  });

  test("while the ledger is away pages say so and what to do, and the board comes back by itself", async () => {
    await open("/");
    await tab.page.getByText("Updates by itself.").waitFor();
    process.kill(redis.pid, "SIGSTOP");
    try {
      await tab.page.locator("#board").getByText("The ledger cannot be reached").waitFor();
      const other = await openTab(browser);
      expect((await open("/denials", other))?.status()).toBe(503);
      expect(await other.page.getByRole("heading", { level: 1 }).textContent()).toBe("The ledger cannot be reached");
      expect(await other.page.getByRole("link", { name: "Try again" }).count()).toBe(1);
      expect((await open("/", other))?.status()).toBe(503);
      await other.close();
    } finally {
      process.kill(redis.pid, "SIGCONT");
    }
    await row("QGIS Enterprise gis").waitFor();
  });
});
