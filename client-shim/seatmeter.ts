import { SeatmeterError } from "../daemon/domain/errors.ts";
import { didYouMean } from "./arguments.ts";
import { COMMANDS, type CommandName } from "./commands.ts";
import { print } from "./print.ts";
import { tell } from "./tell.ts";

/**
 * The command `seatmeter`.
 *
 * @param args what stands after the command's name
 * @returns the exit code (contract: 64 usage, 69 daemon away, 70 our fault, 75 no seat, 77 not allowed, 78 settings)
 */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    const text = await usage();
    if (name) print(text);
    else print(text, process.stderr);
    return name ? 0 : 64;
  }
  if (name === "--version" || name === "-V") {
    const { VERSION } = await import("./version.ts");
    print(`seatmeter ${VERSION}\n`);
    return 0;
  }
  const ours = beforeProgram(rest);
  if (!Object.hasOwn(COMMANDS, name)) {
    tell(`there is no command ${name}.${didYouMean(name, Object.keys(COMMANDS))} \`seatmeter --help\` lists them.`);
    return 64;
  }
  try {
    const command = await COMMANDS[name as CommandName].load();
    if (ours.includes("--help") || ours.includes("-h")) {
      print(`${command.usage.trim()}\n`);
      return 0;
    }
    return await command.run(rest);
  } catch (error) {
    return failed(name, error);
  }
}

/** What follows `--` is the program's. */
function beforeProgram(args: readonly string[]): readonly string[] {
  const end = args.indexOf("--");
  return end < 0 ? args : args.slice(0, end);
}

function failed(name: string, error: unknown): number {
  if (!(error instanceof SeatmeterError)) {
    tell(`a fault of ours in ${name}: ${error instanceof Error ? error.stack : String(error)}`);
    return 70;
  }
  // What a daemon refused is said without a full stop.
  const sentence = /[.!?:)]$/.test(error.message) ? error.message : `${error.message}.`;
  tell(error.code === "usage" ? `${sentence} \`seatmeter ${name} --help\` says how.` : error.message);
  return error.exit;
}

async function usage(): Promise<string> {
  const { VERSION } = await import("./version.ts");
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`);
  return `seatmeter ${VERSION}: licence metering

Usage: seatmeter COMMAND …

${lines.join("\n")}

seatmeter COMMAND --help says more. The daemon's address is in SEATMETER_URL (several with commas), else in
/etc/seatmeter/shim.yaml (on Windows in a policy, or %ProgramData%\\seatmeter\\shim.yaml), else ws://127.0.0.1:7070; the
token in SEATMETER_TOKEN or SEATMETER_TOKEN_FILE.
`;
}
