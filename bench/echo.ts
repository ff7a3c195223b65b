import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** `echo-server.ts`, a process of its own. */
export class Echo implements Disposable {
  readonly pid: number;
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.pid = child.pid!;
    this.port = port;
  }

  /** @param redisSocket of a Redis that is asked for a PING before each answer */
  static async start(redisSocket?: string): Promise<Echo> {
    const child = fork(join(import.meta.dirname, "echo-server.ts"), redisSocket === undefined ? [] : [redisSocket]);
    const [port] = await once(child, "message");
    return new Echo(child, port as number);
  }

  [Symbol.dispose]() {
    this.#child.kill();
  }
}
