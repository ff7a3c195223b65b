import { describe, expect, test, vi } from "vitest";
import { commandAct } from "../../client-shim/audited.ts";
import { accountOf, userNamed } from "../../client-shim/programs/accounts.ts";
import { userName } from "../../client-shim/settings.ts";

vi.mock("node:os", async (original) => ({
  ...(await original<typeof import("node:os")>()),
  userInfo: () => {
    throw new Error("ENOENT: no such file or directory, uv_os_get_passwd");
  },
}));

const uid = process.getuid?.() ?? 0;

describe("whoever has a number and no name, as in a container", () => {
  test("goes by it, to the command as to the agent", async () => {
    expect(userName({})).toBe(`uid ${uid}`);
    expect(await userNamed(uid)).toBe(`uid ${uid}`);
  });

  test("sits nowhere that is known", async () => {
    expect(await accountOf(`uid ${uid}`)).toBeUndefined();
  });

  test("is known by it in the audit", () => {
    expect(commandAct("copy_history", "postgres")).toMatchObject({ who: `command of uid ${uid}` });
  });
});
