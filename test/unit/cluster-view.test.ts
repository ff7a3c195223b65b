import { expect, test } from "vitest";
import { ownerOf, readNodes } from "../../daemon/ledger/cluster-view.ts";

/** As Redis 7 answers CLUSTER NODES. */
const LINES = [
  "aa 10.0.0.1:6379@16379,north.example myself,master - 0 0 1 connected 0-5460 5462",
  "bb 10.0.0.2:6379@16379 master,fail - 1700000000000 1700000000000 2 disconnected 5461 5463-10922",
  "cc :0@0 master,noaddr - 0 0 3 disconnected 10923-16383 [93-<-aa]",
  "dd 10.0.0.4:6379@16379 slave aa 0 1700000000000 1 connected",
  "ee 10.0.0.5:6379@16379 slave,fail? aa 0 1700000000000 1 connected",
  "ff 10.0.0.6:6379@16379 slave,fail aa 0 1700000000000 1 connected",
  "",
];
const NODES = readNodes(LINES.join("\n"));

test("who has a slot is found by its ranges, with the replicas that most masters hear of", () => {
  const north = { addresses: ["10.0.0.1:6379", "north.example:6379"], isGone: false, replicas: 2, masters: 3 };
  expect([0, 93, 5460, 5462].map((slot) => ownerOf(NODES, slot))).toEqual([north, north, north, north]);
  const other = { addresses: ["10.0.0.2:6379"], isGone: true, replicas: 0, masters: 3 };
  expect([5461, 5463, 10_922].map((slot) => ownerOf(NODES, slot))).toEqual([other, other, other]);
  expect(ownerOf(NODES, 16_383)).toMatchObject({ isGone: false, replicas: 0 });
  expect(ownerOf(NODES.slice(1), 7)).toBeUndefined();
});
