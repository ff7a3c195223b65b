import { expect, test } from "vitest";
import { executableIn, isSigned } from "../../packaging/platforms.ts";

/** A file's head with some bytes set. */
function headWith(...parts: [at: number, bytes: number[]][]): Buffer {
  const head = Buffer.alloc(256);
  for (const [at, bytes] of parts) head.set(bytes, at);
  return head;
}

const text = (written: string) => [...Buffer.from(written, "latin1")];

test.each([
  ["ELF", "x64", headWith([0, [0x7f, ...text("ELF")]], [18, [62, 0]])],
  ["ELF", "arm64", headWith([0, [0x7f, ...text("ELF")]], [18, [183, 0]])],
  ["PE", "x64", headWith([0, text("MZ")], [0x3c, [0x80]], [0x80, [...text("PE\0\0"), 0x64, 0x86]])],
  ["Mach-O", "x64", headWith([0, [0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1]])],
  ["Mach-O", "arm64", headWith([0, [0xcf, 0xfa, 0xed, 0xfe, 12, 0, 0, 1]])],
])("an executable is known as %s for %s by its first bytes", (format, machine, head) => {
  expect(executableIn(head)).toEqual({ format, machine });
});

test.each([
  ["too short", Buffer.from("MZ")],
  ["a script", Buffer.from("#!/bin/sh\n".padEnd(256))],
  ["of a machine that we build nothing for", headWith([0, [0x7f, ...text("ELF")]], [18, [3, 0]])],
  ["a program of DOS", headWith([0, text("MZ")], [0x3c, [0x80]])],
  ["cut off before its header", headWith([0, text("MZ")], [0x3c, [0xff, 0xff]])],
])("what is %s is no executable of ours", (_, head) => {
  expect(executableIn(head)).toBeUndefined();
});

test("a file for macOS is signed where one of its load commands says so", () => {
  const commands: [number, number[]][] = [
    [16, [2]],
    [32, [0x19, 0, 0, 0, 16]],
  ];
  expect(isSigned(headWith(...commands, [48, [0x1d, 0, 0, 0, 16]]))).toBe(true);
  expect(isSigned(headWith(...commands, [48, [0x02, 0, 0, 0, 16]]))).toBe(false);
});
