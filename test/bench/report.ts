import { cpus, totalmem } from "node:os";

/** One figure. `goal`: what it is to reach, where there is such a number. */
export interface BenchResult {
  readonly id: string;
  readonly value: number;
  readonly unit: string;
  readonly goal?: number;
  readonly better: "higher" | "lower";
}

export interface BenchReport {
  readonly bench: string;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly results: readonly BenchResult[];
}

export const machine = (): BenchReport["machine"] => ({
  platform: `${process.platform} ${process.arch}`,
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 1024 ** 3),
});

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The smallest value that so large a share of all does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

const reached = ({ value, goal, better }: BenchResult): string => {
  if (goal === undefined) return "";
  const good = better === "higher" ? value >= goal : value <= goal;
  return `  goal ${better === "higher" ? "≥" : "≤"} ${goal}${good ? "" : "  MISSED"}`;
};

export function textOf(report: BenchReport): string {
  const rows = report.results.map((result) => {
    const value = result.value.toLocaleString("en", { maximumFractionDigits: 2 });
    return `${result.id.padEnd(44)} ${value.padStart(12)} ${result.unit}${reached(result)}`;
  });
  return [report.bench, JSON.stringify({ ...report.machine, ...report.versions }), ...rows, ""].join("\n");
}
