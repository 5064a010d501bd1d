/** A run's log: filtered, searched, followed; each line has an address. Only the lines in sight are drawn. */

import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { addressOf } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { copy } from "../../parts/copy.tsx";
import { ErrorCard } from "../../parts/error_card.tsx";
import { SelectField, TextField } from "../../parts/field.tsx";
import { Menu } from "../../parts/menu.tsx";
import { Empty, Failure, NothingFits, Skeleton } from "../../parts/panel.tsx";
import { useHashParam, useParam } from "../../parts/url.ts";
import { When } from "../../parts/when.tsx";
import { LogLine } from "./log_line.tsx";
import { isEntry, KINDS, SOURCES, useLog, type Anchor, type Entry, type LogFilter } from "./use_log.ts";

interface Props {
  runId: string;
  /** Whether the reader wants to see how it ended. */
  isFailed: boolean;
  step: string;
  setStep: (step: string) => void;
}

const LINE_PX = 24;
const OVERSCAN = 20;
const NEAR = 100;
const LEVELS = ["debug", "info", "warning", "error"] as const;

export function Log({ runId, step, setStep }: Props) {
  const [level, setLevel] = useParam("level", "debug", true);
  const [kindText, setKinds] = useParam("kinds", "", true);
  const [sourceText, setSources] = useParam("from", "", true);
  const [noise, setNoise] = useParam("noise", "", true);
  const [text, setText] = useParam("find", "", true);
  const [draft, setDraft] = useState(text);
  const [event, setEvent] = useHashParam("event");
  const kinds = useMemo(() => KINDS.filter((each) => kindText.split(" ").includes(each)), [kindText]);
  const sources = useMemo(() => SOURCES.filter((each) => sourceText.split(" ").includes(each)), [sourceText]);
  const filter: LogFilter = { level: LEVELS.find((each) => each === level) ?? "debug", step, sources, kinds, text, hasNoise: noise === "yes" };
  useEffect(() => {
    if (draft === text) return undefined;
    const timer = window.setTimeout(() => setText(draft), 250);
    return () => window.clearTimeout(timer);
  }, [draft, text, setText]);
  // Only the event that the address had at first moves the window; one that is picked is in it already.
  const [anchor, setAnchor] = useState<Anchor>(() => (isEntry(event) ? { entry: event } : "end"));
  const log = useLog(runId, filter, anchor);
  const picked = log.entries.find((each) => each.id === event);
  const isMissing = event !== "" && picked === undefined && !log.isLoading;
  const [sought, setSought] = useState(event);
  if (isMissing && sought !== event && isEntry(event)) {
    setSought(event);
    setAnchor({ entry: event }); // another link on the page leads to an entry that is not loaded
  }
  const { older, newer } = log;
  const isSeeking = log.entries.length === 0 && (log.hasOlder || log.hasNewer) && log.problem === null;
  useEffect(() => {
    if (isSeeking) (log.hasOlder ? older : newer)();
  }, [isSeeking, log.hasOlder, older, newer]);
  const path = { run_id: runId };
  const isOfEvents = level !== "debug" || kinds.length > 0;
  const isFiltered = step !== "" || sources.length > 0 || kinds.length > 0 || text !== "" || level !== "debug";
  const clear = () => {
    setStep("");
    setKinds("");
    setSources("");
    setLevel("debug");
    setDraft("");
    setText("");
  };
  return (
    <section className="run-log" aria-label="log">
      <div className="run-log-tools">
        <TextField label="Find in the log" isLabelHidden type="search" placeholder="Find" value={draft} onChange={setDraft} />
        <SelectField
          label="Level"
          isLabelHidden
          value={filter.level}
          onChange={setLevel}
          choices={LEVELS.map((each) => ({ value: each, title: each === "debug" ? "All levels" : `${each} and above` }))}
        />
        <Menu
          label={kinds.length === 0 ? "All kinds" : kinds.join(", ")}
          staysOpen
          items={KINDS.map((each) => ({
            title: each,
            isOn: kinds.includes(each),
            onPick: () => setKinds(KINDS.filter((other) => (other === each) !== kinds.includes(other)).join(" ")),
          }))}
        />
        {log.hasPrinted && (
          <Menu
            label={sources.length === 0 ? "Events and output" : sources.join(", ")}
            staysOpen
            items={SOURCES.map((each) => ({
              title: each,
              isOn: sources.includes(each),
              onPick: () => setSources(SOURCES.filter((other) => (other === each) !== sources.includes(other)).join(" ")),
            }))}
          />
        )}
        {step && (
          <Button label={`step ${step} ×: show all steps again`} onPress={() => setStep("")}>
            step {step} ×
          </Button>
        )}
        <Button kind="quiet" isPressed={filter.hasNoise} onPress={() => setNoise(filter.hasNoise ? "" : "yes")}>
          Engine events
        </Button>
        <span className="run-log-right">
          <Button kind="quiet" onPress={() => void log.place("start")}>
            Start
          </Button>
          <Button kind="quiet" onPress={() => void log.place("end")}>
            End
          </Button>
          <a className="button" href={addressOf("/api/runs/{run_id}/log.txt", { path })} download>
            Download
          </a>
        </span>
      </div>
      {log.hasPrinted && isOfEvents && <p className="soft">What is printed has no level and no kind: these are events only.</p>}
      {log.problem !== null && <Failure problem={log.problem} retry={() => void log.place(anchor)} />}
      {log.lookedTo !== null && (log.hasOlder || log.hasNewer) && (
        <p className="soft">
          Little fits; looked through the log {log.hasOlder ? "back to" : "up to"} <When at={log.lookedTo} isAbsolute />…
        </p>
      )}
      {(log.generation === 0 && log.isLoading) || isSeeking ? (
        <Skeleton rows={8} />
      ) : log.entries.length === 0 && log.problem === null ? (
        isFiltered ? (
          <NothingFits filter={[step && `step ${step}`, sources.join(", "), kinds.join(", "), level !== "debug" && level, text].filter(Boolean).join(" · ")} onClear={clear} />
        ) : (
          <Empty title="The log is empty">
            <p>Nothing has been written down yet; what happens appears here.</p>
          </Empty>
        )
      ) : (
        <Lines key={log.generation} log={log} text={text} event={event} pick={setEvent} step={step} isFromEnd={anchor === "end"} />
      )}
      {picked !== undefined && <Picked entry={picked} onClose={() => setEvent("")} setStep={setStep} />}
    </section>
  );
}

interface LinesProps {
  log: ReturnType<typeof useLog>;
  text: string;
  event: string;
  step: string;
  isFromEnd: boolean;
  pick: (event: string) => void;
}

function Lines({ log, text, event, pick, step, isFromEnd }: LinesProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(!log.hasNewer && isFromEnd);
  const { entries } = log;
  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_PX,
    overscan: OVERSCAN,
    getItemKey: (place) => entries[place]?.id ?? place,
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  const { older, newer, prepended } = log;
  // The window begins at its end, or with the entry that the address names in the middle.
  useLayoutEffect(() => {
    const at = entries.findIndex((each) => each.id === event);
    if (at >= 0) virtual.scrollToIndex(at, { align: "center" });
    else if (isAtEnd.current) virtual.scrollToIndex(entries.length - 1, { align: "end" });
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once, when the window is new; afterwards the reader scrolls
  }, []);
  useLayoutEffect(() => {
    const box = scroller.current;
    if (box !== null && prepended !== 0) box.scrollTop += prepended * LINE_PX;
  }, [prepended, entries]);
  useEffect(() => {
    if (isAtEnd.current) virtual.scrollToIndex(entries.length - 1, { align: "end" });
  }, [entries.length, virtual]);
  useEffect(() => {
    if (first < NEAR) older();
    if (last > entries.length - NEAR) newer();
  }, [first, last, entries.length, older, newer]);
  return (
    <div
      className="run-log-lines"
      ref={scroller}
      tabIndex={0}
      role="region"
      aria-label="log entries"
      onScroll={() => {
        const box = scroller.current;
        if (box !== null) isAtEnd.current = !log.hasNewer && box.scrollHeight - box.scrollTop - box.clientHeight < LINE_PX * 2;
      }}
    >
      <ol className="run-log-all" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const entry = entries[item.index] as Entry;
          return <LogLine key={item.key} entry={entry} top={item.start} height={LINE_PX} find={text} isPicked={entry.id === event} pick={pick} hidesStep={step !== ""} />;
        })}
      </ol>
    </div>
  );
}

function Picked({ entry, onClose, setStep }: { entry: Entry; onClose: () => void; setStep: (step: string) => void }) {
  const { step } = entry;
  return (
    <section className="run-picked" aria-label="the chosen entry">
      <header className="run-picked-head">
        <span>
          <When at={entry.at} isAbsolute /> {entry.kind && <code>{entry.kind}</code>} {entry.source !== "events" && <code>{entry.source}</code>} {step !== null && <bdi>{step}</bdi>}
        </span>
        <span className="run-step-tools">
          {step !== null && (
            <Button isSmall kind="quiet" onPress={() => setStep(step)}>
              Only this step
            </Button>
          )}
          <Button isSmall kind="quiet" onPress={() => void copy(entry.error?.text ?? entry.message, "entry")}>
            Copy
          </Button>
          <Button isSmall kind="quiet" onPress={() => void copy(location.href, "link")}>
            Copy link
          </Button>
          <Button isSmall kind="quiet" label="Close the entry" onPress={onClose}>
            ×
          </Button>
        </span>
      </header>
      <pre className="run-code" tabIndex={0} role="region" aria-label="message">
        {entry.message || entry.kind}
      </pre>
      {entry.error !== null && <ErrorCard error={entry.error} title="What was raised" about={entry.message} />}
    </section>
  );
}
