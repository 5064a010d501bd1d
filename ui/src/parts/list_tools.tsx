/** Above a list: how many there are, which columns are shown, the rows as a file. */

import type { ReactNode } from "react";
import { count } from "../text/number.ts";
import { Button } from "./button.tsx";
import type { Column } from "./list.tsx";
import { Menu } from "./menu.tsx";

interface Props<Row> {
  name: string;
  columns: readonly Column<Row>[];
  hidden: ReadonlySet<string>;
  setHidden: (hidden: ReadonlySet<string>) => void;
  rows: readonly Row[];
  counted: number;
  total: { count: number; is_exact: boolean } | null;
  hasMore: boolean;
  note: ReactNode;
}

export function ListTools<Row>(props: Props<Row>) {
  const { columns, hidden, setHidden } = props;
  const flip = (id: string) => {
    const next = new Set(hidden);
    if (!next.delete(id)) next.add(id);
    setHidden(next);
  };
  return (
    <div className="list-tools">
      <span className="list-count">{totalText(props.counted, props.total, props.hasMore)}</span>
      {props.note}
      <span className="list-tools-right">
        <Button kind="quiet" isSmall label="Save the shown rows as CSV" onPress={() => save(props)}>
          CSV
        </Button>
        <Menu
          label="Columns"
          staysOpen
          items={columns.map((each) => ({ title: each.title, isOn: !hidden.has(each.id), onPick: () => flip(each.id) }))}
        />
      </span>
    </div>
  );
}

/** A cell of a CSV file; one that a spreadsheet would take for a formula is made text. */
export function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function save<Row>({ name, columns, hidden, rows }: Props<Row>): void {
  const shown = columns.filter((each) => each.text !== undefined && !hidden.has(each.id));
  const lines = [shown.map((each) => csvCell(each.title)), ...rows.map((row) => shown.map((each) => csvCell(each.text?.(row) ?? "")))];
  const blob = new Blob([`\ufeff${lines.map((line) => line.join(",")).join("\r\n")}\r\n`], { type: "text/csv" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${name}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** "3,412", "about 3,000" or "50 of more". */
export function totalText(shown: number, total: { count: number; is_exact: boolean } | null, hasMore: boolean): string {
  if (total !== null) return total.is_exact ? count(total.count) : `about ${count(total.count)}`;
  return hasMore ? `${count(shown)} and more` : count(shown);
}
