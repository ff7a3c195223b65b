/** A daemon that was not heard of for so long records no more: its pools go to others. */
export const RECORDER_TTL_MS = 5000;
