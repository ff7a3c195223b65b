/** Of the 16 KiB of a frame that a daemon reads, so much may a list take; the rest is what stands around it. */
export const FRAME_ROOM_BYTES = 15 * 1024;
