/** A long list: a real table of which only the rows in sight are drawn; on narrow screens, cards of two lines. */

import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState, type ReactNode, type RefObject } from "react";
import { counted } from "../text/number.ts";
import { useSettings } from "../state/settings.ts";
import { useShortcuts } from "../state/shortcuts.ts";
import { Button } from "./button.tsx";
import { useHidden } from "./hidden.ts";
import { ListTools } from "./list_tools.tsx";
import { useReading } from "./reading.ts";
import type { Selection } from "./selection.ts";
import "./list.css";

export interface Column<Row> {
  id: string;
  title: string;
  cell: (row: Row) => ReactNode;
  /** Of the cell as text, for CSV; without it the column is not in the file. */
  text?: (row: Row) => string;
  /** Pixels; without it the column shares what is left. */
  width?: number;
  /** Of the whole width instead, in percent. */
  part?: number;
  /** Name of the order the server offers for it. */
  sort?: string;
  isNumeric?: boolean;
  /** Place on a card: its title, at its right, or on its second line; without it, not on cards. */
  card?: "title" | "side" | "line";
  /** Not shown until somebody chooses it. */
  isOptional?: boolean;
}

interface Props<Row> {
  /** Of the list, for what is remembered of it and the file's name. */
  name: string;
  /** What the table shows, for screen readers. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** The address a row opens. Its first cell should link there, too. */
  to?: (row: Row) => string;
  /** Rows that are shown below a row that is opened; kept the same while nothing changes. */
  under?: (row: Row) => readonly Row[];
  /** Whether a row can be selected; without it, each. */
  canPick?: (row: Row) => boolean;
  total?: { count: number; is_exact: boolean } | null;
  hasMore?: boolean;
  isFetchingMore?: boolean;
  fetchMore?: () => unknown;
  selection?: Selection;
  /** Name of the order, with a minus in front when turned round. */
  sort?: string;
  onSort?: (sort: string) => void;
  /** Said of rows that need another look, e.g. "failed". */
  toneOf?: (row: Row) => "failed" | "old" | undefined;
  /** Beside the tools, e.g. "12 new". */
  note?: ReactNode;
}

const CARD_PX = 60;
const CARDS_BELOW_PX = 700;
const OVERSCAN = 8;
const SHARING_MIN_PX = 180;

/** So wide is the table at least: a column that shares what is left is never squeezed to nothing (pixels). */
function leastWidth(columns: readonly Column<unknown>[]): number {
  return columns.reduce((sum, each) => sum + (each.width ?? SHARING_MIN_PX), 0);
}

function widthOf({ width, part }: Column<unknown>) {
  if (width !== undefined) return { width };
  return part === undefined ? undefined : { width: `${part}%` };
}

/** A list that is scrolled so far is being read. */
const SCROLLED_PX = 8;

export function List<Row>(props: Props<Row>) {
  const { keyOf, selection, columns } = props;
  const [isScrolled, setScrolled] = useState(false);
  const isReading = isScrolled || (selection !== undefined && (selection.isAll || selection.ids.size > 0));
  const reading = useReading(props.rows, keyOf, isReading);
  const { under, canPick } = props;
  const rows = useMemo(() => (under === undefined ? reading.rows : reading.rows.flatMap((row) => [row, ...under(row)])), [reading.rows, under]);
  const below = useMemo(() => new Set(under === undefined ? [] : reading.rows.flatMap((row) => under(row).map(keyOf))), [reading.rows, under, keyOf]);
  const { density } = useSettings();
  const scroller = useRef<HTMLDivElement>(null);
  const isCards = useIsNarrow();
  const [hidden, setHidden] = useHidden(props.name, columns);
  const shown = useMemo(() => columns.filter((each) => !hidden.has(each.id)), [columns, hidden]);
  const height = isCards ? CARD_PX : density === "comfortable" ? 40 : 32;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: OVERSCAN,
    getItemKey: (place) => keyOf(rows[place] as Row),
  });
  useEffect(() => virtual.measure(), [height, virtual]);
  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  const { hasMore, isFetchingMore, fetchMore } = props;
  useEffect(() => {
    if (hasMore && !isFetchingMore && lastShown >= rows.length - OVERSCAN) fetchMore?.();
  }, [hasMore, isFetchingMore, fetchMore, lastShown, rows.length]);
  const order = useMemo(() => rows.map(keyOf), [rows, keyOf]);
  const pickable = useMemo(() => (canPick === undefined ? order : rows.filter(canPick).map(keyOf)), [rows, keyOf, canPick, order]);
  const current = useRowKeys(scroller, order, (place) => virtual.scrollToIndex(place), pickable, selection);
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const span = shown.length + (selection ? 1 : 0);
  return (
    <div className="list" data-cards={isCards}>
      <ListTools
        name={props.name}
        columns={columns}
        hidden={hidden}
        setHidden={setHidden}
        rows={rows}
        counted={rows.length}
        total={props.total ?? null}
        hasMore={hasMore ?? false}
        note={
          <>
            {props.note}
            <span role="status">
              {reading.waiting > 0 && (
                <Button
                  isSmall
                  onPress={() => {
                    reading.accept();
                    scroller.current?.scrollTo({ top: 0 });
                  }}
                >
                  {counted(reading.waiting, "new", "new")} ↑
                </Button>
              )}
            </span>
          </>
        }
      />
      <div
        className="list-scroll"
        ref={scroller}
        tabIndex={0}
        role="region"
        aria-label={props.caption}
        onScroll={(event) => setScrolled(event.currentTarget.scrollTop > SCROLLED_PX)}
      >
        <table style={isCards ? undefined : { minWidth: leastWidth(shown as readonly Column<unknown>[]) }} className="list-table" aria-rowcount={props.total?.is_exact ? props.total.count + 1 : -1}>
          <caption className="visually-hidden">{props.caption}</caption>
          <colgroup>
            {selection && <col className="list-pick" />}
            {shown.map((each) => (
              <col key={each.id} style={widthOf(each as Column<unknown>)} />
            ))}
          </colgroup>
          <thead>
            <tr>
              {selection && (
                <th scope="col">
                  <input
                    type="checkbox"
                    aria-label="select all that are loaded"
                    checked={pickable.length > 0 && pickable.every((id) => selection.has(id))}
                    onChange={(event) => (event.target.checked ? selection.setAll(pickable) : selection.clear())}
                  />
                </th>
              )}
              {shown.map((each) => (
                <Heading key={each.id} column={each as Column<unknown>} sort={props.sort} onSort={props.onSort} />
              ))}
            </tr>
          </thead>
          <tbody>
            {before > 0 && <Gap height={before} span={span} />}
            {items.map((item) => {
              const row = rows[item.index] as Row;
              const id = order[item.index] as string;
              return (
                <tr
                  key={id}
                  data-row={id}
                  data-current={id === current || undefined}
                  data-tone={props.toneOf?.(row)}
                  data-under={below.has(id) || undefined}
                  aria-rowindex={item.index + 2}
                  aria-selected={selection ? selection.has(id) : undefined}
                  style={{ height }}
                >
                  {selection && (
                    <td className="list-pick">
                      {(canPick === undefined || canPick(row)) && (
                        <input
                          type="checkbox"
                          aria-label={`select ${id}`}
                          checked={selection.has(id)}
                          onChange={() => undefined}
                          onClick={(event) => selection.toggle(id, event.shiftKey, pickable)}
                        />
                      )}
                    </td>
                  )}
                  {shown.map((each) => (
                    <td key={each.id} data-card={each.card ?? "none"} data-numeric={each.isNumeric || undefined}>
                      {each.cell(row)}
                    </td>
                  ))}
                </tr>
              );
            })}
            {after > 0 && <Gap height={after} span={span} />}
          </tbody>
        </table>
        {isFetchingMore && <p className="list-more">Loading more…</p>}
      </div>
    </div>
  );
}

function Gap({ height, span }: { height: number; span: number }) {
  return (
    <tr aria-hidden="true" className="list-gap">
      <td colSpan={span} style={{ height }} />
    </tr>
  );
}

function Heading({ column, sort, onSort }: { column: Column<unknown>; sort: string | undefined; onSort: ((sort: string) => void) | undefined }) {
  const by = column.sort;
  const isUp = by !== undefined && sort === by;
  const isDown = by !== undefined && sort === `-${by}`;
  return (
    <th scope="col" data-numeric={column.isNumeric || undefined} aria-sort={isUp ? "ascending" : isDown ? "descending" : undefined}>
      {by === undefined || onSort === undefined ? (
        column.title
      ) : (
        <button type="button" className="list-sort" onClick={() => onSort(isDown ? by : `-${by}`)}>
          {column.title}
          <span aria-hidden="true">{isUp ? " ↑" : isDown ? " ↓" : ""}</span>
        </button>
      )}
    </th>
  );
}

function useIsNarrow(): boolean {
  const [isNarrow, set] = useState(() => window.innerWidth < CARDS_BELOW_PX);
  useEffect(() => {
    const query = window.matchMedia(`(max-width: ${CARDS_BELOW_PX - 1}px)`);
    const told = () => set(query.matches);
    query.addEventListener("change", told);
    return () => query.removeEventListener("change", told);
  }, []);
  return isNarrow;
}

/** j and k walk the rows, x selects, o opens in a new tab; Enter is the link's own. */
function useRowKeys(
  scroller: RefObject<HTMLDivElement | null>,
  order: readonly string[],
  scrollTo: (place: number) => void,
  pickable: readonly string[],
  selection: Selection | undefined,
): string | null {
  const [current, setCurrent] = useState<string | null>(null);
  const rowOf = (id: string | null) =>
    id === null ? null : scroller.current?.querySelector<HTMLElement>(`tr[data-row="${CSS.escape(id)}"]`);
  const go = (step: number) => {
    const at = current === null ? -1 : order.indexOf(current);
    const place = Math.max(0, Math.min(order.length - 1, at + step));
    const id = order[place];
    if (id === undefined) return;
    setCurrent(id);
    scrollTo(place);
    requestAnimationFrame(() => {
      const row = rowOf(id);
      (row?.querySelector<HTMLElement>("a[href], button[aria-expanded]") ?? row?.querySelector<HTMLElement>("button"))?.focus();
    });
  };
  useShortcuts([
    { keys: "j", about: "next row", act: () => go(1) },
    { keys: "k", about: "row before", act: () => go(-1) },
    { keys: "x", about: "select the row", act: () => current !== null && pickable.includes(current) && selection?.toggle(current, false, pickable) },
    {
      keys: "o",
      about: "open the row in a new tab",
      act: () => {
        const link = rowOf(current)?.querySelector<HTMLAnchorElement>("a[href]");
        if (link) window.open(link.href, "_blank", "noopener");
      },
    },
  ]);
  return current;
}
