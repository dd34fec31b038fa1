/**
 * The team of the demo, in the terminal and in the editor. The model is rule-based and charges nothing; its tokens are
 * counted all the same, and a surveyor of thousands of files sends its listing along with every call.
 */
export const demoTeam = {
  name: "lead",
  role: "lead",
  task: "Survey this repository: hire an agent for each main folder, merge their work, and write docs/survey/README.md.",
  model: "offline/survey",
  /** Micro-dollars. */
  budgetUsd: 5_000_000,
  budgetTokens: 50_000_000,
} as const;
