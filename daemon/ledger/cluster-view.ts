/** A node of a cluster, as one of them sees it. */
export interface ClusterNode {
  id: string;
  /** By number and, where it has one, by name: `10.0.0.1:6379`. */
  addresses: string[];
  /** Most masters have not heard of it for the cluster's node time-out: it may be replaced at any moment. */
  isGone: boolean;
  /** The id of its master; `-`: it is one itself. */
  replicaOf: string;
  /** First and last of each range. */
  slots: [number, number][];
}

/** Who has a slot. */
export interface Owner {
  addresses: string[];
  isGone: boolean;
  /** That most masters hear of. */
  replicas: number;
  /** All that have slots, itself among them: they elect whoever takes the place of one. */
  masters: number;
}

/**
 * @param text what a node answers to CLUSTER NODES, a line a node: id, address, flags, whose replica, four more words, slots
 * @see https://redis.io/docs/latest/commands/cluster-nodes/
 */
export function readNodes(text: string): ClusterNode[] {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const [id = "", address = "", flags = "", replicaOf = "", , , , , ...ranges] = line.split(" ");
    const [number = "", ...names] = address.split(",");
    const [host, port] = /^(.*):(\d+)@/.exec(number)?.slice(1) ?? [];
    return {
      ...{ id, replicaOf },
      addresses: [host, ...names].map((name) => `${name}:${port}`),
      // `fail?` is what this node alone thinks.
      isGone: flags.split(",").includes("fail"),
      // What is on its way elsewhere stands in brackets.
      slots: ranges.filter((range) => !range.startsWith("[")).map(readRange),
    };
  });
}

export function ownerOf(nodes: readonly ClusterNode[], slot: number): Owner | undefined {
  const masters = nodes.filter(({ slots }) => slots.length > 0);
  const owner = masters.find(({ slots }) => slots.some(([first, last]) => first <= slot && slot <= last));
  if (!owner) return undefined;
  const { id, addresses, isGone } = owner;
  const replicas = nodes.filter(({ replicaOf, isGone }) => replicaOf === id && !isGone).length;
  return { addresses, isGone, replicas, masters: masters.length };
}

/** `5461`, `0-5460`. */
function readRange(range: string): [number, number] {
  const [first = 0, last = first] = range.split("-").map(Number);
  return [first, last];
}
