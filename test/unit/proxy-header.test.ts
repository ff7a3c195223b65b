import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readProxyHeader } from "../../daemon/front/proxy-header.ts";
import { binaryHeader } from "../support/proxy.ts";

const LINE = "PROXY TCP4 198.51.100.9 10.0.0.5 56324 443\r\n";
const GET = "GET / HTTP/1.1\r\n";
const read = (text: string) => readProxyHeader(Buffer.from(text, "latin1"));

describe("a PROXY header of version 1", () => {
  test.each([
    ["IPv4", LINE, "198.51.100.9"],
    ["IPv6", "PROXY TCP6 2001:db8::9 2001:db8::5 56324 443\r\n", "2001:db8::9"],
    ["a proxy that does not know for whom it speaks", "PROXY UNKNOWN\r\n", undefined],
    ["the same with addresses that are not to be believed", "PROXY UNKNOWN 198.51.100.9 x y z\r\n", undefined],
  ])("is read: %s", (_what, line, source) => {
    expect(read(line + GET)).toEqual({ source, length: line.length });
  });

  test.each([
    ["no header at all", GET],
    ["other letters", LINE.replace("PROXY", "proxy")],
    ["no address", "PROXY TCP4\r\n"],
    ["a name for an address", "PROXY TCP4 localhost 10.0.0.5 1 2\r\n"],
    ["an address of the other family", "PROXY TCP4 2001:db8::9 10.0.0.5 1 2\r\n"],
    ["a port beyond the last", "PROXY TCP4 198.51.100.9 10.0.0.5 65536 443\r\n"],
    ["a port too many", "PROXY TCP4 198.51.100.9 10.0.0.5 1 2 3\r\n"],
    ["a line that never ends", `PROXY TCP4 ${"1".repeat(200)}`],
  ])("is a mistake: %s", (_what, line) => {
    expect(read(line)).toHaveProperty("mistake");
  });
});

describe("a PROXY header of version 2", () => {
  test.each([
    ["IPv4", binaryHeader("198.51.100.9"), "198.51.100.9"],
    ["IPv6", binaryHeader("2001:db8::9"), "2001:0db8:0000:0000:0000:0000:0000:0009"],
    ["what else the proxy says of it is passed over", binaryHeader("198.51.100.9", { more: 40 }), "198.51.100.9"],
    ["a proxy that looks whether we are there", binaryHeader("198.51.100.9", { command: 0x20 }), undefined],
    ["a connection that is no TCP", binaryHeader("198.51.100.9", { family: 0x31 }), undefined],
  ])("is read: %s", (_what, header, source) => {
    expect(readProxyHeader(Buffer.concat([header, Buffer.from(GET)]))).toEqual({ source, length: header.length });
  });

  test.each([
    ["a version that is not there yet", binaryHeader("198.51.100.9", { command: 0x31 })],
    ["a command that is none", binaryHeader("198.51.100.9", { command: 0x22 })],
    ["more than a proxy has to say", binaryHeader("198.51.100.9", { more: 5000 })],
    [
      "less than two addresses",
      Buffer.concat([binaryHeader("198.51.100.9").subarray(0, 14), Buffer.from([0, 4, 1, 2, 3, 4])]),
    ],
  ])("is a mistake: %s", (_what, header) => {
    expect(readProxyHeader(header)).toHaveProperty("mistake");
  });
});

test("of either version is waited for while it comes byte by byte, and never taken for another", () => {
  for (const header of [Buffer.from(LINE), binaryHeader("198.51.100.9"), binaryHeader("2001:db8::9")]) {
    for (let length = 0; length < header.length; length++) {
      expect(readProxyHeader(header.subarray(0, length)), `${length} bytes`).toBe("unfinished");
    }
    expect(readProxyHeader(header)).toHaveProperty("source");
  }
});

test("whatever comes is a header, a mistake or unfinished, and the source is an address", () => {
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.string({ maxLength: 120 }).map((text) => Buffer.from(`PROXY TCP4 ${text}\r\n`)),
    fc.uint8Array({ maxLength: 60 }).map((rest) => Buffer.concat([binaryHeader("198.51.100.9").subarray(0, 12), rest])),
  );
  fc.assert(
    fc.property(anything, (bytes) => {
      const header = readProxyHeader(Buffer.from(bytes));
      if (header === "unfinished" || "mistake" in header) return;
      expect(header.length).toBeLessThanOrEqual(bytes.length);
      if (header.source !== undefined) expect(header.source).toMatch(/^[\da-f.:]+$/i);
    }),
  );
});
