/** Numbers of the newest materializations, drawn; the same as a table beneath. */

import { useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useAnswer } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Failure, Skeleton } from "../../parts/panel.tsx";
import { When } from "../../parts/when.tsx";
import { useSettings } from "../../state/settings.ts";
import { counted } from "../../text/number.ts";

type Series = Schemas["Series"];
const HEIGHT_PX = 130;
const WIDTH_MIN_PX = 220;

export default function Plots({ assetKey }: { assetKey: string }) {
  const { data, error, refetch } = useAnswer("/api/asset/history", { query: { key: assetKey } }, { topics: [`asset:${assetKey}`] });
  const shown = (data?.series ?? []).filter((series) => series.values.filter((value) => value !== null).length > 1);
  if (data === undefined) return error === null ? <Skeleton rows={4} /> : <Failure problem={error} retry={refetch} />;
  if (shown.length === 0) return null;
  return (
    <section aria-labelledby="asset-plots">
      <h2 id="asset-plots">Metadata over time</h2>
      <div className="asset-plots">
        {shown.map((series) => (
          <Plot key={series.label} series={series} />
        ))}
      </div>
      <details>
        <summary>The same as a table, {counted(data.count, "materialization")}</summary>
        <Table series={shown} />
      </details>
    </section>
  );
}

function Plot({ series }: { series: Series }) {
  const place = useRef<HTMLDivElement>(null);
  const { theme } = useSettings();
  const data = useMemo<uPlot.AlignedData>(() => [series.at, series.values], [series]);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const axis = { stroke: colour("--text-soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } };
    const plot = new uPlot(
      {
        width: Math.max(WIDTH_MIN_PX, element.clientWidth),
        height: HEIGHT_PX,
        legend: { show: false },
        cursor: { drag: { x: true, y: false } },
        axes: [axis, { ...axis, size: 58 }],
        series: [{}, { stroke: colour("--accent"), width: 1.5, points: { size: 5 }, spanGaps: true }],
      },
      data,
      element,
    );
    const sized = new ResizeObserver(() => plot.setSize({ width: Math.max(WIDTH_MIN_PX, element.clientWidth), height: HEIGHT_PX }));
    sized.observe(element);
    return () => {
      sized.disconnect();
      plot.destroy();
    };
  }, [data, theme]);
  return (
    <figure className="asset-plot">
      <figcaption>
        <bdi>{series.label}</bdi>
      </figcaption>
      <div ref={place} aria-hidden="true" />
    </figure>
  );
}

function Table({ series }: { series: readonly Series[] }) {
  const first = series[0];
  if (first === undefined) return null;
  return (
    <div className="asset-wide" tabIndex={0} role="region" aria-label="metadata over time">
      <table>
        <thead>
          <tr>
            <th scope="col">At</th>
            <th scope="col">Partition</th>
            {series.map((each) => (
              <th key={each.label} scope="col">
                <bdi>{each.label}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first.at.map((_, back) => {
            const at = first.at.length - 1 - back;
            return (
              <tr key={at}>
                <td>
                  <When at={new Date((first.at[at] ?? 0) * 1000).toISOString()} isAbsolute />
                </td>
                <td>
                  <bdi>{first.partitions[at]}</bdi>
                </td>
                {series.map((each) => (
                  <td key={each.label}>{each.values[at]?.toLocaleString("en-GB")}</td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
