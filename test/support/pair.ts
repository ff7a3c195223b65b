import { textOf } from "./source.ts";

/* What docs/pair.md tells people to write, so that what is tried here is what they run. */

const [REDIS = [], SENTINEL = []] = [...textOf("docs/pair.md").matchAll(/```conf\n(.*?)```/gs)].map(([, text = ""]) =>
  text.trim().split("\n"),
);
const settings = (lines: readonly string[]) => lines.filter((line) => !line.startsWith("#"));

/** Of `redis.conf`, but for the port. */
export const REDIS_OF_PAIR: Record<string, string> = Object.fromEntries(
  settings(REDIS)
    .map((line) => /^(\S+) (.*)$/.exec(line)!.slice(1) as [string, string])
    .filter(([name]) => name !== "port"),
);

/**
 * Of `sentinel.conf` on one of the machines.
 *
 * @param machine 0, 1, 2: each waits for a time of its own before it calls a server gone
 */
export function sentinelOfPair(machine: number, { port, master }: { port: number; master: string }): string[] {
  const others = /(\d+) on the second machine and (\d+) on the third/.exec(SENTINEL.join(" "))!.slice(1);
  return settings(SENTINEL).map((line) =>
    line
      .replace(/^port .*/, `port ${port}`)
      .replace(/^(sentinel monitor \S+) \S+ \d+ (\d+)/, `$1 ${master} $2`)
      .replace(
        /^(sentinel down-after-milliseconds \S+) (\d+)/,
        (_, name, first) => `${name} ${[first, ...others][machine]}`,
      ),
  );
}
