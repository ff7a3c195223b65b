import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ours } from "./platforms.ts";
import { clearAtExit, inScratch } from "./scratch.ts";
import { buildSingleFile } from "./single-file.ts";
import { PROJECT } from "./version.ts";

/** `npm run test:file`: every test of the shim, and those of it with a real daemon, asked of the single file. */
const platform = ours();
if (!platform) throw new Error(`there is no single file for ${process.platform} on ${process.arch}`);
clearAtExit();
await inScratch(join(tmpdir(), "seatmeter-file-"), async (folder) => {
  const file = join(folder, "seatmeter");
  await buildSingleFile(platform, file);
  const asked =
    process.argv.length > 2
      ? process.argv.slice(2)
      : ["test/shim", "test/e2e/seats", "test/e2e/enrol", "test/e2e/journal"];
  const tests = spawn(process.execPath, [join(PROJECT, "node_modules/vitest/vitest.mjs"), "run", ...asked], {
    ...{ cwd: PROJECT, stdio: "inherit", env: { ...process.env, SEATMETER_COMMAND: file } },
  });
  const [exit] = await once(tests, "close");
  process.exitCode = exit ?? 70;
});
