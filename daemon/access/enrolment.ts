import { randomBytes } from "node:crypto";
import { challengeAt } from "../domain/device-proof.ts";
import { SeatmeterError } from "../domain/errors.ts";
import { isPublicKey, judgeConnection, judgeJournal, judgeRotation } from "./device-proofs.ts";
import { hashOf } from "./tokens.ts";

/** How long a computer may be enrolled with a token. */
const TOKEN_MS = 24 * 3_600_000;
const TOKEN_PREFIX = "seatmeter_enrol_";

interface Registered {
  enrolment: string;
  publicKey: string;
  previousKey?: string | undefined;
  /** What the computer calls the daemons of its ledger in what it signs. */
  audience: string;
}

/** What the ledger keeps of computers (ledger/device-store.ts). */
export interface EnrolledDevices {
  offer(device: string, token: { hash: string; by: string; forMs: number }): Promise<void>;
  exchange(device: string, hash: string, publicKey: string): Promise<{ audience: string } | "used" | "unknown">;
  rotate(device: string, publicKey: string, nextKey: string): Promise<"rotated" | "unknown">;
  remove(device: string): Promise<boolean>;
  find(device: string): Promise<Registered | undefined>;
}

/**
 * How computers come to have keys of their own that the daemons know, and how they prove that they have them. Errors of
 * all: ledger_unavailable; unauthenticated where somebody is not who he says, with what to do about it.
 */
export class Enrolment {
  readonly #devices: EnrolledDevices;

  constructor(devices: EnrolledDevices) {
    this.#devices = devices;
  }

  /** @returns a token that is shown this once: the ledger keeps its hash */
  async offer(device: string, by: string): Promise<{ token: string; untilMs: number }> {
    const token = `${TOKEN_PREFIX}${randomBytes(32).toString("base64url")}`;
    const untilMs = Date.now() + TOKEN_MS;
    await this.#devices.offer(device, { hash: hashOf(token), by, forMs: TOKEN_MS });
    return { token, untilMs };
  }

  /** @returns what the computer is to call the daemons in what it signs. Errors also: message_invalid. */
  async exchange(device: string, token: string, publicKey: string): Promise<{ audience: string }> {
    if (!isPublicKey(publicKey)) {
      throw new SeatmeterError("message_invalid", "publicKey: is no public key of Ed25519", { field: "publicKey" });
    }
    const outcome = await this.#devices.exchange(device, hashOf(token), publicKey);
    if (typeof outcome === "object") return outcome;
    const wrong =
      outcome === "used"
        ? "was used already, with another key"
        : "is none for this computer, was replaced by a later one, or is older than a day";
    const advice = `a new one is made by \`seatmeter token ${device} --role enrol\``;
    throw unproven(`the token ${wrong}`, `the token for ${device} ${wrong}; ${advice}`);
  }

  /** Put the key in force that the one before has signed. Asking twice is asking once. */
  async rotate(device: string, proof: string): Promise<void> {
    const { publicKey, previousKey, audience } = await this.#registered(device);
    const verdict = await judgeRotation(proof, { device, publicKey, audience });
    if (!("wrong" in verdict)) {
      if ((await this.#devices.rotate(device, publicKey, verdict.next)) === "rotated") return;
      throw unproven("its key was changed meanwhile", `the key of ${device} was changed meanwhile`);
    }
    const again = previousKey && (await judgeRotation(proof, { device, publicKey: previousKey, audience }));
    if (again && "next" in again && again.next === publicKey) return;
    throw notGood(device, verdict.wrong);
  }

  /** @returns whether there was anything to remove */
  remove(device: string): Promise<boolean> {
    return this.#devices.remove(device);
  }

  /** What a computer that connects has to sign; one for each connection, which alone remembers it. */
  challenge(): string {
    return challengeAt(Date.now(), randomBytes(32).toString("base64url"));
  }

  /** @returns which enrolment of the computer's it is */
  async prove(device: string, challenge: string, proof: string | undefined): Promise<string> {
    const registered = await this.#registered(device);
    if (proof === undefined) {
      throw unproven("it did not prove who it is", `${device} is enrolled, and did not prove that it is ${device}`);
    }
    const { publicKey, enrolment, audience } = registered;
    const verdict = await judgeConnection(proof, { device, publicKey, audience, challenge });
    if (verdict !== "good") throw notGood(device, verdict.wrong);
    return enrolment;
  }

  /**
   * That a computer signed what it tells; by its key before, too, for it may have changed meanwhile.
   *
   * @param digest of the entries
   * Errors also: signature_invalid.
   */
  async proveJournal(device: string, digest: string, signature: string | undefined): Promise<void> {
    const { publicKey, previousKey, audience } = await this.#registered(device);
    if (signature === undefined) throw unsigned("it is not signed", device);
    const verdict = await judgeJournal(signature, { device, publicKey, audience, digest });
    if (verdict === "good") return;
    const before = previousKey && (await judgeJournal(signature, { device, publicKey: previousKey, audience, digest }));
    if (before !== "good") throw unsigned(verdict.wrong, device);
  }

  async #registered(device: string): Promise<Registered> {
    const registered = await this.#devices.find(device);
    if (registered) return registered;
    throw unproven(
      "it is not enrolled here",
      `${device} is not enrolled here: \`seatmeter enrol --token TOKEN\` on it does that, with a token that ` +
        `\`seatmeter token ${device} --role enrol\` makes`,
    );
  }
}

/** @param why for the log, which names nobody: `whyOf` */
const unproven = (why: string, message: string) => new SeatmeterError("unauthenticated", message, { cause: why });
const notGood = (device: string, wrong: string) =>
  unproven(`its proof is not good: ${wrong}`, `the proof of ${device} is not good: ${wrong}`);
const unsigned = (wrong: string, device: string) =>
  new SeatmeterError("signature_invalid", `the journal of ${device} is not good: ${wrong}`, {
    ...{ cause: `its journal is not good: ${wrong}`, field: "signature" },
  });

/** What was wrong with what a computer showed, without its name. */
export const whyOf = ({ cause }: SeatmeterError): string => String(cause);
