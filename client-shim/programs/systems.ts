/** The operating systems whose programs can be seen. */
export type System = "linux" | "win32" | "darwin";

/** What is this computer's of what differs; nothing on a system of another kind. */
export function here<Part>(parts: Record<System, Part>): Part | undefined {
  return (parts as Partial<Record<NodeJS.Platform, Part>>)[process.platform];
}
