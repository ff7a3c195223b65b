import { execFileSync, spawn } from "node:child_process";
import type { Host } from "../support/host.ts";

/** Frames to it reach nobody. */
const NOBODY = "02:00:00:00:00:fe";

export interface TestNetwork extends Disposable {
  hosts: Host[];
  /** Nothing passes between them any more, and neither is told. */
  cut(one: Host, others: readonly Host[]): void;
  heal(): void;
}

/** Whether there may be network namespaces: of root's, on Linux, with iproute2. */
export function hasNetworks(): boolean {
  try {
    using _ = openNetwork(1);
    return true;
  } catch {
    return false;
  }
}

/** Computers in network namespaces, on one switch in a namespace of its own; this computer is not among them. */
export function openNetwork(size: number): TestNetwork {
  const name = `sm${process.pid}x${openings++}`;
  const spaces = [`${name}s`, ...Array.from({ length: size }, (_, i) => `${name}h${i + 1}`)];
  const [bridge = "", ...computers] = spaces;
  const made: string[] = [];
  const remove = () => {
    for (const space of made.splice(0)) ip("netns", "del", space);
  };
  const hosts = computers.map((space, i) => ({ space, address: `10.77.0.${i + 1}`, spawn: spawnIn(space) }));
  try {
    for (const space of spaces) {
      ip("netns", "add", space);
      made.push(space);
      ip("-n", space, "link", "set", "lo", "up");
    }
    ip("-n", bridge, "link", "add", "br0", "type", "bridge");
    ip("-n", bridge, "link", "set", "br0", "up");
    for (const [i, { space, address }] of hosts.entries()) {
      const port = `port${i + 1}`;
      ip("link", "add", "eth0", "netns", space, "type", "veth", "peer", "name", port, "netns", bridge);
      ip("-n", bridge, "link", "set", port, "master", "br0", "up");
      ip("-n", space, "address", "add", `${address}/24`, "dev", "eth0");
      ip("-n", space, "link", "set", "eth0", "up");
    }
  } catch (error) {
    remove();
    throw error;
  }
  const cuts: [space: string, address: string][] = [];
  return {
    hosts,
    cut(one, others) {
      const from = hosts.find((host) => host === one);
      for (const to of hosts.filter((host) => others.includes(host))) {
        if (from) cuts.push([from.space, to.address], [to.space, from.address]);
      }
      for (const [space, address] of cuts) {
        ip("-n", space, "neigh", "replace", address, "lladdr", NOBODY, "dev", "eth0", "nud", "permanent");
      }
    },
    heal() {
      for (const [space, address] of cuts.splice(0)) ip("-n", space, "neigh", "del", address, "dev", "eth0");
    },
    [Symbol.dispose]: remove,
  };
}
let openings = 0;

const spawnIn =
  (space: string): Host["spawn"] =>
  (program, words, options) =>
    spawn("ip", ["netns", "exec", space, program, ...words], options);

function ip(...words: string[]) {
  execFileSync("ip", words, { stdio: "pipe" });
}
