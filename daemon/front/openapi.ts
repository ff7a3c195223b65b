import { z } from "zod";
import { ROUTES, type Route } from "./api-routes.ts";
import { Failure } from "./api-shapes.ts";
import { DEVICE_HEADER } from "./inputs.ts";

const JSON_TYPE = "application/json";

/** The table of routes as OpenAPI 3.1. */
export function openApi(version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "seatmeter", version, description: "Licence metering: who has seats, and who was refused." },
    paths,
    components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
  };
}

function operation(name: string, route: Route): object {
  const parameters = [
    ...parametersOf(route.params, "path"),
    ...parametersOf(route.query, "query"),
    ...(route.asDevice
      ? [{ name: DEVICE_HEADER, in: "header", required: true, schema: { type: "string" }, description: "The holder." }]
      : []),
  ];
  const answers = Object.entries(route.answers).map(([status, schema]) => [status, content(schema, "output")]);
  return {
    operationId: name,
    summary: route.does,
    ...(route.roles === "open" ? { security: [] } : { security: [{ token: route.roles }] }),
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && { requestBody: content(route.body, "input") }),
    responses: { ...Object.fromEntries(answers), default: content(Failure, "output") },
  };
}

const content = (schema: z.ZodType, io: "input" | "output") => ({
  description: io === "input" ? "" : "The answer",
  content: { [JSON_TYPE]: { schema: jsonSchema(schema, io) } },
});

function parametersOf(schema: z.ZodType | undefined, place: "path" | "query"): object[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, "input");
  return Object.entries(properties).map(([name, property]) => ({
    ...{ name, in: place, required: required.includes(name), schema: property },
  }));
}

function jsonSchema(schema: z.ZodType, io: "input" | "output") {
  const { $schema: _, ...described } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return described;
}
