import { expect, test } from "vitest";
import { checkListening, isLoopback } from "../../daemon/access/listening.ts";
import { SeatmeterError } from "../../daemon/domain/errors.ts";

const tokens = { tokensFile: "tokens.txt" };
const nothing = { access: {}, behindProxy: false, proxyProtocol: false, trustedProxies: [] };
const everything = {
  access: { shims: tokens, people: tokens },
  tls: { certificateFile: "cert.pem", keyFile: "key.pem" },
  behindProxy: false,
  proxyProtocol: false,
  trustedProxies: [],
};

function refusal(host: string, register: Parameters<typeof checkListening>[1]): SeatmeterError | undefined {
  try {
    checkListening(host, register);
    return undefined;
  } catch (error) {
    return error as SeatmeterError;
  }
}

test.each(["127.0.0.1", "127.1.2.3", "::1", "localhost", "LOCALHOST", "::ffff:127.0.0.1"])(
  "%s is this machine alone, and needs nothing",
  (host) => {
    expect(isLoopback(host)).toBe(true);
    expect(refusal(host, nothing)).toBe(undefined);
  },
);

test.each(["0.0.0.0", "::", "10.0.0.5", "seatmeter.exampleshire.example", "127.0.0.1.example", "::ffff:10.0.0.5"])(
  "%s can be reached by others",
  (host) => expect(isLoopback(host)).toBe(false),
);

test("whatever is missing is said at once, each with how to get it", () => {
  const error = refusal("0.0.0.0", nothing)!;
  expect(error).toBeInstanceOf(SeatmeterError);
  expect([error.code, error.exit]).toEqual(["settings_invalid", 78]);
  expect(error.message).toContain("0.0.0.0");
  expect(error.message.match(/^- /gm)).toHaveLength(3);
  for (const how of ["access: { shims:", "--role shim", "access: { people:", "--role admin", "tls: {", "behindProxy"]) {
    expect(error.message).toContain(how);
  }
});

test("only what is missing is said", () => {
  const { access, ...rest } = everything;
  expect(refusal("0.0.0.0", { ...rest, access: { shims: tokens } })!.message).not.toContain("--role shim");
  expect(refusal("0.0.0.0", { ...rest, access: { people: tokens } })!.message).not.toContain("--role admin");
  expect(refusal("0.0.0.0", { ...nothing, access })!.message.match(/^- /gm)).toHaveLength(1);
});

test("authentication with TLS is enough", () => {
  expect(refusal("0.0.0.0", everything)).toBe(undefined);
});

test("a proxy in front may do the TLS, if it is known", () => {
  const { tls: _, ...behind } = { ...everything, behindProxy: true };
  expect(refusal("0.0.0.0", behind)!.message).toContain("trustedProxies");
  expect(refusal("0.0.0.0", { ...behind, trustedProxies: ["10.0.0.5/32"] })).toBe(undefined);
});

test("a proxy on this machine lets the network in too", () => {
  for (const how of ["behindProxy", "proxyProtocol"]) {
    expect(refusal("127.0.0.1", { ...nothing, [how]: true })!.message).toContain("--role admin");
  }
});
