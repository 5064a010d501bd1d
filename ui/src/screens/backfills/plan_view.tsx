/** What a backfill would do: how much, in which order, what is left out, what to know before. */

import type { Schemas } from "../../api/types.ts";
import { Name } from "../../parts/name.tsx";
import { count, counted } from "../../text/number.ts";
import { duration } from "../../text/time.ts";

type Plan = Schemas["BackfillPlanFacts"];

const STEPS_SHOWN = 30;

export function PlanView({ plan }: { plan: Plan }) {
  const more = plan.step_count - Math.min(plan.steps.length, STEPS_SHOWN);
  return (
    <div className="plan">
      <p className="plan-sum">
        <strong>{counted(plan.runs, "run")}</strong>
        {plan.partitions > 0 && <> for {counted(plan.partitions, "partition")}</>}
        {plan.skipped !== null && plan.skipped !== undefined && <>; {count(plan.skipped)} skipped, since they need not be made</>}
      </p>
      <ul className="plan-facts">
        <li>{limitWords(plan)}</li>
        <li>{plan.newest_first ? "Begins with the newest." : "Begins with the oldest."}</li>
        <li>
          {plan.estimate_seconds === null || plan.estimate_seconds === undefined
            ? "How long it takes nobody knows: such runs have not ended well before."
            : `About ${duration(plan.estimate_seconds)}, by past runs.`}
        </li>
      </ul>
      {plan.remarks.map((remark) => (
        <p key={`${remark.about} ${remark.text}`} className="plan-remark" data-doubt={remark.is_doubt}>
          <span aria-hidden="true">{remark.is_doubt ? "! " : "– "}</span>
          {remark.about && (
            <>
              <Name text={remark.about} />:{" "}
            </>
          )}
          {remark.text}
        </p>
      ))}
      <div className="plan-steps" role="region" tabIndex={0} aria-label="steps of the plan">
        <table>
          <thead>
            <tr>
              <th scope="col">Step</th>
              <th scope="col">Makes</th>
              <th scope="col">From</th>
              <th scope="col">To</th>
              <th scope="col" className="plan-number">
                Partitions
              </th>
              <th scope="col" className="plan-number">
                Runs
              </th>
            </tr>
          </thead>
          <tbody>
            {plan.steps.slice(0, STEPS_SHOWN).map((step, place) => (
              <tr key={place}>
                <td>{step.number}</td>
                <td>
                  <Name text={step.makes} most={40} />
                </td>
                <td className="mono">{step.first && <Name text={step.first} most={24} />}</td>
                <td className="mono">{step.last && <Name text={step.last} most={24} />}</td>
                <td className="plan-number">{step.partitions === 0 ? "" : count(step.partitions)}</td>
                <td className="plan-number">
                  {count(step.runs)}
                  {step.in_order && step.runs > 1 && ", in turn"}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {more > 0 && <p className="soft">and {counted(more, "more step")}</p>}
      </div>
    </div>
  );
}

function limitWords(plan: Plan): string {
  const home = plan.home_runs_max === null || plan.home_runs_max === undefined ? "" : `; the home runs ${count(plan.home_runs_max)} at a time in all`;
  const own = plan.max_concurrent_runs;
  return own === null || own === undefined ? `No limit of its own${home}.` : `At most ${counted(own, "run")} of it at a time${home}.`;
}
