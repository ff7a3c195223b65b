import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, onTestFinished } from "vitest";
import { type History, type HistoryOptions, openHistory } from "../../daemon/history/database.ts";
import { Recorder, type RecorderParts } from "../../daemon/history/recorder.ts";
import type { HistoryPlace } from "../../daemon/history/troubles.ts";
import { EventStream } from "../../daemon/ledger/event-stream.ts";
import { hasPostgres, startPostgres, type TestPostgres } from "./postgres.ts";

export interface Engine {
  name: "SQLite" | "PostgreSQL";
  /** Where an empty history may be made. */
  newPlace(): Promise<HistoryPlace>;
}

/** The same facts on both engines; PostgreSQL's are skipped where it is not installed. */
export function onBothEngines(facts: (engine: Engine) => void): void {
  describe("SQLite", () => {
    const folders: string[] = [];
    afterAll(() => {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    });
    facts({
      name: "SQLite",
      async newPlace() {
        const folder = mkdtempSync(join(tmpdir(), "seatmeter-history-"));
        folders.push(folder);
        return { file: join(folder, "history.sqlite") };
      },
    });
  });
  describe.skipIf(!hasPostgres())("PostgreSQL", () => {
    let postgres: TestPostgres;
    beforeAll(async () => {
      postgres = await startPostgres({ fsync: "off" });
    });
    afterAll(() => postgres?.end());
    facts({ name: "PostgreSQL", newPlace: async () => ({ url: await postgres.newDatabase() }) });
  });
}

/** Closed when the test is over. */
export async function openTestHistory(place: HistoryPlace, options: HistoryOptions = {}): Promise<History> {
  const history = await openHistory(place, options);
  onTestFinished(() => history.close());
  return history;
}

export interface TestRecorder {
  recorder: Recorder;
  log: { level: string; message: string; facts: object | undefined }[];
  stop(): Promise<void>;
}

/** A recorder in this process, from the Redis on that socket. */
export async function startRecorder(
  history: History,
  socket: string,
  {
    prefix = "seatmeter:",
    alone = false,
    ...parts
  }: Partial<RecorderParts> & { prefix?: string; alone?: boolean } = {},
): Promise<TestRecorder> {
  const me = `recorder-${randomUUID()}`;
  const log: TestRecorder["log"] = [];
  const source = await EventStream.open({ path: socket }, prefix, me);
  if (alone) {
    const { join } = source;
    source.join = async (...words) => ({ ...(await join.apply(source, words)), recorders: [me] });
  }
  const recorder = new Recorder({
    ...{ history, source, me },
    log: (level, message, facts) => log.push({ level, message, facts }),
    ...parts,
  });
  recorder.start();
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= recorder.stop();
    return stopped;
  };
  onTestFinished(stop);
  return { recorder, log, stop };
}
