import { execFileSync } from "node:child_process";
import { existsSync, globSync, statSync } from "node:fs";
import { join, normalize } from "node:path";
import { expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { JOB } from "../../dashboards/asked.ts";
import { BOARDS } from "../../dashboards/boards.ts";
import { program } from "../support/programs.ts";
import { PROJECT, textOf } from "../support/source.ts";

/*
 * What can be known without a container engine and a cluster: that files are well formed, name each other rightly, and
 * that what they open is open to this computer alone.
 */

interface Service {
  image: string;
  profiles: string[];
  command?: string;
  environment: Record<string, string>;
  ports: string[];
  volumes: string[];
  secrets: string[];
}

const compose = parse(textOf("compose.yaml"));
const services = compose.services as Record<string, Service>;
const { prometheus, grafana } = services as { prometheus: Service; grafana: Service };
const MONITORING = { prometheus, grafana };
/** Where in a container a file or folder of ours is. */
const mountOf = ({ volumes }: Service, path: string) =>
  volumes.find((volume) => volume.startsWith(`./${path}:`))?.split(":")[1];
const folder = (path: string) => join(PROJECT, "dashboards", path);

test("every YAML file of the dashboards is well formed, with no key twice", () => {
  const files = globSync("dashboards/**/*.yaml", { cwd: PROJECT });
  expect(files).toContain("dashboards/kubernetes/pod-monitor.yaml");
  for (const file of files)
    for (const document of parseAllDocuments(textOf(file)))
      expect([...document.errors, ...document.warnings], file).toEqual([]);
});

test("both ways to scrape are configurations to Prometheus", ({ skip }) => {
  const promtool = program("promtool") ?? skip("promtool is not installed");
  for (const path of ["prometheus.yaml", "compose/prometheus.yaml"]) {
    const said = execFileSync(promtool, ["check", "config", "--syntax-only", folder(path)], { encoding: "utf8" });
    expect(said, path).toContain("is valid prometheus config file syntax");
  }
});

test("the daemons are one job, by the name that boards know, wherever they are scraped", () => {
  for (const path of ["prometheus.yaml", "compose/prometheus.yaml"])
    expect(parse(textOf(`dashboards/${path}`)).scrape_configs[0].job_name, path).toBe(JOB);
  const { spec } = parse(textOf("dashboards/kubernetes/pod-monitor.yaml"));
  expect(spec.selector.matchLabels[spec.jobLabel]).toBe(JOB);
});

test("in Kubernetes Prometheus finds the daemons that our manifest starts, and asks them as they listen", () => {
  const { spec } = parse(textOf("dashboards/kubernetes/pod-monitor.yaml"));
  const manifests = parseAllDocuments(textOf("docs/kubernetes.yaml")).map((document) => document.toJS());
  const { template } = manifests.find(({ kind }) => kind === "Deployment").spec;
  const register = parse(manifests.find(({ kind }) => kind === "ConfigMap").data["seatmeter.yaml"]);
  expect(template.metadata.labels).toMatchObject(spec.selector.matchLabels);
  const [{ port, scheme }] = spec.podMetricsEndpoints;
  expect(template.spec.containers[0].ports.map(({ name }: { name: string }) => name)).toContain(port);
  expect(scheme).toBe(register.tls ? "https" : "http");
});

test("every image that compose.yaml pulls is of one exact version", () => {
  const images = Object.values(services).flatMap(({ image }) => image ?? []);
  expect(images).toHaveLength(Object.keys(services).length - 1);
  expect(images.filter((image) => !/^[\w./-]+:v?\d+\.\d+\.\d+$/.test(image))).toEqual([]);
});

test("Prometheus and Grafana come when asked for, and answer to this computer only", () => {
  for (const [name, { profiles, ports }] of Object.entries(MONITORING)) {
    expect(profiles, name).toEqual(["monitoring"]);
    expect(
      ports.filter((port) => !port.startsWith("127.0.0.1:")),
      name,
    ).toEqual([]);
  }
});

test("nobody comes into Grafana without a password, which is in no file of ours", () => {
  const { environment } = grafana;
  expect(environment.GF_AUTH_ANONYMOUS_ENABLED).toBe("false");
  expect(environment.GF_USERS_ALLOW_SIGN_UP).toBe("false");
  expect(environment).not.toHaveProperty("GF_SECURITY_ADMIN_PASSWORD");
  expect(environment.GF_SECURITY_ADMIN_PASSWORD__FILE).toBe(`/run/secrets/${grafana.secrets[0]}`);
  expect(textOf(".gitignore").split("\n")).toContain("secrets/");
  for (const { file } of Object.values(compose.secrets) as { file: string }[]) expect(file).toMatch(/^\.\/secrets\//);
});

test("what compose.yaml mounts is there, and every secret and volume that a service names is declared", () => {
  for (const [name, { volumes, secrets }] of Object.entries(MONITORING)) {
    const mine = volumes.map((volume) => volume.split(":")[0] ?? "");
    const files = mine.filter((path) => path.startsWith("./"));
    expect(
      files.filter((path) => !existsSync(join(PROJECT, path))),
      name,
    ).toEqual([]);
    expect(Object.keys(compose.volumes), name).toEqual(
      expect.arrayContaining(mine.filter((path) => !path.startsWith("./"))),
    );
    expect(Object.keys(compose.secrets), name).toEqual(expect.arrayContaining(secrets));
  }
});

test("Prometheus reads secrets and rules where compose.yaml puts them", () => {
  const { rule_files: rules, scrape_configs: scrapes } = parse(textOf("dashboards/compose/prometheus.yaml"));
  const [{ scheme, authorization, tls_config: tls, static_configs: targets }] = scrapes;
  expect(scheme).toBe("https");
  expect([authorization.credentials_file, tls.ca_file]).toEqual(
    prometheus.secrets.map((name) => `/run/secrets/${name}`),
  );
  expect(rules).toEqual([mountOf(prometheus, "dashboards/prometheus/rules.yaml")]);
  expect(targets).toEqual([{ targets: ["seatmeter:7070"] }]);
  expect(prometheus.command).toContain(`--config.file=${mountOf(prometheus, "dashboards/compose/prometheus.yaml")}`);
});

test("Prometheus keeps as much as the board that looks back furthest wants", () => {
  const keptDays = Number(/retention\.time=(\d+)d/.exec(prometheus.command ?? "")?.[1]);
  const lookedAt = BOARDS.flatMap(({ rows }) => rows.flatMap(({ panels }) => panels.map(({ days = 0 }) => days)));
  expect(keptDays).toBeGreaterThan(Math.max(...lookedAt));
});

test("Grafana finds the boards and the source of data where compose.yaml puts them", () => {
  const [provider] = parse(textOf("dashboards/compose/boards.yaml")).providers;
  const boards = mountOf(grafana, "dashboards/grafana");
  expect(provider.options.path).toBe(boards);
  expect(mountOf(grafana, "dashboards/compose/boards.yaml")).toMatch(/^\/etc\/grafana\/provisioning\/dashboards\//);
  expect(mountOf(grafana, "dashboards/compose/datasource.yaml")).toMatch(
    /^\/etc\/grafana\/provisioning\/datasources\//,
  );
  const home = grafana.environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? "";
  expect(BOARDS.map(({ uid }) => `${boards}/${uid}.json`)).toContain(home);
  const [source] = parse(textOf("dashboards/compose/datasource.yaml")).datasources;
  expect(source).toMatchObject({ type: "prometheus", uid: "seatmeter-prometheus", url: "http://prometheus:9090" });
});

test("a rate reaches back over four scrapes, as the boards were tried", () => {
  const [source] = parse(textOf("dashboards/compose/datasource.yaml")).datasources;
  expect(source.jsonData.timeInterval).toBe(parse(textOf("dashboards/compose/prometheus.yaml")).global.scrape_interval);
});

test("a cluster gets every board in a map that holds it, and what else the kustomization names", () => {
  const { resources, configMapGenerator: maps, generatorOptions } = parse(textOf("dashboards/kustomization.yaml"));
  const files = (maps as { files: string[] }[]).flatMap((map) => map.files);
  expect(files).toEqual(BOARDS.map(({ uid }) => `grafana/${uid}.json`));
  // kubectl keeps what it applied in an annotation, which holds so much.
  for (const file of files) expect(statSync(folder(file)).size, file).toBeLessThan(256 * 1024);
  for (const path of [...resources, ...files]) {
    expect(existsSync(folder(path)), path).toBe(true);
    expect(normalize(path), "below the kustomization, or it is refused").not.toMatch(/^\.\./);
  }
  const rule = parse(textOf("dashboards/kubernetes/prometheus-rule.yaml"));
  expect(rule.kind).toBe("PrometheusRule");
  expect(rule.spec).toEqual(parse(textOf("dashboards/prometheus/rules.yaml")));
  expect(generatorOptions.labels).toEqual({ grafana_dashboard: "1" });
});
