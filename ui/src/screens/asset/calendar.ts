/** Partitions laid out: days in months, hours in days, others in rows of equal length. */

import type { Schemas } from "../../api/types.ts";
import type { Cell, CellGroup } from "./cells.tsx";

type Row = Schemas["PartitionRow"];

const DAY_MS = 86_400_000;
export const MONTHS = 3;
export const DAYS = 7;
const FLOW = 30;
const WEEKDAYS = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
const NAMES = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** The window of wall time that a calendar shows, as the API takes it; `last` is its last month or day. */
export function windowOf(kind: string, last: string): { since: string; until: string } {
  const [year = 1970, month = 1, day = 1] = last.split("-").map(Number);
  if (kind === "hourly") return { since: wall(utc(year, month, day - DAYS + 1)), until: wall(utc(year, month, day + 1)) };
  return { since: wall(utc(year, month - MONTHS + 1, 1)), until: wall(utc(year, month + 1, 1)) };
}

/** The last month or day of the window so many steps away. */
export function moved(kind: string, last: string, steps: number): string {
  const [year = 1970, month = 1, day = 1] = last.split("-").map(Number);
  if (kind === "hourly") return wall(utc(year, month, day + steps * DAYS)).slice(0, 10);
  return wall(utc(year, month + steps * MONTHS, 1)).slice(0, 7);
}

function utc(year: number, month: number, day: number): Date {
  return new Date(Date.UTC(year, month - 1, day));
}

function wall(at: Date): string {
  return at.toISOString().slice(0, 19);
}

function cellOf(row: Row): Cell {
  return { key: row.key, place: row.place ?? 0, state: row.state };
}

/** Months with a row for each week. */
export function monthsOf(rows: readonly Row[], since: string): CellGroup[] {
  const byDay = new Map(rows.map((row) => [(row.begins_at ?? "").slice(0, 10), row]));
  const [year = 1970, month = 1] = since.split("-").map(Number);
  return Array.from({ length: MONTHS }, (_, step) => {
    const first = utc(year, month + step, 1);
    const weeks: { label: string; cells: (Cell | null)[] }[] = [];
    const lead = (first.getUTCDay() + 6) % 7;
    for (let at = first.getTime(); new Date(at).getUTCMonth() === first.getUTCMonth(); at += DAY_MS) {
      const day = new Date(at);
      const place = lead + day.getUTCDate() - 1;
      const week = (weeks[Math.floor(place / 7)] ??= { label: String(day.getUTCDate()), cells: Array.from({ length: 7 }, () => null) });
      const row = byDay.get(wall(day).slice(0, 10));
      if (row !== undefined) week.cells[place % 7] = cellOf(row);
    }
    return { title: `${NAMES[first.getUTCMonth()] ?? ""} ${first.getUTCFullYear()}`, columns: WEEKDAYS, rows: weeks };
  });
}

/** Days with a column for each hour; an hour that comes twice stands at the end of its row. */
export function hoursOf(rows: readonly Row[], since: string): CellGroup[] {
  const start = new Date(`${since}Z`).getTime();
  const days = Array.from({ length: DAYS }, (_, step) => {
    const date = wall(new Date(start + step * DAY_MS)).slice(0, 10);
    const cells: (Cell | null)[] = Array.from({ length: 24 }, () => null);
    for (const row of rows) {
      if (row.begins_at?.slice(0, 10) !== date) continue;
      const hour = Number(row.begins_at.slice(11, 13));
      if (cells[hour] === null) cells[hour] = cellOf(row);
      else cells.push(cellOf(row));
    }
    return { label: date, cells };
  });
  return [{ title: "Hours", columns: Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, "0")), rows: days }];
}

/** Any keys, in rows of equal length; a row is named by its first key. */
export function flowOf(rows: readonly Row[]): CellGroup[] {
  const cells = rows.map(cellOf);
  const lines = Array.from({ length: Math.ceil(cells.length / FLOW) }, (_, line) => cells.slice(line * FLOW, (line + 1) * FLOW));
  return [{ title: "In order", columns: [], rows: lines.map((line) => ({ label: line[0]?.key ?? "", cells: line })) }];
}

const OF_LETTER: Record<string, string> = { f: "failed", i: "in_progress", p: "planned", s: "stale", m: "made", ".": "missing" };

/** A part of a grid of two dimensions. */
export function gridOf(grid: Schemas["GridShape"], keyOf: (row: string, column: string) => string): CellGroup[] {
  const [rowName = "", columnName = ""] = grid.dimensions;
  const rows = grid.rows.map((row, at) => ({
    label: row.key,
    cells: [...row.cells].map((letter, column) => {
      const state = OF_LETTER[letter];
      if (state === undefined) return null;
      const place = (grid.row_start + at) * grid.column_count + grid.column_start + column;
      return { key: keyOf(row.key, grid.columns[column] ?? ""), place, state };
    }),
  }));
  return [{ title: `${rowName} by ${columnName}`, columns: grid.columns.map(shortColumn), rows }];
}

function shortColumn(key: string): string {
  return key.length > 5 ? key.slice(-5) : key;
}
