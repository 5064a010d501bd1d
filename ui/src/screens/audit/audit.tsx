/** The audit log: who changed what, how and why, and what came of it. */

import { useState } from "react";
import { usePages } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Facts } from "../../parts/facts.tsx";
import { SelectField, TextField } from "../../parts/field.tsx";
import { List, type Column } from "../../parts/list.tsx";
import { Name } from "../../parts/name.tsx";
import { Empty, NothingFits, Panel } from "../../parts/panel.tsx";
import { useParam } from "../../parts/url.ts";
import { When } from "../../parts/when.tsx";
import { Status, type State } from "../../state/status.tsx";
import "./audit.css";

type Row = Schemas["AuditRow"];

const OUTCOMES: Record<Row["outcome"], [State, string]> = {
  done: ["done", "done"],
  refused: ["skipped", "refused"],
  failed: ["failed", "failed"],
  begun: ["attention", "begun, end unknown"],
};
const CHOICES = [{ value: "", title: "any outcome" }, ...Object.entries(OUTCOMES).map(([value, [, title]]) => ({ value, title }))];
const HOW: Record<string, string> = {
  session: "by the page",
  token: "by a token",
  local: "at the server’s machine",
  command: "by a command",
  nobody: "without login",
};

export function AuditLog() {
  const [who, setWho] = useParam("who", "", true);
  const [kind, setKind] = useParam("kind", "", true);
  const [outcome, setOutcome] = useParam("outcome");
  const [opened, setOpened] = useParam("entry");
  const query = {
    ...(who && { who }),
    ...(kind && { kind }),
    ...(outcome in OUTCOMES && { outcome: [outcome as Row["outcome"]] }),
  };
  const pages = usePages("/api/audit", { query }, { topics: ["audit"], keepsBefore: true });
  const filter = [who && `who:${who}`, kind && `kind:${kind}`, outcome && `outcome:${outcome}`].filter(Boolean).join(" ");
  const clear = () => {
    setWho("");
    setKind("");
    setOutcome("");
  };
  const [columns] = useState(() => columnsThatOpen(setOpened));
  const entry = pages.rows.find((row) => String(row.id) === opened);
  return (
    <Panel title="Audit log" answer={{ ...pages, data: pages.data && pages.rows }} isFilling rows={12}>
      {(rows) => (
        <>
          <div className="audit-filter">
            <TextField label="Who" value={who} onChange={setWho} type="search" />
            <TextField label="Kind of thing" value={kind} onChange={setKind} type="search" placeholder="run, sensor, user …" />
            <SelectField label="Outcome" value={outcome} onChange={setOutcome} choices={CHOICES} />
          </div>
          {rows.length === 0 && filter !== "" ? (
            <NothingFits filter={filter} onClear={clear} />
          ) : rows.length === 0 ? (
            <Empty title="Nobody has changed anything yet">
              <p>Whatever is started, stopped or changed by the page, the API or a command of accounts is written down here.</p>
            </Empty>
          ) : (
            <List
              name="audit"
              caption="Actions, the newest first"
              columns={columns}
              rows={rows}
              keyOf={(row) => String(row.id)}
              hasMore={pages.hasNextPage}
              isFetchingMore={pages.isFetchingNextPage}
              fetchMore={() => void pages.fetchNextPage()}
            />
          )}
          {entry && <Entry row={entry} onClose={() => setOpened("")} />}
        </>
      )}
    </Panel>
  );
}

function columnsThatOpen(open: (id: string) => void): readonly Column<Row>[] {
  return [
    { id: "at", title: "When", width: 110, card: "line", cell: (row) => <When at={row.at} />, text: (row) => row.at },
    { id: "who", title: "Who", width: 140, card: "line", cell: (row) => <Name text={row.who} />, text: (row) => row.who },
    {
      id: "operation",
      title: "What",
      card: "title",
      cell: (row) => (
        <Button kind="quiet" isSmall label={`${wordsOf(row.operation)} ${row.target}: details`} onPress={() => open(String(row.id))}>
          {wordsOf(row.operation)}
        </Button>
      ),
      text: (row) => row.operation,
    },
    { id: "target", title: "Of what", cell: (row) => <Name text={row.target} />, text: (row) => row.target },
    { id: "outcome", title: "Outcome", width: 150, card: "side", cell: (row) => <Outcome row={row} />, text: (row) => row.outcome },
    { id: "reason", title: "Why", cell: (row) => <Name text={row.reason} />, text: (row) => row.reason },
  ];
}

function Outcome({ row }: { row: Row }) {
  const [state, word] = OUTCOMES[row.outcome];
  return <Status state={state} word={word} />;
}

/** `launchRun` as `launch run`. */
function wordsOf(operation: string): string {
  return operation.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function Entry({ row, onClose }: { row: Row; onClose: () => void }) {
  return (
    <Dialog title={`${wordsOf(row.operation)} ${row.target}`.trim()} onClose={onClose} isWide>
      <Facts
        items={[
          ["Outcome", <Outcome key="outcome" row={row} />],
          ["When", <When key="at" at={row.at} isAbsolute />],
          ["Who", `${row.who}${row.role && ` (${row.role})`}, ${HOW[row.how] ?? row.how}`],
          ["Why", row.reason],
          ["Operation", row.operation],
          ["Kind", row.kind],
          ["Target", row.target],
          ["Request", row.request_id],
        ]}
      />
      <h3>Details</h3>
      <pre className="audit-details" tabIndex={0} role="region" aria-label="details">
        {JSON.stringify(row.details, null, 2)}
      </pre>
    </Dialog>
  );
}
