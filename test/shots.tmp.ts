import { openTab, startBrowser } from "./support/browser.ts";
import { COUNCIL, councilRenewals } from "./support/council.ts";
import { openFront } from "./support/front.ts";
import { startRedis } from "./support/redis.ts";

const only = process.argv.slice(2);
const redis = await startRedis();
const front = await openFront({ redis, text: COUNCIL, renewals: councilRenewals });
const browser = await startBrowser();
const pages: [string, string][] = [
  ["calendar", "/renewals"],
  ["all", "/renewals?show=all"],
  ["foi", "/renewals?view=foi"],
  ["past", "/renewals/revenues/history"],
  ["denials", "/denials"],
  ...["revenues", "gis", "pdf", "host", "planner", "new", "ended", "named", "over", "perpetual", "rude"].map(
    (p): [string, string] => [p, "/renewals/" + p],
  ),
];
for (const [name, path] of pages) {
  if (only.length && !only.includes(name)) continue;
  for (const width of [1280, 320]) {
    if (width === 320 && !["calendar", "revenues", "foi", "past", "denials"].includes(name)) continue;
    const tab = await openTab(browser, { viewport: { width, height: 900 } });
    const answer = await tab.page.goto(front.url + path);
    const wide = await tab.page.evaluate("document.documentElement.scrollWidth");
    console.log(name, width, answer?.status(), "scrollWidth", wide, tab.complaints.join("|"));
    await tab.page.screenshot({ path: `/tmp/p4shots/${name}-${width}.png`, fullPage: true });
    if (width === 1280) {
      const pdf = await tab.page.pdf({
        preferCSSPageSize: true,
        printBackground: true,
        path: `/tmp/p4shots/${name}.pdf`,
      });
      console.log("  pages", (pdf.toString("latin1").match(/\/Type\s*\/Page[^s]/g) ?? []).length);
    }
    await tab.close();
  }
}
await browser.close();
await front.close();
await redis.stop();
if (front.log.some((l) => l.includes('"level":50')))
  console.log(
    front.log
      .filter((l) => l.includes('"level":50'))
      .slice(0, 3)
      .join("\n"),
  );
process.exit(0);
