import { expect, test } from "vitest";
import {
  counted,
  dayInWords,
  hoursInWords,
  moneyInWords,
  noticeInWords,
  ruleInWords,
  weekdayInWords,
} from "../../daemon/sizing/plain-words.ts";
import { RULE } from "../../daemon/sizing/recommendation.ts";

test("days, amounts and lengths as people write them", () => {
  expect(dayInWords("2027-07-02")).toBe("2 July 2027");
  expect(weekdayInWords("2027-07-02")).toBe("Friday 2 July 2027");
  expect([counted(1, "seat"), counted(1200, "seat"), counted(2, "person", "people")]).toEqual([
    "1 seat",
    "1,200 seats",
    "2 people",
  ]);
  expect([moneyInWords(35_649.5, "GBP"), moneyInWords(-17_100, "GBP")]).toEqual(["£35,650", "£17,100"]);
  expect([hoursInWords(3.2), hoursInWords(1), hoursInWords(0.04)]).toEqual(["3.2 hours", "1 hour", "0 hours"]);
  expect([noticeInWords({ days: 90 }), noticeInWords({ months: 1 })]).toEqual(["90 days", "1 month"]);
});

test("the rule is told so that somebody can check it", () => {
  expect(ruleInWords(RULE)).toBe(
    "at most 0.1% of launches find no seat free, in 90% of 500 resampled years; tries within 15 minutes are one",
  );
});
