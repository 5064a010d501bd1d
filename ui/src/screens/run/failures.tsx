/** What failed, the first failure open, the others folded. */

import { useState } from "react";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { ErrorCard } from "../../parts/error_card.tsx";
import { counted } from "../../text/number.ts";

type Failure = Schemas["FailureShape"];

export function Failures({ run }: { run: Schemas["RunDetail"] }) {
  const [isOpen, setOpen] = useState(false);
  const [first, ...others] = run.failures;
  if (first === undefined) return null;
  return (
    <section className="run-failures" aria-label="what failed">
      <One failure={first} run={run} isFirst />
      {others.length > 0 && (
        <span>
          <Button isExpanded={isOpen} onPress={() => setOpen(!isOpen)}>
            {isOpen ? "Hide" : "Show"} {counted(run.failure_count - 1, "more failure")}
          </Button>
        </span>
      )}
      {isOpen && others.map((each) => <One key={each.event_id} failure={each} run={run} />)}
      {isOpen && run.failure_count > run.failures.length && <p className="soft">The log has the others: filter it by failures.</p>}
    </section>
  );
}

function One({ failure, run, isFirst = false }: { failure: Failure; run: Schemas["RunDetail"]; isFirst?: boolean }) {
  const title = failure.step === null ? "The run failed" : `Step ${failure.step} failed`;
  const error = failure.error ?? { kind: "", message: failure.message, frames: [], causes: [], text: failure.message };
  return (
    <ErrorCard
      error={error}
      title={<bdi>{title}</bdi>}
      about={`${title}; run ${run.run_id} of ${run.job}`}
      isFocusable={isFirst}
      actions={
        <a className="button button-small" href={`#${hashOf(failure)}`}>
          In the log
        </a>
      }
    />
  );
}

function hashOf(failure: Failure): string {
  const params = new URLSearchParams(failure.step === null ? {} : { step: failure.step });
  params.set("event", String(failure.event_id));
  return params.toString();
}
