import { Icon } from "../shared/icon.tsx";
import { visible } from "../shared/visible.ts";

/** Why what was asked here could not be done. */
export function Refused({ problem }: { readonly problem: string | null }) {
  if (problem === null) return null;
  return (
    <div className="refusal" role="alert">
      <Icon name="warning" />
      <span>{visible(problem)}</span>
    </div>
  );
}
