/*
 * What a shim sends, as bytes made once: before each use only the lease id is written anew. So that the load costs as
 * little as it can, for it shares the machine with what is measured.
 */

const MASK = [0x37, 0xfa, 0x21, 0x3d] as const;
const MASKED_TEXT = [0x81, 0x80] as const;
const SHORT = 125;
const TWO_BYTES = 126;

/** `00000000-cccc-7sss-8000-nnnnnnnnnnnn`: connection, slot and number, so that an answer tells whose it is. */
const LEASE_BYTES = 36;
const SLOT_AT = 15;
const NUMBER_AT = 24;
const NUMBER_DIGITS = 12;

const run = Math.floor(Math.random() * 2 ** 32);
const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");
const DIGITS = Buffer.from("0123456789abcdef");

/** A lease id that can be counted up in place. */
export function leaseId(connection: number, slot: number): Buffer {
  return Buffer.from(`${hex(run, 8)}-${hex(connection, 4)}-7${hex(slot, 3)}-8000-${hex(0, NUMBER_DIGITS)}`);
}

export function renumber(lease: Buffer, number: number) {
  let rest = number;
  for (let at = NUMBER_AT + NUMBER_DIGITS - 1; at >= NUMBER_AT; at--) {
    lease[at] = DIGITS[rest % 16]!;
    rest = Math.floor(rest / 16);
  }
}

/** Which slot of its connection an answer is for. */
export function slotIn(chunk: Buffer, leaseAt: number): number {
  let slot = 0;
  for (let at = leaseAt + SLOT_AT; at < leaseAt + SLOT_AT + 3; at++) {
    const digit = chunk[at]!;
    slot = slot * 16 + (digit <= 0x39 ? digit - 0x30 : digit - 0x57);
  }
  return slot;
}

export class Frame {
  readonly bytes: Buffer;
  readonly #leaseAt: number;
  readonly #payloadAt: number;

  constructor(message: object) {
    const text = Buffer.from(JSON.stringify(message));
    const [first, masked] = MASKED_TEXT;
    const length =
      text.length <= SHORT ? [masked | text.length] : [masked | TWO_BYTES, text.length >> 8, text.length & 0xff];
    const header = Buffer.from([first, ...length, ...MASK]);
    this.#payloadAt = header.length;
    this.#leaseAt = header.length + text.indexOf('"leaseId":"') + '"leaseId":"'.length;
    this.bytes = Buffer.concat([header, text.map((byte, i) => byte ^ MASK[i % 4]!)]);
  }

  /** Copy the frame for this lease to a place in `target`; the place behind it. */
  write(target: Buffer, at: number, lease: Buffer): number {
    this.bytes.copy(target, at);
    const from = at + this.#leaseAt;
    const shift = this.#leaseAt - this.#payloadAt;
    for (let i = 0; i < LEASE_BYTES; i++) target[from + i] = lease[i]! ^ MASK[(shift + i) % 4]!;
    return at + this.bytes.length;
  }
}
