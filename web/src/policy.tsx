// The policy's own probabilities, decision by decision, and its entropy as it learns.

import { useApi, type Detail, type Policy as PolicyAnswer } from './api';
import { field, save } from './files';
import { ChartFiles, Panel, Waiting } from './parts';
import { PlotPanel } from './plot_panel';
import { go, usePlace, withQuery } from './route';
import { useWidth } from './use_width';
import { count } from './words';

const kRow = 18, kName = 150, kHead = 30, kLeast = 68;

type Decisions = PolicyAnswer['decisions'];

/** Decisions of one meaning stand together, under the names of their choices. */
function groupsOf(decisions: Decisions): number[][] {
  const groups = new Map<string, number[]>();
  decisions.forEach((one, d) => {
    const key = one.choices[0] ?? '';
    groups.set(key, [...(groups.get(key) ?? []), d]);
  });
  return [...groups.values()];
}

function HeatMap({ decisions, probabilities, trials }: { decisions: Decisions; probabilities: number[][]; trials: number }) {
  const [box, outer] = useWidth<HTMLDivElement>();
  const columns = Math.max(...decisions.map((one) => one.choices.length));
  const width = Math.max(outer, kName + 8 + kLeast * columns);
  const cell = Math.min(80, (width - kName - 8) / columns);
  let y = 0;
  const rows = groupsOf(decisions).map((group) => {
    const longest = group.map((d) => decisions[d]!.choices).reduce((a, b) => (b.length > a.length ? b : a));
    const head = (y += kHead);
    return { longest, head, rows: group.map((d) => ({ d, y: (y += kRow) - kRow + 4 })) };
  });
  return (
    <div ref={box} class="drawn scrolling" tabIndex={0} role="group" aria-label="probabilities, scrolls sideways">
      {outer > 0 && (
        <svg class="graph heat" width={width} height={y + 12} role="img"
          aria-label={`probabilities of ${decisions.length} decisions after ${count(trials)} trials; the CSV holds the numbers`}>
          {rows.map((group) => (
            <g key={group.head}>
              {group.longest.map((name, c) => (
                <text key={name} class="head" x={kName + cell * (c + 0.5)} y={group.head} text-anchor="middle">{name}</text>
              ))}
              {group.rows.map(({ d, y: top }) => {
                const shares = probabilities[d] ?? [], most = Math.max(...shares);
                return (
                  <g key={d}>
                    <text x={kName - 8} y={top + 13} text-anchor="end">{decisions[d]!.name}</text>
                    {shares.map((share, c) => (
                      <g key={c}>
                        <rect class="cellbox" x={kName + cell * c} y={top} width={cell - 1} height={kRow - 1} fill-opacity={Math.sqrt(share)}>
                          <title>{`${decisions[d]!.name} ${decisions[d]!.choices[c]}: ${(100 * share).toFixed(1)} %`}</title>
                        </rect>
                        <text class={share > 0.4 ? 'on' : 'off'} x={kName + cell * (c + 0.5)} y={top + 13} text-anchor="middle"
                          font-weight={share === most ? 700 : 400}>{(100 * share).toFixed(0)}</text>
                      </g>
                    ))}
                  </g>
                );
              })}
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}

export function Policy({ study }: { study: Detail }) {
  const { query } = usePlace();
  const at = query.get('at');
  const cell = query.get('cell') ?? '';
  const address = `/api/v1/studies/${study.id}/policy${at ? `?at=${encodeURIComponent(at)}` : ''}`;
  const answer = useApi<PolicyAnswer>(address, true);
  const policy = answer.data;
  if (!policy) return <Waiting answer={answer} />;
  const seen = policy.generations;
  if (policy.trials === null)
    return (
      <p class="quiet">
        No policy is kept of this study: {study.strategy} has none, or no generation has been proposed yet.
      </p>
    );
  const place = Math.max(0, seen.findIndex((one) => one.trials === policy.trials));
  const cells = [...new Set(policy.decisions.map((one) => one.name.split('.')[0]!))];
  const wanted = cells.length > 1 && cells.length < 5 ? (cells.includes(cell) ? cell : cells[0]!) : null;
  const rows = policy.decisions.map((_, d) => d)
    .filter((d) => wanted === null || policy.decisions[d]!.name.startsWith(wanted + '.'));
  const csv = () => {
    const lines = ['decision,choice,probability'];
    policy.decisions.forEach((decision, d) => policy.probabilities[d]?.forEach((share, c) =>
      lines.push([decision.name, decision.choices[c], share].map(field).join(','))));
    save(`${study.id}-policy-${policy.trials}.csv`, 'text/csv', lines.join('\n') + '\n');
  };
  return (
    <>
      <Waiting answer={answer} />
      <Panel title={`Probabilities after ${count(policy.trials)} trials`} aside={
        <>
          {wanted !== null && (
            <label>
              of the{' '}
              <select value={wanted} onChange={(event) => go(withQuery({ cell: event.currentTarget.value }), true)}>
                {cells.map((one) => <option value={one} key={one}>{one} cell</option>)}
              </select>
            </label>
          )}
          <ChartFiles name={`${study.id}-policy-${policy.trials}`} chart=".heat" csv={csv} json={address} />
        </>
      }>
        <label class="slide">
          <span>generation {place + 1} of {seen.length}</span>
          <input type="range" min="0" max={seen.length - 1} value={place}
            onInput={(event) => {
              const to = Number(event.currentTarget.value);
              go(withQuery({ at: to === seen.length - 1 ? null : String(seen[to]!.trials) }), true);
            }} />
        </label>
        <HeatMap decisions={rows.map((d) => policy.decisions[d]!)} probabilities={rows.map((d) => policy.probabilities[d] ?? [])}
          trials={policy.trials} />
        <p class="quiet">
          Each row is a decision; the stronger a choice's colour, the more probable it is. Numbers are per cent, the
          greatest is bold. Probabilities of later decisions depend on earlier ones: these are means over the generation's
          candidates.
        </p>
      </Panel>
      <PlotPanel title="Entropy" view="x" file={`${study.id}-entropy`} json={address} xTitle="trials" yTitle="entropy, % of the most"
        height={240} yRange={[0, 100]} show={(value) => value.toFixed(1) + ' %'}
        lines={[{ label: `entropy of ${study.strategy}`, colour: '--search', kind: 'line',
          x: seen.map((one) => one.trials), y: seen.map((one) => 100 * one.entropy) }]}
        label={`Entropy of the policy: ${(100 * seen.at(-1)!.entropy).toFixed(0)} % of the most that it could be.`}>
        <p class="quiet">100 %: all choices alike; near 0 the policy proposes always the same.</p>
      </PlotPanel>
    </>
  );
}
