import AxeBuilder from "@axe-core/playwright";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** Chromium as Debian packs it, quiet: no updates, no first-run pages, nothing asked of the network. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.SEATMETER_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"],
  });
}

/** Less than a test may take, so that it is the browser that says what it waited for. */
const WAIT_MS = 10_000;

export interface Tab {
  page: Page;
  /** What the browser complained of: errors of scripts, and of the content policy. */
  complaints: string[];
  /** Addresses asked for. */
  asked: string[];
  close(): Promise<void>;
}

/** A tab with nothing remembered from the ones before. */
export async function openTab(browser: Browser, options: BrowserContextOptions = {}): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
  const complaints: string[] = [];
  const asked: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => asked.push(request.url()));
  return { page, complaints, asked, close: () => context.close() };
}

/** Do what leads to another page, and wait until all of that is there: a click waits for its beginning only. */
export async function leads(page: Page, doing: Promise<unknown>): Promise<void> {
  await Promise.all([page.waitForEvent("load"), doing]);
}

const STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe finds on a whole page, each rule with the elements that break it. */
export async function violationsOf(page: Page): Promise<string[]> {
  await page.waitForLoadState();
  const { violations } = await new AxeBuilder({ page }).withTags(STANDARDS).setLegacyMode().analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
}
