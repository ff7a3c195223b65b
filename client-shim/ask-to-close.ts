/** What can be told of a program that was started, by whichever runtime. */
export interface Started {
  readonly pid?: number | undefined;
  kill(signal: NodeJS.Signals): unknown;
}

/** Ask a program to close, as its own window would. It may ask whether to save first, and may go on. */
export function askToClose(program: Started): void {
  // A program of Windows would be ended on the spot, whatever the signal's name.
  if (process.platform !== "win32") program.kill("SIGTERM");
  else
    process
      .getBuiltinModule("node:child_process")
      .spawn("taskkill", ["/PID", String(program.pid)], { stdio: "ignore" })
      .on("error", () => {});
}
