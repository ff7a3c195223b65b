import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A council's own authority, as its openssl makes one: `ca.pem` in a folder, and what it signs. */
export class Authority {
  readonly #folder: string;
  readonly #name: string;

  /** @param name of its files, where a folder has several */
  constructor(folder: string, name = "ca") {
    this.#folder = folder;
    this.#name = name;
    const files = ["-keyout", `${name}.key`, "-out", `${name}.pem`];
    this.#openssl("req", "-x509", ...NEW_KEY, "-days", "2", "-subj", `/CN=Council ${name}`, ...files);
  }

  get certificate(): Buffer {
    return readFileSync(join(this.#folder, `${this.#name}.pem`));
  }

  /**
   * Sign a certificate, `NAME.pem` with `NAME.key`.
   *
   * @param common      its common name
   * @param extensions  as openssl's files write them
   */
  sign(name: string, common: string, extensions: readonly string[], days = 2): { cert: Buffer; key: Buffer } {
    this.#openssl("req", ...NEW_KEY, "-subj", `/CN=${common}`, "-keyout", `${name}.key`, "-out", `${name}.csr`);
    writeFileSync(join(this.#folder, `${name}.ext`), `${extensions.join("\n")}\n`);
    const by = ["-CA", `${this.#name}.pem`, "-CAkey", `${this.#name}.key`, "-CAcreateserial", "-days", String(days)];
    this.#openssl("x509", "-req", "-in", `${name}.csr`, ...by, "-extfile", `${name}.ext`, "-out", `${name}.pem`);
    const read = (ending: string) => readFileSync(join(this.#folder, `${name}.${ending}`));
    return { cert: read("pem"), key: read("key") };
  }

  #openssl(...words: string[]) {
    execFileSync("openssl", words, { cwd: this.#folder, stdio: "pipe" });
  }
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** What a certificate is for. */
export const FOR_CLIENTS = "extendedKeyUsage=clientAuth";
export const FOR_SERVERS = "extendedKeyUsage=serverAuth";
