/** Labelled facts. Those without a value are left out. */

import type { ReactNode } from "react";
import "./facts.css";

interface Props {
  items: readonly (readonly [string, ReactNode])[];
  /** Whether the names are long. */
  isWide?: boolean;
}

export function Facts({ items, isWide = false }: Props) {
  const shown = items.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false);
  return (
    <dl className="facts" data-wide={isWide || undefined}>
      {shown.map(([name, value]) => (
        <div key={name} className="fact">
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
