import { expect, test } from "vitest";
import { scriptedApi } from "../support/scripted-api.ts";
import { shim } from "../support/shim.ts";

const LEASE = "01900000-0000-7000-8000-000000000000";
const WHY = ["--reason", "the  office\nmoves"];
const reason = "the office moves";

test.each([
  [["recall", LEASE], `POST /api/v1/leases/${LEASE}/recall`, { reason }],
  [["reclaim", LEASE], `DELETE /api/v1/leases/${LEASE}`, { reason }],
  [["reclaim", LEASE, "--grace", "2m"], `DELETE /api/v1/leases/${LEASE}`, { reason, graceMs: 120_000 }],
  [["reclaim", "../register"], "DELETE /api/v1/leases/..%2Fregister", { reason }],
  [["retire", "PC 9/b"], "POST /api/v1/devices/retire", { device: "PC 9/b", reason }],
  [["reassign", "cad", "Anna Smith"], "POST /api/v1/pools/cad/reassign", { user: "Anna Smith", reason }],
  [["reassign", "cad", "--device", "PC-9"], "POST /api/v1/pools/cad/reassign", { device: "PC-9", reason }],
])("%j is one request, with names in its body and never in its address", async (args, request, body) => {
  await using api = await scriptedApi({ [request]: { body: { message: "It is done.\u001b[2J" } } });
  const env = { SEATMETER_URL: api.url, SEATMETER_TOKEN: "secret" };

  expect(await shim([...args, ...WHY], env).finished).toMatchObject({
    exit: 0,
    stdout: "It is done. [2J\n",
    stderr: "",
  });
  const [method, path] = request.split(" ");
  expect(api.calls).toEqual([{ method, path, body, authorization: "Bearer secret" }]);
});

test.each([
  [404, "lease_unknown", 64],
  [404, "not_found", 64],
  [400, "message_invalid", 64],
  [403, "forbidden", 77],
  [401, "unauthenticated", 77],
  [503, "ledger_unavailable", 69],
  [500, "internal", 70],
])("an act that is answered %i %s gives %i and the daemon's sentence", async (status, code, exit) => {
  const body = { code, message: "There is no such lease", retry: false };
  await using api = await scriptedApi({ [`POST /api/v1/leases/${LEASE}/recall`]: { status, body } });
  const env = { SEATMETER_URL: api.url, SEATMETER_TOKEN: "secret" };

  expect(await shim(["recall", LEASE, ...WHY], env).finished).toMatchObject({
    exit,
    stdout: "",
    stderr: expect.stringContaining("There is no such lease"),
  });
});

test("what a daemon refuses of an act is a sentence of its own", async () => {
  const body = { code: "message_invalid", message: "leaseId: is no UUID", retry: false };
  await using api = await scriptedApi({ "POST /api/v1/leases/x/recall": { status: 400, body } });
  const { stderr } = await shim(["recall", "x", ...WHY], { SEATMETER_URL: api.url, SEATMETER_TOKEN: "secret" })
    .finished;
  expect(stderr).toContain("leaseId: is no UUID. `seatmeter recall --help` says how.");
});

test("an act goes to the address behind --url, and to no other when that does not answer", async () => {
  await using api = await scriptedApi({});
  const elsewhere = await shim(["retire", "PC-9", ...WHY, "--url", "http://127.0.0.1:1"], { SEATMETER_URL: api.url });

  expect(await elsewhere.finished).toMatchObject({ exit: 69, stderr: expect.stringContaining("127.0.0.1:1") });
  expect(api.calls).toEqual([]);
});
