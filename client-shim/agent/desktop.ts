import type { SeenProgram } from "../programs/seen-program.ts";

/** What of the system's desktop the agent needs: its eyes and its voice. */
export interface Desktop {
  watch(
    executables: () => ReadonlySet<string>,
    on: {
      started(program: SeenProgram): void;
      ended(program: SeenProgram, why: "program_exited" | "program_crashed"): void;
      blind(why: string): void;
    },
  ): { stop(): void };
  /** @returns whether it was shown */
  tell(telling: { user: string; title: string; text: string; pid?: number }): Promise<boolean>;
  askToClose(program: SeenProgram): Promise<void>;
  /** For how long nobody has typed or pointed there. */
  idleMs(user: string): Promise<number | undefined>;
}

/** This computer's. Loaded when an agent starts, and by nobody else. */
export async function thisDesktop(): Promise<Desktop> {
  const [{ watchPrograms }, { tellPerson }, { askProgramToClose }, { idleMs }] = await Promise.all([
    import("../programs/watch.ts"),
    import("../programs/tell-person.ts"),
    import("../programs/close.ts"),
    import("../programs/idle.ts"),
  ]);
  return { watch: watchPrograms, tell: tellPerson, askToClose: askProgramToClose, idleMs };
}
