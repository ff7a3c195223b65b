/** Who has a slot, as one node of a cluster sees it. */
export interface Owner {
  /** By number and, where it has one, by name: `10.0.0.1:6379`. */
  addresses: string[];
  /** Most masters have not heard of it for the cluster's node time-out: it may be replaced at any moment. */
  isGone: boolean;
  /** That most masters hear of. */
  replicas: number;
}

/**
 * @param nodes what a node answers to CLUSTER NODES, a line a node: id, address, flags, whose replica, five more words, slots
 * @see https://redis.io/docs/latest/commands/cluster-nodes/
 */
export function ownerOf(nodes: string, slot: number): Owner | undefined {
  const lines = nodes
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(" "));
  const owner = lines.find((words) => words.slice(8).some((range) => isIn(range, slot)));
  if (!owner) return undefined;
  const [id, address = "", flags = ""] = owner;
  const [number = "", ...names] = address.split(",");
  const [host, port] = /^(.*):(\d+)@/.exec(number)?.slice(1) ?? [];
  return {
    addresses: [host, ...names].map((name) => `${name}:${port}`),
    isGone: hasGone(flags),
    replicas: lines.filter(([, , flags = "", of]) => of === id && !hasGone(flags)).length,
  };
}

/** `fail?` is what this node alone thinks. */
const hasGone = (flags: string) => flags.split(",").includes("fail");

/** `5461`, `0-5460`; what is on its way elsewhere stands in brackets. */
function isIn(range: string, slot: number): boolean {
  const [first, last = first] = range.split("-").map(Number);
  return first! <= slot && slot <= last!;
}
