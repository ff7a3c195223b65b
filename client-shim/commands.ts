/** One command of `seatmeter`, loaded only when it is asked for. */
export interface Command {
  /** What `--help` prints. */
  usage: string;
  /**
   * @param args what stands after the command's name
   * @returns the exit code
   * Errors: SeatmeterError, whose message is told and whose code gives the exit code.
   */
  run(args: readonly string[]): Promise<number>;
}

/** THE TABLE of commands. */
export const COMMANDS = {
  run: { summary: "start a program with a seat, and give the seat back at its end", load: () => import("./run.ts") },
  status: { summary: "who has what, now", load: () => import("./status.ts") },
  explain: {
    summary: "would this person be granted a seat now, and by which rule",
    load: () => import("./explain.ts"),
  },
  register: { summary: "check, apply and export the register; its JSON Schema", load: () => import("./register.ts") },
  token: { summary: "make a token for a shim, a person or a program", load: () => import("./token.ts") },
  sim: { summary: "a simulated fleet, or a FlexNet log played again", load: () => import("./sim.ts") },
  verify: { summary: "check the log of a simulated fleet for broken promises", load: () => import("./verify.ts") },
} as const satisfies Record<string, { summary: string; load: () => Promise<Command> }>;

export type CommandName = keyof typeof COMMANDS;
