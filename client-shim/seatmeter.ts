import { SeatmeterError } from "../daemon/domain/errors.ts";
import { didYouMean } from "./arguments.ts";
import { COMMANDS, type CommandName } from "./commands.ts";
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
    if (name) process.stdout.write(text);
    else process.stderr.write(text);
    return name ? 0 : 64;
  }
  if (name === "--version" || name === "-V") {
    const { VERSION } = await import("./version.ts");
    process.stdout.write(`seatmeter ${VERSION}\n`);
    return 0;
  }
  if (!Object.hasOwn(COMMANDS, name)) {
    tell(`there is no command ${name}.${didYouMean(name, Object.keys(COMMANDS))} \`seatmeter --help\` lists them.`);
    return 64;
  }
  try {
    const command = await COMMANDS[name as CommandName].load();
    if (asksForHelp(rest)) {
      process.stdout.write(`${command.usage.trim()}\n`);
      return 0;
    }
    return await command.run(rest);
  } catch (error) {
    return failed(name, error);
  }
}

/** What follows `--` is the program's. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const ours = end < 0 ? args : args.slice(0, end);
  return ours.includes("--help") || ours.includes("-h");
}

function failed(name: string, error: unknown): number {
  if (!(error instanceof SeatmeterError)) {
    tell(`a fault of ours in ${name}: ${error instanceof Error ? error.stack : String(error)}`);
    return 70;
  }
  tell(error.code === "usage" ? `${error.message} \`seatmeter ${name} --help\` says how.` : error.message);
  return error.exit;
}

async function usage(): Promise<string> {
  const { VERSION } = await import("./version.ts");
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`);
  return `seatmeter ${VERSION}: licence metering

Usage: seatmeter COMMAND …

${lines.join("\n")}

seatmeter COMMAND --help says more. The daemon's address is in SEATMETER_URL (several with commas), else in
/etc/seatmeter/shim.yaml, else ws://127.0.0.1:7070; the token in SEATMETER_TOKEN or SEATMETER_TOKEN_FILE.
`;
}
