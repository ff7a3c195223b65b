import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { openTab, startBrowser } from "../test/support/browser.ts";
import { DRAWINGS, startMeteredDesktop } from "../test/support/metered-desktop.ts";
import { DENIED_DESKTOP, MOST_BYTES, PICTURES } from "./pages.ts";

/*
 * `npm run pictures`: makes the pictures of `docs/pages.md` anew, from a demo of its own, which ends with it. Today's date
 * and what people are just doing stand on them, so no two runs make the same.
 */

const PROJECT = join(import.meta.dirname, "..");
const FOLDER = join(PROJECT, "docs/pictures");
/** Is full when the pictures are taken; within a minute it is. */
const FULL = "inkwell";

const demo = spawn(process.execPath, ["demo/main.ts"], {
  cwd: PROJECT,
  env: { PATH: process.env.PATH, SEATMETER_LISTEN: "127.0.0.1:0" },
  stdio: ["ignore", "pipe", "inherit"],
});
const ended = once(demo, "exit");
process.once("exit", () => demo.kill("SIGKILL"));
try {
  await takePictures(await readyAt());
  await takeDeniedDesktop();
} finally {
  demo.kill("SIGINT");
  await ended;
}

async function readyAt(): Promise<string> {
  for await (const line of createInterface({ input: demo.stdout })) {
    const url = /Ready at (http\S+)/.exec(line)?.[1];
    if (url === undefined) continue;
    demo.stdout.resume();
    return url;
  }
  throw new Error("the demo ended before it was ready; npm run demo says why");
}

async function takePictures(url: string): Promise<void> {
  while (!(await isFull(url))) await pause(200);
  mkdirSync(FOLDER, { recursive: true });
  const browser = await startBrowser();
  try {
    const tab = await openTab(browser);
    for (const { name, path, height } of PICTURES) {
      await tab.page.setViewportSize({ width: 1200, height });
      const answer = await tab.page.goto(url + path);
      if (!answer?.ok()) throw new Error(`${path} was answered ${answer?.status()}`);
      const picture = await tab.page.screenshot();
      keep(name, picture);
    }
    if (tab.complaints.length > 0) throw new Error(`the browser complained: ${tab.complaints.join("; ")}`);
  } finally {
    await browser.close();
  }
}

/** What somebody sees who starts a program for which there is no seat. */
async function takeDeniedDesktop(): Promise<void> {
  await using metered = await startMeteredDesktop("tell");
  const [first, second] = DRAWINGS;
  await metered.open(first);
  while ((await metered.used()) === 0) await pause(200);
  await metered.move(first, 40, 40);
  await metered.open(second);
  await metered.move(second, 390, 400);
  await metered.window("Sketcher");
  keep(DENIED_DESKTOP.name, await metered.desktop.picture());
}

function keep(name: string, picture: Buffer): void {
  if (picture.length > MOST_BYTES)
    throw new Error(
      `${name}.png has ${picture.length} bytes, more than ${MOST_BYTES}: show less of it (demo/pages.ts)`,
    );
  writeFileSync(join(FOLDER, `${name}.png`), picture);
  console.log(`docs/pictures/${name}.png, ${Math.round(picture.length / 1000)} kB`);
}

async function isFull(url: string): Promise<boolean> {
  const { used, owned } = (await (await fetch(`${url}/api/v1/pools/${FULL}`)).json()) as {
    used: number;
    owned: number;
  };
  return used >= owned;
}
