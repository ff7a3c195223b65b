import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startAgent } from "../support/agent.ts";
import { type SmallDisk, smallDisk } from "../support/full-disk.ts";
import { hostOf, installation, leases, SESSIONS } from "../support/installation.ts";
import { redisOfFile } from "../support/of-file.ts";
import { program } from "../support/shim.ts";

const WAIT = program("setInterval(() => {}, 60000)");
const CANNOT = "cannot be written down";
const AGAIN = "can be written down again";

const own = redisOfFile();
const times = (text: string, part: string) => text.split(part).length - 1;

/** What is written down. */
function journalOf({ path }: SmallDisk): string[] {
  const folder = join(path, "journal");
  return existsSync(folder) ? readdirSync(folder) : [];
}

test("while the disk is full and the daemon is off, programs start and end by the agent, and all are told afterwards, each once", async ({
  skip,
}) => {
  const disk = smallDisk(256) ?? skip("only root may make a disk that is full");
  const { start, rows } = installation(own.redis);
  const daemon = await start();
  const agent = await startAgent(daemon.url, { state: disk.path });
  const log = agent.process.stderr;
  const launch = (user: string) => agent.run(["demo", "--", ...WAIT], { SEATMETER_USER: user });
  const runs = async (...users: string[]) => {
    const commands = users.map((user) => agent.run(["demo", "--", "echo", "ran"], { SEATMETER_USER: user }));
    const ends = await Promise.all(commands.map(({ finished }) => finished));
    expect(ends.map(({ exit, stdout }) => [exit, stdout])).toEqual(users.map(() => [0, "ran\n"]));
  };
  const ends = async ({ child, finished }: ReturnType<typeof launch>) => {
    child.kill("SIGTERM");
    expect(await finished).toMatchObject({ exit: 143 });
  };
  const waiting = async () => (await agent.status()).journal;
  await expect.poll(async () => (await agent.status()).products).toBe(1);
  await daemon.stop();

  // What was written when there was room is older than what is in memory.
  const early = launch("early");
  await early.says("ready");
  expect(journalOf(disk)).toHaveLength(1);
  disk.fill();
  const late = launch("late");
  await late.says("ready");
  await runs("ann", "ben");
  await runs("cleo");
  await ends(early);
  await expect.poll(waiting).toBe(4);
  expect(journalOf(disk)).toHaveLength(1);
  expect([times(log(), CANNOT), times(log(), AGAIN)]).toEqual([1, 0]);
  expect(log()).toContain("ENOSPC");

  // Nothing starts or ends that would have to be written.
  disk.makeRoom();
  await expect.poll(() => journalOf(disk).length).toBe(5);
  expect([times(log(), CANNOT), times(log(), AGAIN)]).toEqual([1, 1]);
  expect(await waiting()).toBe(4);

  // Some are told from the disk, and some from memory, while it is full still.
  disk.fill();
  await ends(late);
  await runs("dora", "eli");
  await expect.poll(waiting).toBe(7);
  const back = await start(hostOf(daemon));
  await runs("after");
  await expect.poll(waiting).toBe(0);
  expect(journalOf(disk)).toEqual([]);
  expect([times(log(), CANNOT), times(log(), AGAIN)]).toEqual([2, 1]);
  expect(await agent.stop()).toMatchObject({ exit: 0, stderr: expect.not.stringContaining("cannot be told") });

  await expect.poll(() => rows(SESSIONS).length).toBe(8);
  const away = rows(SESSIONS).filter(({ flags }) => String(flags).includes("ungoverned"));
  expect(new Set(away.map(({ person }) => person)).size).toBe(7);
  for (const session of away) expect(session).toMatchObject({ reason: "unreachable", why: "program_exited" });
  // It ended after those that began after it, which memory alone knew.
  const [first, , , , cleos] = away;
  expect(first?.end_ms).toBeGreaterThanOrEqual(Number(cleos?.end_ms));
  expect(await leases(back)).toEqual([]);
});

test("an agent that is stopped while the disk is full says of how many launches the record is lost, and with room again of none", async ({
  skip,
}) => {
  const disk = smallDisk(256) ?? skip("only root may make a disk that is full");
  const launched = async (users: string[], room: () => void) => {
    disk.fill();
    const agent = await startAgent("ws://127.0.0.1:1", { state: disk.path });
    for (const user of users) {
      const { finished } = agent.run(["demo", "--", "true"], { SEATMETER_USER: user });
      expect(await finished).toMatchObject({ exit: 0 });
    }
    await expect.poll(async () => (await agent.status()).journal).toBe(users.length);
    room();
    return (await agent.stop()).stderr;
  };

  expect(await launched(["ann", "ben"], () => {})).toContain("of what ran without a daemon, 2 could not be written");
  expect(journalOf(disk)).toEqual([]);
  expect(await launched(["cleo"], () => disk.makeRoom())).not.toContain("cannot be told");
  expect(journalOf(disk)).toHaveLength(1);
});
