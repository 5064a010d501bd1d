/** The timeline: past runs and times to come on one axis, in lanes; the same as a table beneath. */

import { useId, useMemo, useState } from "react";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { useNow } from "../../parts/when.tsx";
import { useParam } from "../../parts/url.ts";
import { count, counted } from "../../text/number.ts";
import { When } from "../../parts/when.tsx";
import { lanesOf, type LanesBy, type Mark } from "./lanes.ts";
import { Chart, labelWidth } from "./chart.tsx";
import { MarkFacts } from "./mark_facts.tsx";
import { TimelineTable } from "./timeline_table.tsx";
import { useWidth } from "./width.ts";

const HOURS = [1, 3, 6, 12, 24, 72, 168];
const WORDS: Record<number, string> = { 1: "1 h", 3: "3 h", 6: "6 h", 12: "12 h", 24: "1 day", 72: "3 days", 168: "7 days" };
const HOUR_MS = 3_600_000;
const FUTURE_PART = 0.25;
const BY: readonly { id: LanesBy; title: string }[] = [
  { id: "job", title: "jobs" },
  { id: "group", title: "groups" },
  { id: "automation", title: "automations" },
];

interface Props {
  timeline: Schemas["Timeline"];
  /** Shows so many hours up to an instant; without one, up to a little in the future. */
  onWindow: (hours: number, end: string) => void;
}

export function Timeline({ timeline, onWindow }: Props) {
  const heading = useId();
  const [, setBy] = useParam("lanes", "job");
  const [, setAll] = useParam("all");
  const [box, width] = useWidth();
  const [picked, setPicked] = useState<Mark | null>(null);
  const present = useNow();
  // Running bars grow with each minute, not with each second: a second is less than a pixel.
  const now = Math.floor(Math.max(present.getTime(), Date.parse(timeline.at)) / 60_000) * 60_000;
  const inner = width - labelWidth(width);
  const lanes = useMemo(() => lanesOf(timeline, inner, now), [timeline, inner, now]);
  const zoom = (step: number) => {
    const near = HOURS.findIndex((each) => each >= timeline.hours - 0.01);
    const next = HOURS[Math.max(0, Math.min(HOURS.length - 1, (near < 0 ? HOURS.length - 1 : near) + step))];
    if (next !== undefined && next !== timeline.hours) onWindow(next, "");
  };
  const pan = (part: number) => {
    const end = Date.parse(timeline.end) + part * timeline.hours * HOUR_MS;
    const latest = Date.parse(timeline.at) + timeline.hours * FUTURE_PART * HOUR_MS;
    onWindow(timeline.hours, end >= latest ? "" : new Date(end).toISOString());
  };
  return (
    <section className="timeline" aria-labelledby={heading}>
      <header className="panel-head">
        <h2 id={heading}>Timeline</h2>
        <div className="timeline-tools">
          <span role="group" aria-label="lanes" className="timeline-group">
            {BY.map((each) => (
              <Button key={each.id} isSmall isPressed={timeline.by === each.id} onPress={() => setBy(each.id)}>
                {each.title}
              </Button>
            ))}
          </span>
          <span role="group" aria-label="window" className="timeline-group">
            <Button isSmall label="Earlier" onPress={() => pan(-0.5)}>
              ←
            </Button>
            <Button isSmall label="Later" onPress={() => pan(0.5)}>
              →
            </Button>
            <label>
              <span className="visually-hidden">length of the window</span>
              <select className="input timeline-hours" value={String(timeline.hours)} onChange={(event) => onWindow(Number(event.target.value), "")}>
                {!HOURS.includes(timeline.hours) && <option value={String(timeline.hours)}>{Math.round(timeline.hours * 10) / 10} h</option>}
                {HOURS.map((each) => (
                  <option key={each} value={String(each)}>
                    {WORDS[each]}
                  </option>
                ))}
              </select>
            </label>
          </span>
        </div>
      </header>
      <p className="soft timeline-note">
        {counted(timeline.run_count, "run")}
        {timeline.failed_count > 0 && `, ${count(timeline.failed_count)} of them failed`}
        {timeline.next_at && (
          <>
            ; the next is to come <When at={timeline.next_at} />
          </>
        )}
        {timeline.has_more_ticks && "; more times to come than are shown"}.
      </p>
      <div ref={box}>
        {lanes.length === 0 ? (
          <p className="timeline-empty">Nothing ran here, and nothing is to run. A longer window may show more.</p>
        ) : (
          width > 0 && (
            <Chart timeline={timeline} lanes={lanes} width={width} picked={picked} onPick={setPicked} onZoom={zoom} onPan={pan} />
          )
        )}
      </div>
      {timeline.lane_count > lanes.length && (
        <Button isSmall onPress={() => setAll("yes")}>
          Show all {count(timeline.lane_count)} lanes
        </Button>
      )}
      <MarkFacts mark={picked} lanes={timeline.by} />
      {lanes.length > 0 && <TimelineTable timeline={timeline} />}
    </section>
  );
}
