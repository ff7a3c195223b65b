/** What a pool keeps in Redis, in the order in which the scripts name it. The tag keeps it all in one slot. */
export const POOL_KEYS = [
  "state",
  "leases",
  "due",
  "seats",
  "counts",
  "ended",
  "events",
  "dated",
  "linger",
  "queue",
  "journal",
] as const;
export type PoolKey = (typeof POOL_KEYS)[number];

/** Names of keys: `seatmeter:{autocad}:state`. */
export class Keys {
  readonly prefix: string;
  /** The register in force, the names of all pools there have been, and fingerprints of pseudonym keys by year. */
  readonly register: string;
  readonly pools: string;
  readonly pseudonyms: string;
  /** Who records what happens, and when each was last heard of. */
  readonly recorders: string;
  /** When a daemon last counted, and times in which none did that are not written down yet. */
  readonly beats: string;
  /** Where a new revision is announced. */
  readonly channel: string;
  /** Computers that are enrolled, how often that changed and where it is announced. */
  readonly devices: string;
  readonly deviceChanges: string;
  readonly deviceChannel: string;
  /** Those whose key was taken away, by when. */
  readonly revokedDevices: string;

  constructor(prefix: string) {
    this.prefix = prefix;
    this.register = `${prefix}{register}`;
    this.pools = `${prefix}{register}:known-pools`;
    this.pseudonyms = `${prefix}{register}:pseudonym-keys`;
    this.recorders = `${prefix}{register}:recorders`;
    this.beats = `${prefix}{register}:beats`;
    this.channel = `${prefix}register`;
    this.devices = `${prefix}{devices}`;
    this.deviceChanges = `${prefix}{devices}:changes`;
    this.deviceChannel = `${prefix}devices`;
    this.revokedDevices = `${prefix}{devices}:revoked`;
  }

  /** Who tells of a matter, or that somebody was told. */
  notice(id: string) {
    return `${this.prefix}{register}:notice:${id}`;
  }

  /** By which that computer may be enrolled. */
  enrolmentToken(device: string) {
    return `${this.prefix}{devices}:token:${device}`;
  }

  /** By what somebody is signed in. */
  session(digest: string) {
    return `${this.prefix}{sessions}:${digest}`;
  }

  of(pool: string, key: PoolKey) {
    return `${this.prefix}{${pool}}:${key}`;
  }

  all(pool: string) {
    return POOL_KEYS.map((key) => this.of(pool, key));
  }
}
