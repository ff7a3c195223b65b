import type { FastifyRequest } from "fastify";
import { SeatmeterError } from "../domain/errors.ts";
import { ComputersQuery } from "./compliance-shapes.ts";
import type { KnownComputers } from "./computers.ts";
import { readInput } from "./inputs.ts";

const PAGE = 500;

/** What is installed, for programs. */
export function httpCompliance(computers: Pick<KnownComputers, "compliance" | "list"> | undefined) {
  const kept = () => {
    if (computers) return computers;
    throw new SeatmeterError("history_off", "no history is kept here: SEATMETER_HISTORY is off");
  };
  return {
    compliance: () => kept().compliance(),

    async computers(request: FastifyRequest) {
      const from = Number(readInput(ComputersQuery, request.query).cursor ?? 0);
      const all = await kept().list();
      const next = from + PAGE < all.length ? { next: String(from + PAGE) } : {};
      return { items: all.slice(from, from + PAGE), ...next };
    },
  };
}
