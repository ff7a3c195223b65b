import { type ChildProcess, fork } from "node:child_process";
import { on } from "node:events";
import { join } from "node:path";
import type { Answered, Order, Report } from "./load-client.ts";

/** The load as the bench sees it: another process with many shims. */
export class Load implements Disposable {
  readonly #child: ChildProcess = fork(join(import.meta.dirname, "load-client.ts"));
  readonly #reports: AsyncIterator<[Report]>;

  constructor() {
    const ended = new AbortController();
    this.#child.once("exit", () => ended.abort(new Error("the load ended")));
    this.#reports = on(this.#child, "message", { signal: ended.signal }) as unknown as AsyncIterator<[Report]>;
  }

  /** Connect so many more shims, each with so many questions under way at a time, over so many products. */
  async connect(
    port: number,
    { connections = 1, inFlight = 1, products = 1, echo = false }: Partial<Extract<Order, { order: "connect" }>>,
  ): Promise<void> {
    this.#say({ order: "connect", port, connections, inFlight, products, echo });
    await this.#hear("connected");
  }

  /**
   * Ask for so many seconds, and give everything back.
   *
   * @param meter what to read before and after, CPU seconds for instance; the differences come back
   * @param rate  questions a second, of connections with one under way; none: as many as are answered
   */
  async run<Name extends string>(
    seconds: number,
    meter: () => Promise<Record<Name, number>>,
    rate?: number,
  ): Promise<Answered & { used: Record<Name, number> }> {
    const before = await meter();
    this.#say({ order: "run", seconds, ...(rate !== undefined && { rate }) });
    const answered = await this.#hear("answered");
    const after = await meter();
    await this.#hear("finished");
    const used = Object.fromEntries(
      Object.entries<number>(after).map(([name, value]) => [name, value - before[name as Name]]),
    );
    return { ...answered, used: used as Record<Name, number> };
  }

  [Symbol.dispose]() {
    this.#child.kill();
  }

  #say(order: Order) {
    this.#child.send(order);
  }

  async #hear<Kind extends Report["report"]>(kind: Kind): Promise<Extract<Report, { report: Kind }>> {
    const [report] = (await this.#reports.next()).value as [Report];
    if (report.report === "failed") throw new Error(`the load failed: ${report.why}`);
    if (report.report !== kind) throw new Error(`the load said ${report.report} instead of ${kind}`);
    return report as Extract<Report, { report: Kind }>;
  }
}
