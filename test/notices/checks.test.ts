import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { shim } from "../support/shim.ts";

const REGISTER = `organisation: Exampleshire Council
notices:
  mail:
    host: smtp.example.org
    from: seats@example.org
    user: seats
    passwordFile: password.txt
    certificateAuthorityFile: ca.pem
  webhooks:
    - { url: "https://hooks.example.org/", secretFile: secret.txt }
`;

test("register check looks into the files that notices name, each at its place", async () => {
  const folder = mkdtempSync(join(tmpdir(), "seatmeter-checks-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "seatmeter.yaml");
  writeFileSync(file, REGISTER);
  writeFileSync(join(folder, "password.txt"), "\n");
  writeFileSync(join(folder, "ca.pem"), "no certificate");
  const { exit, stdout, stderr } = await shim(["register", "check", file]).finished;

  expect(exit).toBe(78);
  expect(stdout + stderr).toMatch(/:7:19 notices\.mail\.passwordFile password\.txt is empty/);
  expect(stdout + stderr).toMatch(/:8:31 notices\.mail\.certificateAuthorityFile ca\.pem holds no certificate/);
  expect(stdout + stderr).toMatch(/:10:56 notices\.webhooks\[0\]\.secretFile secret\.txt cannot be read/);
});
