/** THE TABLE of what can be found, in the order in which it is told, and what to do about it. */
export const FINDING_KINDS = {
  unlicensed: {
    title: "Installed without a licence",
    todo: "Buy a licence, enter the one there is into the register, or have it removed.",
  },
  over_installed: {
    title: "Installed on more computers than there are licences",
    todo: "Have it removed where it is not needed, or buy what is missing.",
  },
  retired_version: {
    title: "Versions that may not be used any more",
    todo: "Have them replaced, or write a dated exception into the register.",
  },
  never_used: {
    title: "Installed and not used for 90 days",
    todo: "Have it removed there, and renew for fewer.",
  },
  retired_device: {
    title: "Retired computers that are still there",
    todo: "Find the computer; it may have been stolen, or kept.",
  },
  owner_missing: {
    title: "Products whose owner cannot be asked",
    todo: "Name a person or a team with an address as owner in the register.",
  },
  unknown_software: {
    title: "Software that the register does not know",
    todo: "Enter it as a product, give a product a rule that finds it, or list it under freeSoftware.",
  },
} as const satisfies Record<string, { title: string; todo: string }>;

export type FindingKind = keyof typeof FINDING_KINDS;
export const FINDINGS = Object.keys(FINDING_KINDS) as [FindingKind, ...FindingKind[]];
