/** A schedule or sensor tried out: its function is called as the service would call it, and nothing is stored. */

import { useState, type FormEvent } from "react";
import { Link } from "wouter";
import { useAction, useAnswer } from "../../api/hooks.ts";
import type { ProblemError } from "../../api/problem.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { CheckField, TextField } from "../../parts/field.tsx";
import { Facts } from "../../parts/facts.tsx";
import { Failure } from "../../parts/panel.tsx";
import { ErrorCard } from "../../parts/error_card.tsx";
import { toast } from "../../parts/toast.tsx";
import { useParam } from "../../parts/url.ts";
import { useWhyNot } from "../../state/caller.ts";
import { Status } from "../../state/status.tsx";
import { counted } from "../../text/number.ts";
import { absolute, duration } from "../../text/time.ts";
import type { Detail, Place } from "./automation_detail.tsx";
import { CursorChange } from "./diff.tsx";
import { Lines } from "./tick.tsx";

type Answer = Schemas["TestAnswer"];

const CURSORLESS: readonly string[] = ["condition"];

export function Test({ place, detail }: { place: Place; detail: Detail }) {
  const isSchedule = place.kind === "schedule";
  const stored = detail.cursor?.text ?? null;
  const [asked] = useParam("cursor");
  const [at, setAt] = useParam("at", "", true);
  const [typed, setTyped] = useState<string | null>(asked || null);
  const [hasNone, setNone] = useState(false);
  const [runId, setRunId] = useState("");
  const [partition, setPartition] = useParam("partition", "", true);
  const [resources, setResources] = useState<string | null>(null);
  const [problem, setProblem] = useState<ProblemError | null>(null);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const why = useWhyNot("operator");
  const isOfRuns = detail.row.type === "run_status";
  const takesCursor = !isSchedule && !isOfRuns && !CURSORLESS.includes(detail.row.type);
  const cursor = typed ?? stored ?? "";
  const facts = useAnswer("/api/automations/{kind}/{location}/{name}/test-facts", { path: place }, { topics: ["locations"], isOff: why !== undefined }).data;
  const send = useAction("post", "/api/automations/{kind}/{location}/{name}/test", { failed: setProblem });
  const test = () => {
    setProblem(null);
    send.mutate(
      {
        path: place,
        body: {
          at: isSchedule && at ? at : null,
          uses_stored_cursor: !takesCursor || (typed === null && !hasNone),
          cursor: takesCursor && !hasNone && typed !== null ? typed : null,
          run_id: isOfRuns && runId ? runId : null,
          partition: partition || null,
          resources: resources ?? "",
        },
      },
      { onSuccess: setAnswer },
    );
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (why === undefined) test();
  };
  const where = typeof problem?.extra["where"] === "string" ? problem.extra["where"] : null;
  return (
    <div className="test">
      <form className="test-form" onSubmit={submit} aria-label={`try ${place.name}`}>
        <p className="soft">Its function is called with the code in use, as the service would. No run starts, and no cursor moves.</p>
        {isSchedule && (
          <TextField
            label="Time"
            value={at}
            onChange={setAt}
            placeholder={detail.next[0]?.at.slice(0, 16) ?? "2026-03-29T02:30"}
            hint={`In ${detail.row.timezone ?? "UTC"} unless it has an offset; empty: its next time. Of a schedule with partitions the time decides the partition.`}
            error={where === "at" ? problem?.detail : undefined}
          />
        )}
        {takesCursor && (
          <>
            <TextField
              label="Cursor"
              value={hasNone ? "" : cursor}
              onChange={(text) => {
                setNone(false);
                setTyped(text);
              }}
              lines={cursor.length > 80 || cursor.includes("\n") ? 6 : 2}
              isMono
              hint={typed === null && !hasNone ? (stored === null ? "There is none stored." : "As it is stored.") : "Not the stored one."}
              error={where === "cursor" ? problem?.detail : undefined}
            />
            <CheckField label="Without a cursor, as at its first evaluation" value={hasNone} onChange={setNone} />
          </>
        )}
        {isOfRuns && (
          <TextField
            label="Run it is called for"
            value={runId}
            onChange={setRunId}
            isMono
            hint="Id of a run that came to a state this sensor reacts to; empty: what waits for it."
            error={where === "run_id" ? problem?.detail : undefined}
          />
        )}
        {(facts?.partitions ?? null) !== null || partition !== "" ? (
          <TextField
            label="Partition"
            value={partition}
            onChange={setPartition}
            offers={facts?.partitions?.newest ?? []}
            placeholder={facts?.partitions?.newest[0]}
            hint={partitionHint(detail)}
            error={where === "partition" ? problem?.detail : undefined}
          />
        ) : null}
        {(facts?.resource_keys.length ?? 0) > 0 && (
          <>
            <CheckField
              label="With other config of resources"
              value={resources !== null}
              onChange={(isOn) => setResources(isOn ? (facts?.resources ?? "") : null)}
              hint={resources === null ? `For this test alone: ${facts?.resource_keys.slice(0, 8).join(", ")}${(facts?.resource_keys.length ?? 0) > 8 ? " …" : ""}` : undefined}
            />
            {resources !== null && (
              <TextField
                label="Resources (YAML)"
                value={resources}
                onChange={setResources}
                lines={8}
                isMono
                hint="Counts in this test’s own process only. What is left out stays as it is; secrets are not shown, and masked in the result."
                error={where === "resources" ? problem?.detail : undefined}
              />
            )}
          </>
        )}
        <div>
          <Button kind="primary" why={why} isBusy={send.isPending} onPress={test}>
            {send.isPending ? "Trying…" : "Try it"}
          </Button>
        </div>
      </form>
      <section className="test-result" aria-live="polite" aria-label="result">
        {problem !== null && where === null && <Failure problem={problem} retry={test} />}
        {problem === null && answer !== null && <Result place={place} answer={answer} />}
      </section>
    </div>
  );
}

/** What naming a partition does, by the sort of automation. */
function partitionHint({ row }: Detail): string {
  if (row.type === "schedule") return "Without a time, the time is that at which its window is over. The runs asked for are checked against it.";
  if (row.type === "asset") return "It is called for the newest materialisation of that partition, if its asset has it. The runs asked for are checked against it.";
  return "The runs asked for are checked against it.";
}

const OUTCOMES = {
  requested: { state: "done", word: "asks for runs" },
  skipped: { state: "skipped", word: "skips" },
  failed: { state: "failed", word: "raises" },
} as const;

function Result({ place, answer }: { place: Place; answer: Answer }) {
  return (
    <>
      <h2>
        Result <Status {...OUTCOMES[answer.outcome]} />
      </h2>
      {answer.error !== null && <ErrorCard error={answer.error} title={`${place.kind} ${place.name} raised`} about={`${place.kind} ${place.name}, tried out`} />}
      <Facts
        items={[
          ["for the time", answer.evaluated_for !== null && `${absolute(new Date(answer.evaluated_for), "UTC")}${answer.is_nominal ? "" : ": none of its own times"}`],
          ["called for", answer.event && <bdi>{answer.event}</bdi>],
          ["partition", answer.partition !== null && <ForPartition key="p" answer={answer} partition={answer.partition} />],
          ["because", answer.skip_reason && <bdi>{answer.skip_reason}</bdi>],
          ["took", duration(answer.duration_seconds)],
          ...answer.dynamic_partitions.map((each) => [`would ${each.does}`, <bdi key={each.name}>{`${counted(each.key_count, "key")} of ${each.name}: ${each.keys.slice(0, 20).join(", ")}${each.key_count > 20 ? " …" : ""}`}</bdi>] as const),
          ...answer.asset_events.map((text, number) => [number === 0 ? "would store" : `and (${number + 1})`, <bdi key={text}>{text}</bdi>] as const),
        ]}
      />
      {answer.request_count > 0 && <Requests place={place} answer={answer} />}
      {place.kind === "sensor" && (
        <section>
          <h3>Cursor</h3>
          <CursorChange before={answer.cursor_before} after={answer.cursor_after} />
        </section>
      )}
      {answer.log.length > 0 && (
        <section>
          <h3>Log</h3>
          <Lines lines={answer.log} />
        </section>
      )}
    </>
  );
}

function AssetNames({ names }: { names: readonly string[] }) {
  const few = names.slice(0, 5).join(", ");
  return <bdi data-tip={names.length > 5 ? names.slice(0, 50).join(", ") : undefined}>{names.length > 5 ? `${counted(names.length, "asset")}: ${few}, …` : few}</bdi>;
}

function ForPartition({ answer, partition }: { answer: Answer; partition: Schemas["TestPartition"] }) {
  const others = answer.request_count - partition.asked_for;
  return (
    <span>
      <bdi>{partition.key}</bdi>: {partition.asked_for > 0 ? `${counted(partition.asked_for, "run")} for it` : "no run is asked for it"}
      {others > 0 && `, ${counted(others, "run")} for others`}
    </span>
  );
}

function Requests({ place, answer }: { place: Place; answer: Answer }) {
  const [runIds, setRunIds] = useState<readonly string[] | null>(null);
  const why = useWhyNot("operator");
  const shown = answer.requests;
  const send = useAction("post", "/api/automations/{kind}/{location}/{name}/launch", {
    topics: ["runs"],
    done: (done) => {
      setRunIds(done.run_ids);
      toast(`${counted(done.run_ids.length, "run")} queued.`);
    },
  });
  const launch = () => send.mutate({ path: place, body: { requests: shown, reason: "" } });
  return (
    <section>
      <h3>{counted(answer.request_count, "run")} asked for</h3>
      <ol className="test-requests">
        {shown.slice(0, 100).map((each, number) => (
          <li key={number}>
            <p className="test-request">
              {each.job && !each.job.startsWith("__") && <bdi>{each.job}</bdi>}
              {each.partition_key && <bdi className="soft">{each.partition_key}</bdi>}
              {each.is_for_partition === false && <span className="soft">not for that partition</span>}
              {each.run_key && <bdi className="soft">key {each.run_key}</bdi>}
              {each.asset_selection && <AssetNames names={each.asset_selection} />}
              {each.job && !each.job.startsWith("__") && <LaunchpadLink place={place} request={each} number={number} />}
            </p>
            {Object.keys(each.run_config ?? {}).length > 0 && (
              <div className="diff mono" role="region" tabIndex={0} aria-label={`run config of request ${number + 1}`}>
                {JSON.stringify(each.run_config, null, 2)}
              </div>
            )}
          </li>
        ))}
      </ol>
      {shown.length > 100 && <p className="soft">… and {answer.request_count - 100} more</p>}
      {runIds === null ? (
        <>
          <Button why={why} isBusy={send.isPending} onPress={launch}>
            Launch {counted(shown.length, "run")} as mine
          </Button>
          <p className="soft">
            A step of its own: the runs are queued as launched by you. The cursor stays where it is, and run keys stay free, so that the {place.kind} may ask for the same again.
            {answer.request_count > shown.length && ` Only the first ${shown.length} are launched.`}
          </p>
        </>
      ) : (
        <p role="status">
          Queued:{" "}
          {runIds.slice(0, 20).map((id) => (
            <Link key={id} href={`/runs/${id}`} className="test-run">
              {id.slice(0, 8)}
            </Link>
          ))}
        </p>
      )}
    </section>
  );
}

const ADDRESS_CHARS_MAX = 2_000;

/** The launchpad with what a request asks for; what is too long for an address goes by way of this tab's storage. */
function LaunchpadLink({ place, request, number }: { place: Place; request: Schemas["TestRequest"]; number: number }) {
  const text = JSON.stringify({ run_config: request.run_config ?? {}, tags: plainTags(request.tags ?? {}), partition_key: request.partition_key ?? null });
  const key = `watchbell.request.${place.name}.${number}`;
  const isLong = text.length > ADDRESS_CHARS_MAX;
  const address = `/jobs/${encodeURIComponent(place.location)}/${encodeURIComponent(request.job ?? "")}/launch?draft=${encodeURIComponent(isLong ? key : text)}`;
  return (
    <Link
      href={address}
      onClick={() => {
        if (isLong) sessionStorage.setItem(key, text);
      }}
    >
      Open in the launchpad
    </Link>
  );
}

const NOT_A_PERSONS = ["dagster/schedule_name", "dagster/sensor_name", "dagster/run_key", ".dagster/scheduled_execution_time"];

/** Without what says that a schedule or sensor asked. */
function plainTags(tags: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([name]) => !NOT_A_PERSONS.includes(name)));
}
