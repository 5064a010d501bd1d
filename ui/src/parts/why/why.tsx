/** Why something ran or did not: a sentence first, then what it rests on, the condition as a tree, and its evaluations. */

import { useState, type FormEvent } from "react";
import { useAction, useAnswer } from "../../api/hooks.ts";
import type { ProblemError } from "../../api/problem.ts";
import type { Schemas } from "../../api/types.ts";
import { useWhyNot } from "../../state/caller.ts";
import { useZone } from "../../text/time.ts";
import { Button } from "../button.tsx";
import { Facts } from "../facts.tsx";
import { TextField } from "../field.tsx";
import { Failure, Panel } from "../panel.tsx";
import { useParam } from "../url.ts";
import { Evaluations } from "./evaluations.tsx";
import { InWords } from "./in_words.tsx";
import { instantOf, wallOf } from "./moment.ts";
import { Tree } from "./tree.tsx";
import { textOf, Told } from "./words.tsx";
import "./why.css";

type Explanation = Schemas["ExplanationShape"];

/** What is asked about. */
export type Subject =
  | { kind: "schedule" | "sensor"; location: string; name: string; zone?: string | null }
  | { kind: "run"; runId: string }
  | { kind: "job"; location: string; name: string }
  | { kind: "asset"; name: string; hasPartitions?: boolean }
  | { kind: "check"; asset: string; name: string };

/** The answer to why, for the tabs of pages; time and partition are the parameters `at` and `partition` of the address. */
export function Why({ about }: { about: Subject }) {
  switch (about.kind) {
    case "run":
      return <OfRun runId={about.runId} />;
    case "job":
      return <OfJob location={about.location} name={about.name} />;
    case "asset":
      return <OfAsset name={about.name} hasPartitions={about.hasPartitions === true} />;
    case "check":
      return <OfCheck asset={about.asset} name={about.name} />;
    case "schedule":
      return <OfSchedule location={about.location} name={about.name} zone={about.zone ?? "UTC"} />;
    default:
      return <OfSensor location={about.location} name={about.name} />;
  }
}

function OfRun({ runId }: { runId: string }) {
  const answer = useAnswer("/api/why/run/{run_id}", { path: { run_id: runId } }, { topics: [`run:${runId}`, "queue"] });
  return (
    <div className="why">
      <Panel answer={answer} rows={4}>
        {(told) => <Answer told={told} />}
      </Panel>
    </div>
  );
}

function OfSchedule({ location, name, zone }: { location: string; name: string; zone: string }) {
  const [at] = useParam("at");
  const topics = [`automation:schedule:${location}:${name}`, "locations", "service"];
  const answer = useAnswer("/api/why/schedule/{location}/{name}", { path: { location, name }, query: at ? { at } : {} }, { topics, keepsBefore: true });
  return (
    <div className="why">
      <Asked zone={zone} />
      <Panel answer={answer} rows={4}>
        {(told) => <Answer told={told} />}
      </Panel>
    </div>
  );
}

function OfSensor({ location, name }: { location: string; name: string }) {
  const [at] = useParam("at");
  const zone = useZone();
  const topics = [`automation:sensor:${location}:${name}`, "locations", "service"];
  const answer = useAnswer("/api/why/sensor/{location}/{name}", { path: { location, name }, query: at ? { at } : {} }, { topics, keepsBefore: true });
  return (
    <div className="why">
      <Asked zone={zone} />
      <Panel answer={answer} rows={4}>
        {(told) => <Answer told={told} />}
      </Panel>
    </div>
  );
}

function OfJob({ location, name }: { location: string; name: string }) {
  const [at] = useParam("at");
  const zone = useZone();
  const topics = ["runs", "automations", "locations", "service"];
  const answer = useAnswer("/api/why/job", { query: { name, location, ...(at ? { at } : {}) } }, { topics, keepsBefore: true });
  return (
    <div className="why">
      <Asked zone={zone} />
      <Panel answer={answer} rows={4}>
        {(told) => (told.has_condition === false ? <Answer told={told} /> : <OfCondition key={at} told={told} entity={`job ${name}`} partition="" topics={topics} />)}
      </Panel>
    </div>
  );
}

function OfAsset({ name, hasPartitions }: { name: string; hasPartitions: boolean }) {
  const [at] = useParam("at");
  const [partition] = useParam("partition");
  const zone = useZone();
  const topics = [`asset:${name}`, "locations", "service"];
  const query = { key: name, ...(at ? { at } : {}), ...(hasPartitions && partition ? { partition } : {}) };
  const answer = useAnswer("/api/why/asset", { query }, { topics, keepsBefore: true });
  return (
    <div className="why">
      <Asked zone={zone} hasPartitions={hasPartitions} />
      <Panel answer={answer} rows={6}>
        {(told) => <OfCondition key={`${at} ${partition}`} told={told} entity={name} partition={hasPartitions ? partition : ""} topics={topics} />}
      </Panel>
    </div>
  );
}

function OfCheck({ asset, name }: { asset: string; name: string }) {
  const [at] = useParam("at");
  const zone = useZone();
  const topics = ["checks", `asset:${asset}`, "locations", "service"];
  const answer = useAnswer("/api/why/check", { query: { asset, name, ...(at ? { at } : {}) } }, { topics, keepsBefore: true });
  return (
    <div className="why">
      <Asked zone={zone} />
      <Panel answer={answer} rows={6}>
        {(told) => <OfCondition key={at} told={told} entity={`${asset}:${name}`} partition="" topics={topics} />}
      </Panel>
    </div>
  );
}

/** The time, and the partition, that is asked about. */
function Asked({ zone, hasPartitions = false }: { zone: string; hasPartitions?: boolean }) {
  const [at, setAt] = useParam("at");
  const [partition, setPartition] = useParam("partition");
  return (
    <form className="why-asked" aria-label="what is asked about" onSubmit={(event: FormEvent) => event.preventDefault()}>
      <TimeField key={`${at} ${zone}`} at={at} zone={zone} change={setAt} />
      {at !== "" && (
        <Button isSmall onPress={() => setAt("")}>
          The latest
        </Button>
      )}
      {hasPartitions && <PartitionField key={partition} partition={partition} change={setPartition} />}
    </form>
  );
}

function TimeField({ at, zone, change }: { at: string; zone: string; change: (at: string) => void }) {
  // A text without an offset is a wall time already, as the test of a schedule has it.
  const isWall = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(at);
  const stored = isWall ? at : wallOf(at, zone);
  const [typed, setTyped] = useState(stored);
  const leave = () => {
    if (typed !== stored) change(instantOf(typed, zone));
  };
  return <TextField label={`At (${zone})`} type="datetime-local" value={typed} onChange={setTyped} onLeave={leave} />;
}

function PartitionField({ partition, change }: { partition: string; change: (key: string) => void }) {
  const [typed, setTyped] = useState(partition);
  const leave = () => {
    if (typed.trim() !== partition) change(typed.trim());
  };
  return <TextField label="Partition" value={typed} onChange={setTyped} onLeave={leave} placeholder="all of them" isMono />;
}

/** The explanation of a condition, with its tree and evaluations; or as it would be now. */
function OfCondition({ told, entity, partition, topics }: { told: Explanation; entity: string; partition: string; topics: readonly string[] }) {
  const [live, setLive] = useState<Explanation | null>(null);
  const [problem, setProblem] = useState<ProblemError | null>(null);
  const why = useWhyNot("operator");
  const send = useAction("post", "/api/conditions/evaluate", { done: setLive, failed: setProblem });
  const evaluate = () => {
    setProblem(null);
    send.mutate({ body: { entity, partition: partition || null } });
  };
  const shown = live ?? told;
  return (
    <div className="why-answer">
      {live !== null && (
        <p className="why-note" role="status">
          <span aria-hidden="true">▶ </span>Evaluated now; nothing of it is stored, and no run starts.{" "}
          <Button isSmall onPress={() => setLive(null)}>
            Back to what was stored
          </Button>
        </p>
      )}
      {problem !== null && <Failure problem={problem} retry={evaluate} />}
      <Answer told={shown} />
      {shown.tree === null && told.has_condition !== false && <InWords entity={entity} topics={topics} />}
      {told.has_condition !== false && live === null && (
        <p>
          <Button isSmall why={why} isBusy={send.isPending} onPress={evaluate}>
            Evaluate it now
          </Button>{" "}
          <span className="soft">As things are now; nothing is stored or run.</span>
        </p>
      )}
      {(told.has_condition !== false || told.tree !== null) && <Evaluations entity={entity} shownId={shown.evaluation_id ?? null} topics={topics} />}
    </div>
  );
}

/** The sentence, what can change it, what it rests on, and the tree. */
function Answer({ told }: { told: Explanation }) {
  return (
    <div className="why-answer">
      {told.from_record && (
        <p className="why-note">
          <span aria-hidden="true">◐ </span>
          <bdi>{told.from_record}</bdi>
        </p>
      )}
      <p className="why-sentence" role="status">
        <Told pieces={told.sentence} />
      </p>
      {told.next_change.length > 0 && (
        <section className="why-next">
          <h2>What can change it</h2>
          <ul>
            {told.next_change.map((pieces) => (
              <li key={textOf(pieces)}>
                <Told pieces={pieces} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {told.tree && <Tree key={textOf(told.sentence)} tree={told.tree} />}
      {told.details.length > 0 && (
        <section>
          <h2>What it rests on</h2>
          <Facts items={told.details.map((each) => [each.name, <Told key={each.name} pieces={each.pieces} />] as const)} />
        </section>
      )}
    </div>
  );
}
