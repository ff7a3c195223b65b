/**
 * Text frames of RFC 6455 as a server sends them, one after another in one piece of memory: all that is answered to a
 * connection at one time costs one write. Whatever is not plain text (ping, close) is left to `ws`.
 */
export function textFrames(texts: readonly string[]): Buffer {
  let bytes = 0;
  const lengths = texts.map((text) => {
    const length = Buffer.byteLength(text);
    bytes += headerBytes(length) + length;
    return length;
  });
  const frames = Buffer.allocUnsafe(bytes);
  let at = 0;
  texts.forEach((text, i) => {
    const length = lengths[i]!;
    at = writeHeader(frames, at, length);
    at += frames.write(text, at);
  });
  return frames;
}

const FINAL_TEXT = 0x81;
const SHORT = 125;
const TWO_BYTES = 126;
const EIGHT_BYTES = 127;
const MOST_IN_TWO_BYTES = 0xffff;

const headerBytes = (length: number) => (length <= SHORT ? 2 : length <= MOST_IN_TWO_BYTES ? 4 : 10);

function writeHeader(frames: Buffer, at: number, length: number): number {
  frames[at] = FINAL_TEXT;
  if (length <= SHORT) {
    frames[at + 1] = length;
    return at + 2;
  }
  if (length <= MOST_IN_TWO_BYTES) {
    frames[at + 1] = TWO_BYTES;
    return frames.writeUInt16BE(length, at + 2);
  }
  frames[at + 1] = EIGHT_BYTES;
  return frames.writeBigUInt64BE(BigInt(length), at + 2);
}
