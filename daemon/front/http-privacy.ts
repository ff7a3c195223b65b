import type { FastifyReply, FastifyRequest } from "fastify";
import { SeatmeterError } from "../domain/errors.ts";
import { byWhom } from "./http-acts.ts";
import { readInput } from "./inputs.ts";
import type { PersonRecords } from "./person-records.ts";
import { Person, PersonToErase } from "./privacy-shapes.ts";

export type Persons = Pick<PersonRecords, "export" | "erase" | "kept">;

/** What is held of a person, over HTTP: the name stands in the body, never in an address. */
export function httpPrivacy(persons: Persons | undefined) {
  const kept = (): Persons => {
    if (persons) return persons;
    throw new SeatmeterError("history_off", "no history is kept here: nothing outlives a launch but minutes");
  };
  return {
    privacy: () => kept().kept(),

    exportPerson(request: FastifyRequest) {
      return kept().export(readInput(Person, request.body).user);
    },

    async exportPersonCsv(request: FastifyRequest, reply: FastifyReply) {
      const told = await kept().export(readInput(Person, request.body).user);
      const [{ csvOf }, { personSheet }] = await Promise.all([
        import("../downloads/csv.ts"),
        import("./person-sheet.ts"),
      ]);
      return reply
        .header("content-disposition", 'attachment; filename="person.csv"')
        .type("text/csv; charset=utf-8; header=present")
        .send(csvOf(personSheet(told)));
    },

    async erasePerson(request: FastifyRequest) {
      const { user, reason } = readInput(PersonToErase, request.body);
      const erased = await kept().erase({ by: byWhom(request), reason }, user);
      request.actedOn = `rows ${erased.rows}, open ${erased.open}`;
      return erased;
    },
  };
}
