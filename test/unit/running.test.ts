import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { capacityTable } from "../../bench/capacity.ts";
import { ROUTES } from "../../daemon/front/api-routes.ts";
import { PATIENCE } from "../../daemon/front/shim-connections.ts";
import { findRedis } from "../../daemon/ledger/redis-program.ts";
import { readRegister } from "../../daemon/register/read.ts";
import { SETTINGS } from "../../daemon/settings.ts";
import { program } from "../support/programs.ts";
import { freePort, killed, startRedis } from "../support/redis.ts";
import { textOf } from "../support/source.ts";

// What docs/ tells about running it is true of what it tells about.

interface Manifest {
  kind: string;
  metadata: { name: string };
  // biome-ignore lint/suspicious/noExplicitAny: of Kubernetes, of which a test looks at a few corners.
  [field: string]: any;
}

/** Says what it has to say until it is stopped. */
async function startSentinel(file: string) {
  const child = spawn(findRedis(), [file, "--sentinel"], { stdio: ["ignore", "pipe", "ignore"] });
  const said = new Promise<string>((resolve) => {
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (part) => {
      text += part;
      if (text.includes("+monitor")) resolve(text);
    });
    child.once("exit", () => resolve(text));
  });
  return { said, stop: () => killed(child) };
}

const manifests = parseAllDocuments(textOf("docs/kubernetes.yaml")).map((document): Manifest => {
  expect(document.errors).toEqual([]);
  return document.toJS();
});
const one = (kind: string, name = "seatmeter") =>
  manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name)!;
const pod = () => one("Deployment").spec.template.spec;
const container = () => pod().containers[0];

test("on Kubernetes there are two daemons, of which one stays while machines are drained", () => {
  const { replicas, selector, template, strategy } = one("Deployment").spec;
  expect(replicas).toBe(2);
  expect(strategy.rollingUpdate.maxUnavailable).toBe(0);
  const { matchLabels } = selector;
  expect(template.metadata.labels).toMatchObject(matchLabels);
  expect(one("PodDisruptionBudget").spec).toEqual({ minAvailable: 1, selector: { matchLabels } });
  expect(one("Service").spec.selector).toEqual(matchLabels);
});

test("on Kubernetes a daemon is asked where it answers, and has time to drain", () => {
  const { startupProbe, livenessProbe, readinessProbe, lifecycle, ports, env } = container();
  const asked = [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet);
  expect(asked.map(({ path }) => path)).toEqual([ROUTES.alive.path, ROUTES.alive.path, ROUTES.ready.path]);
  expect(new Set([...asked, { port: one("Service").spec.ports[0].targetPort }].map(({ port }) => port))).toEqual(
    new Set([ports[0].name]),
  );
  const listen = env.find(({ name }: { name: string }) => name === "SEATMETER_LISTEN").value;
  expect(listen).toBe(`0.0.0.0:${ports[0].containerPort}`);
  const before = Number(lifecycle.preStop.exec.command[1]);
  expect(pod().terminationGracePeriodSeconds).toBeGreaterThan(before + (2 * PATIENCE.drainWithinMs) / 1000);
});

test("on Kubernetes each setting is one, and each volume and secret is there", () => {
  const named = (kind: string, name: string) => expect(one(kind, name), `${kind} ${name}`).toBeDefined();
  const { env, envFrom, volumeMounts } = container();
  const settings = [
    ...env.map(({ name }: { name: string }) => name),
    ...envFrom.flatMap(({ secretRef }: { secretRef: { name: string } }) =>
      Object.keys(one("Secret", secretRef.name).stringData),
    ),
  ];
  expect(settings.filter((name) => !(name in SETTINGS))).toEqual([]);
  const { volumes } = pod();
  expect(volumeMounts.map(({ name }: { name: string }) => name).toSorted()).toEqual(
    volumes.map(({ name }: { name: string }) => name).toSorted(),
  );
  for (const { configMap, secret, persistentVolumeClaim } of volumes) {
    if (configMap) named("ConfigMap", configMap.name);
    if (secret) named("Secret", secret.secretName);
    if (persistentVolumeClaim) named("PersistentVolumeClaim", persistentVolumeClaim.claimName);
  }
});

test("the register on Kubernetes has no mistakes, and the token files that it names are mounted beside it", () => {
  const text = one("ConfigMap", "seatmeter-register").data["seatmeter.yaml"];
  expect(readRegister(text, {})).not.toHaveProperty("mistakes");
  const { shims, people } = parse(text).access;
  const files = Object.keys(one("Secret", "seatmeter-tokens").stringData).map((file) => `tokens/${file}`);
  expect([shims.tokensFile, people.tokensFile].toSorted()).toEqual(files.toSorted());
});

test("haproxy takes the configuration that comes with seatmeter", ({ skip }) => {
  const haproxy = program("haproxy") ?? skip("haproxy is not installed");
  const folder = mkdtempSync(join(tmpdir(), "seatmeter-haproxy-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "haproxy.cfg");
  const text = textOf("docs/haproxy.cfg");
  expect(text).toContain("  bind :443 ssl crt ");
  // The certificate is the reader's.
  writeFileSync(file, text.replace(/ ssl crt .*/, ""));
  expect(() => execFileSync(haproxy, ["-c", "-f", file], { stdio: "pipe" })).not.toThrow();
});

test("Redis and its sentinel start with what is told of a pair, and Redis is one that a daemon takes", async () => {
  const [redisConf = "", sentinelConf = ""] = [...textOf("docs/pair.md").matchAll(/```conf\n(.*?)```/gs)].map(
    ([, text = ""]) => text,
  );
  const settings = redisConf
    .split("\n")
    .filter((line) => line && !line.startsWith("#"))
    .map((line) => line.split(" "));
  expect(Object.fromEntries(settings)).toMatchObject({ appendonly: "yes", "maxmemory-policy": "noeviction" });
  const redis = await startRedis(Object.fromEntries(settings.filter(([name]) => name !== "port")));
  onTestFinished(() => redis.stop());

  const folder = mkdtempSync(join(tmpdir(), "seatmeter-sentinel-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "sentinel.conf");
  const port = await freePort();
  const here = sentinelConf
    .replace("port 26379", `port ${port}\nbind 127.0.0.1`)
    .replace(/10\.10\.0\.21 6379/, `127.0.0.1 ${redis.port}`);
  writeFileSync(file, `${here}dir ${folder}\n`);
  const sentinel = await startSentinel(file);
  onTestFinished(() => sentinel.stop());
  expect(await sentinel.said).toContain("+monitor master council");
});

test("the figures of capacity are those that were measured last", () => {
  const table = capacityTable(JSON.parse(textOf("bench/results.json")));
  expect(table.split("\n").length).toBeGreaterThan(5);
  expect(textOf("docs/capacity.md")).toContain(`<!-- capacity -->\n${table}<!-- /capacity -->`);
});
