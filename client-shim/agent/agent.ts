import { SeatmeterError } from "../../daemon/domain/errors.ts";
import { parsed } from "../arguments.ts";
import { userName } from "../settings.ts";
import { stateFolder } from "../state-folder.mjs";
import { tell } from "../tell.ts";
import { useLittleMemory } from "./little-memory.ts";
import { personalSocket, systemPlace } from "./where.ts";

export const usage = `
Usage: seatmeter agent [--system]
       seatmeter agent --status [--json]

One process and one connection to the licence service for all programs of this computer. It asks for the seats of
what is started with "seatmeter run", and of programs of the register that people start by themselves: these are seen a
moment later, and whoever gets no seat is told, and the program asked to close where the register says so. What runs
while no daemon can be reached is kept, and told afterwards. It stays until it is stopped (Ctrl-C, SIGTERM); programs
run on, and the next agent takes them over with their seats.

  --system  for everybody who uses this computer: listens at /run/seatmeter/agent.sock (macOS: /var/run/seatmeter,
            Windows: \\\\.\\pipe\\seatmeter-agent), and keeps what it knows in /var/lib/seatmeter-agent (Windows:
            %ProgramData%\\seatmeter\\agent). Else for you, and it listens at agent.sock in SEATMETER_STATE
            (~/.local/state/seatmeter)
  --status  what the agent of this computer does
  --json    the same as one object

  SEATMETER_AGENT    another socket · SEATMETER_STATE another folder for what is kept
  SEATMETER_URL      and others as in "seatmeter run --help": where the daemons are, how this computer is known

Exit code: 0 · 69 an agent runs already, or none for --status · 64 wrong arguments · 78 wrong settings
`;

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, {
    system: { type: "boolean" },
    status: { type: "boolean" },
    json: { type: "boolean" },
  });
  if (positionals[0] !== undefined) throw new SeatmeterError("usage", `${positionals[0]} is one argument too many.`);
  if (values.status) return (await import("./show-status.ts")).showStatus(values.json ?? false);
  if (values.json) throw new SeatmeterError("usage", "--json is for --status.");
  const here = { platform: process.platform, environment: process.env };
  const isSystem = values.system ?? false;
  if (isSystem) process.env.SEATMETER_STATE ??= systemPlace(here).state;
  const usual = isSystem ? systemPlace(here).socket : personalSocket(process.platform, process.env);
  const sweep = useLittleMemory();
  const { Agent } = await import("./the-agent.ts");
  const agent = await Agent.start({
    ...{
      isSystem,
      socket: process.env.SEATMETER_AGENT || usual,
      folder: stateFolder(),
      user: userName,
      log: tell,
      onSettled: sweep,
    },
  });
  const stopped = Promise.withResolvers<void>();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stopped.resolve());
  tell(`the agent listens at ${agent.socket}.`);
  await stopped.promise;
  agent.stop();
  tell("the agent stops; what runs runs on.");
  process.exit(0);
}
