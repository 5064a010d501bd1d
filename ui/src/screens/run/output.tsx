/** What the processes of a run printed: the end of it, following; earlier pieces on demand. */

import { useEffect, useRef, useState } from "react";
import { useAnswer } from "../../api/hooks.ts";
import { addressOf } from "../../api/client.ts";
import { SelectField } from "../../parts/field.tsx";
import { Empty, Panel } from "../../parts/panel.tsx";
import { useParam } from "../../parts/url.ts";
import { bytes } from "../../text/number.ts";

export function Output({ runId, step }: { runId: string; step: string }) {
  const [stream, setStream] = useParam("stream", "stdout");
  const [chosen, setPart] = useState<string | null>(null);
  const part = chosen ?? (step || "run");
  const query = { stream: stream === "stderr" ? ("stderr" as const) : ("stdout" as const), part };
  const path = { run_id: runId };
  const answer = useAnswer("/api/runs/{run_id}/output", { path, query }, { topics: [`run:${runId}`, `printed:${runId}`], keepsBefore: true });
  const box = useRef<HTMLPreElement>(null);
  const end = answer.data?.end;
  useEffect(() => {
    if (box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [end]);
  const parts = [...new Set([...(answer.data?.parts ?? []), part])];
  return (
    <div className="run-output">
      <div className="run-log-tools">
        <SelectField
          label="Of"
          value={part}
          onChange={setPart}
          choices={parts.map((each) => ({ value: each, title: each === "run" ? "the run’s process" : `step ${each}` }))}
        />
        <SelectField label="Stream" value={query.stream} onChange={setStream} choices={[{ value: "stdout", title: "stdout" }, { value: "stderr", title: "stderr" }]} />
        <a className="button" href={addressOf("/api/runs/{run_id}/output.txt", { path, query })} download>
          Download
        </a>
      </div>
      <Panel answer={answer} rows={8}>
        {(data) =>
          data.size === 0 ? (
            <Empty title={`Nothing was printed to ${data.stream}`}>
              <p>{data.parts.length > 0 ? "Other parts have output: choose one above." : "What user code logs through context.log stands in the log."}</p>
            </Empty>
          ) : (
            <>
              {data.begin > 0 && (
                <p className="soft">
                  The last {bytes(data.end - data.begin)} of {bytes(data.size)}; the download has all.
                </p>
              )}
              <pre ref={box} className="run-code run-output-text" tabIndex={0} role="region" aria-label={`${data.stream} of ${part}`}>
                {data.text}
              </pre>
            </>
          )
        }
      </Panel>
    </div>
  );
}
