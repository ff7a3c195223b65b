/**
 * What of a register its cross-checks read, however much else is wrong with it: a text that is none is empty, a list or
 * mapping that is none has nothing in it. Positions in lists stay what they are in the file.
 */
export function outlineOf(file: unknown) {
  const { sites, groups, products, pools, devices, trustedProxies, behindProxy, proxyProtocol, notices, access, tls } =
    mapping(file);
  return {
    sites: named(sites, ({ networks }) => ({ networks: texts(networks) })),
    groups: named(groups, ({ members, membersFile, directory }) => ({
      members: list(members)
        .map(mapping)
        .map(({ from, until }) => ({ from: text(from), until: text(until) })),
      membersFile: text(membersFile),
      directory: isMapping(directory) ? directoryOutline(directory) : undefined,
    })),
    products: named(products, ({ pools, aliases, flexnet, installed }) => ({
      pools: list(pools).map((entry) => text(isMapping(entry) ? entry.pool : entry)),
      aliases: texts(aliases),
      flexnet: texts(flexnet),
      installed: list(installed).map(mapping).map(ruleOutline),
    })),
    pools: named(pools, ({ sites, onlySites, allow, deny, aliases, lease, entitlements, ...rules }) => ({
      metric: text(rules.metric ?? "concurrent"),
      seatFor: texts(rules.seatFor),
      sharedBy: rules.sharedBy !== undefined,
      holdDays: rules.holdDays !== undefined,
      linger: text(rules.linger),
      limits: list(rules.limits)
        .map(mapping)
        .map(({ group }) => ({ group: text(group) })),
      reservations: list(rules.reservations)
        .map(mapping)
        .map(({ group, from, until }) => ({ group: text(group), from: text(from), until: text(until) })),
      breakGlass: texts(mapping(rules.breakGlass).groups),
      sites: mapping(sites),
      onlySites: texts(onlySites),
      allow: texts(allow),
      deny: texts(deny),
      aliases: texts(aliases),
      ttl: text(mapping(lease).ttl ?? "60s"),
      heartbeatEvery: text(mapping(lease).heartbeatEvery),
      entitlements: list(entitlements)
        .map(mapping)
        .map(({ starts, ends }) => ({ starts: text(starts), ends: text(ends) })),
    })),
    devices: Object.keys(mapping(devices)),
    trustedProxies: texts(trustedProxies),
    behindProxy: behindProxy === true,
    tls: tls !== undefined,
    shims: waysOfShims(mapping(access).shims),
    proxyProtocol: proxyProtocol === true,
    notices: isMapping(notices) ? noticesOutline(notices) : undefined,
  };
}
export type Outline = ReturnType<typeof outlineOf>;

const ruleOutline = ({ name, publisher, version }: Record<string, unknown>) => ({
  name: text(name),
  publisher: text(publisher),
  version: text(version),
});

/** By what computers come in; undefined: nobody asks. */
const waysOfShims = (shims: unknown) => (isMapping(shims) ? Object.keys(shims) : undefined);

const directoryOutline = (written: Record<string, unknown>) => ({
  url: text(written.url),
  bindDn: written.bindDn !== undefined,
  passwordFile: written.passwordFile !== undefined,
  startTls: written.startTls === true,
  certificateAuthorityFile: written.certificateAuthorityFile !== undefined,
});

function noticesOutline({ mail, webhooks }: Record<string, unknown>) {
  const urls = list(webhooks).map((webhook) => text(mapping(webhook).url));
  if (!isMapping(mail)) return { webhooks: urls };
  const { host, security, user, passwordFile, certificateAuthorityFile } = mail;
  return {
    webhooks: urls,
    mail: {
      ...{ host: text(host), security: text(security), user: user !== undefined },
      ...{ passwordFile: passwordFile !== undefined, certificateAuthorityFile: certificateAuthorityFile !== undefined },
    },
  };
}

export const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const mapping = (value: unknown) => (isMapping(value) ? value : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown) => (typeof value === "string" ? value : "");
const texts = (value: unknown) => list(value).map(text);
const named = <Part>(value: unknown, outline: (part: Record<string, unknown>) => Part): Record<string, Part> =>
  Object.fromEntries(Object.entries(mapping(value)).map(([name, part]) => [name, outline(mapping(part))]));
