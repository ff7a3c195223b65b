import { expect, test } from "vitest";
import { useLedger } from "../support/ledger.ts";

const { openPool } = useLedger();
const TTL_MS = 60_000;

test("whoever writes to the same history joins at once, though the one before was killed; to another one nobody does", async () => {
  const { ledger } = await openPool({ seats: 1 });
  expect(await ledger.joinRecorders("ours", "killed", TTL_MS)).toEqual({});
  expect(await ledger.joinRecorders("ours", "next", TTL_MS)).toEqual({});
  expect(await ledger.joinRecorders("other", "stranger", TTL_MS)).toEqual({ others: expect.stringMatching(/^ours /) });
});
