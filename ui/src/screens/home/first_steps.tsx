/** What to do while there is nothing yet: three steps to the first run. */

import { Copy } from "../../parts/copy.tsx";

const CODE = `import watchbell as wb

@wb.asset
def greetings() -> list[str]:
    return ["good morning"]

daily = wb.ScheduleDefinition(
    name="every_morning",
    job=wb.define_asset_job("greet", selection=[greetings]),
    cron_schedule="0 6 * * *",
)

defs = wb.Definitions(assets=[greetings], schedules=[daily])
`;
const COMMAND = "watchbell dev -f definitions.py";

export function FirstSteps() {
  return (
    <section className="steps-first" aria-labelledby="first-steps">
      <h2 id="first-steps">Three steps to the first run</h2>
      <ol>
        <li>
          <p>
            Write what is to be made into <code>definitions.py</code>:
          </p>
          <Snippet text={CODE} what="code" />
        </li>
        <li>
          <p>Start watchbell where that file is; it loads changes by itself:</p>
          <Snippet text={COMMAND} what="command" />
        </li>
        <li>
          <p>Come back to this page: it shows the asset’s job; open it and launch its first run.</p>
        </li>
      </ol>
    </section>
  );
}

function Snippet({ text, what }: { text: string; what: string }) {
  return (
    <div className="steps-first-code">
      <pre tabIndex={0} role="region" aria-label={what}>
        <code>{text}</code>
      </pre>
      <Copy text={text} what={what} />
    </div>
  );
}
