import { SeatmeterError } from "../domain/errors.ts";

/** Redis's troubles in our words. */
export async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof SeatmeterError) throw cause;
    throw new SeatmeterError("ledger_unavailable", `the ledger does not answer (${(cause as Error).message})`, {
      cause,
    });
  }
}
