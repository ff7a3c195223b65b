import { expect, test } from "vitest";
import { decodeFacts, encodeFacts } from "../../daemon/domain/events.ts";

test("the facts of a launch are read as they were written, each in its place", () => {
  const facts = {
    product: "autocad",
    site: "depot",
    version: "2026.1",
    askedFirst: "cheap",
    user: "person",
    userLastYear: "person before",
    device: "computer",
    deviceLastYear: "computer before",
    department: "Planning",
    attemptId: "attempt",
  };
  expect(decodeFacts(encodeFacts(facts).split("\t"))).toEqual(facts);
});
