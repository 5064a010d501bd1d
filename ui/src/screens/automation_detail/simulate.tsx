/** What would run between two instants, by the code in use, on a virtual clock. */

import { useState } from "react";
import { useAnswer } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { TextField } from "../../parts/field.tsx";
import { List, type Column } from "../../parts/list.tsx";
import { Empty, Panel } from "../../parts/panel.tsx";
import { useParam } from "../../parts/url.ts";
import { useWhyNot } from "../../state/caller.ts";
import { Status, type State } from "../../state/status.tsx";
import { count, counted } from "../../text/number.ts";
import { absolute, duration } from "../../text/time.ts";
import type { Detail, Place } from "./automation_detail.tsx";

type Row = Schemas["SimulatedRow"];

const STATES: Record<string, [State, string]> = {
  SUCCESS: ["done", "would run"],
  FAILURE: ["failed", "would fail"],
  SKIPPED: ["skipped", "skips"],
  QUEUED: ["queued", "would wait"],
  STARTED: ["running", "would go on"],
};

function columnsOf(zone: string): readonly Column<Row & { id: string }>[] {
  return [
    { id: "at", title: `Time in ${zone}`, width: 230, card: "title", cell: (row) => absolute(new Date(row.at), zone), text: (row) => row.at },
    {
      id: "status",
      title: "Outcome",
      width: 130,
      card: "side",
      cell: (row) => {
        const [state, word] = STATES[row.status] ?? ["skipped", "asks for nothing"];
        return <Status state={state} word={word} />;
      },
      text: (row) => row.status,
    },
    { id: "what", title: "What", card: "line", cell: (row) => <bdi data-tip={row.what}>{row.what}</bdi>, text: (row) => row.what },
    { id: "partition", title: "Partition", width: 140, cell: (row) => <bdi>{row.partition}</bdi>, text: (row) => row.partition },
    { id: "takes", title: "Waits", width: 90, isNumeric: true, cell: (row) => waits(row), text: (row) => waits(row) },
    { id: "marks", title: "Summer time", width: 240, cell: (row) => <span className="definition-mark" data-tip={row.marks || undefined}>{row.marks}</span>, text: (row) => row.marks },
  ];
}

function waits({ at, begins }: Row): string {
  if (begins === null) return "";
  const seconds = (new Date(begins).getTime() - new Date(at).getTime()) / 1000;
  return seconds >= 1 ? duration(seconds) : "";
}

const OFFSET = /(?:Z|[+-]\d\d:?\d\d)$/;

/** What was typed as an instant; without an offset it is UTC. Null: it is none. */
function instantOf(text: string): string | null {
  if (!/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d)?/.test(text)) return null;
  const time = text.replace(" ", "T");
  const whole = time.length === 10 ? `${time}T00:00` : time;
  const instant = new Date(OFFSET.test(whole) ? whole : `${whole}Z`);
  return Number.isNaN(instant.getTime()) ? null : instant.toISOString();
}

export function Simulate({ place, detail }: { place: Place; detail: Detail }) {
  const [from, setFrom] = useParam("from");
  const [to, setTo] = useParam("to");
  const [draft, setDraft] = useState({ from, to });
  const why = useWhyNot("operator");
  const zone = detail.row.timezone ?? "UTC";
  const mistake = (text: string) => (text !== "" && instantOf(text) === null ? "Write a time as 2026-03-29, 2026-03-29T02:30 or 2026-03-29T02:30+02:00." : undefined);
  const query = { ...(from && { start: instantOf(from) ?? from }), ...(to && { end: instantOf(to) ?? to }) };
  // A function of user code that nobody said takes part may take long, at each of its times: it waits to be asked for.
  const [isAsked, setAsked] = useState(detail.is_simulated || from !== "" || to !== "");
  const answer = useAnswer("/api/automations/{kind}/{location}/{name}/simulation", { path: place, query }, { keepsBefore: true, isOff: !isAsked });
  const isWrong = mistake(draft.from) ?? mistake(draft.to);
  return (
    <div className="simulate">
      <form
        className="simulate-form"
        aria-label="range"
        onSubmit={(event) => {
          event.preventDefault();
          if (isWrong !== undefined) return;
          setFrom(draft.from);
          setTo(draft.to);
          setAsked(true);
        }}
      >
        <TextField label="From (UTC)" value={draft.from} onChange={(text) => setDraft({ ...draft, from: text })} placeholder="now" error={mistake(draft.from)} />
        <TextField label="To (UTC)" value={draft.to} onChange={(text) => setDraft({ ...draft, to: text })} placeholder="a day later" error={mistake(draft.to)} />
        <Button
          kind="primary"
          why={why ?? isWrong}
          isBusy={answer.isFetching}
          onPress={() => {
            setFrom(draft.from);
            setTo(draft.to);
            setAsked(true);
            if (isAsked && draft.from === from && draft.to === to) void answer.refetch();
          }}
        >
          Simulate
        </Button>
      </form>
      {!detail.is_simulated && <p className="soft">Its function is called with an instance that remembers only what the simulation made; what it asks other systems, it asks as they are now.</p>}
      {isAsked ? (
        <Panel answer={answer} rows={8}>
          {(found) => <Found found={found} zone={zone} />}
        </Panel>
      ) : (
        <Empty title="Not simulated yet">
          <p>Its function is called at each time it would be, which may take a while. Simulate begins it.</p>
        </Empty>
      )}
    </div>
  );
}

function Found({ found, zone }: { found: Schemas["SimulationAnswer"]; zone: string }) {
  const rows = found.rows.map((row, place) => ({ ...row, id: String(place) }));
  return (
    <div className="simulate-found">
      <p role="status">
        {counted(found.run_count, "run")}; at most {count(found.queue_depth_max)} would wait at a time.
        {found.row_count > rows.length && ` The first ${count(rows.length)} of ${count(found.row_count)} rows are shown.`}
      </p>
      {found.cut_short !== null && <p className="detail-halt">{found.cut_short}</p>}
      {found.errors.map((each) => (
        <p key={`${each.at} ${each.name} ${each.reason}`} className="detail-halt" data-state="failed">
          {absolute(new Date(each.at), zone)}: <bdi>{each.reason.split("\n")[0]}</bdi>
          {each.count > 1 && ` (${count(each.count)} times, last ${absolute(new Date(each.last_at), zone)})`}
        </p>
      ))}
      {found.left_out.map((each) => (
        <p key={`${each.kind} ${each.name}`} className="soft">
          Not simulated: {each.kind} <bdi>{each.name}</bdi>: {each.reason}
        </p>
      ))}
      {rows.length === 0 ? (
        <Empty title="Nothing would run in that range">
          <p>Choose a longer one.</p>
        </Empty>
      ) : (
        <List name="simulation" caption="What would run" columns={columnsOf(zone)} rows={rows} keyOf={(row) => row.id} />
      )}
    </div>
  );
}
