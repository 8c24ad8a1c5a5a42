// How often each choice is made over time, and the reward that it goes with.

import { useApi, type Detail, type Effects, type Shares } from './api';
import { field, save } from './files';
import { useWidth } from './use_width';
import { ChartFiles, Panel, Waiting } from './parts';
import { go, usePlace, withQuery } from './route';
import { armName, count, reward } from './words';

const kHeight = 220, kLeft = 44, kTop = 8, kBottom = 22;

/** "left_op, right_op" of a cell as people call it. */
function groupName(group: { cell: string; about: string }): string {
  const known: Record<string, string> = { 'left_op, right_op': 'operations', 'left, right': 'inputs', combine: 'combinations' };
  const about = known[group.about] ?? (group.about || 'choices');
  return group.cell ? `${group.cell} cell: ${about}` : about;
}

/** Stacked areas: each choice's share of a group, window by window. */
function Stacked(props: { title: string; name: string; choices: string[]; windows: { end: number; shares: number[] }[] }) {
  const [box, width] = useWidth<HTMLDivElement>();
  const { choices, windows } = props;
  const end = windows.at(-1)?.end ?? 1;
  const x = (trial: number) => kLeft + (trial / end) * (Math.max(width, 160) - kLeft - 8);
  const y = (share: number) => kTop + (1 - share) * (kHeight - kTop - kBottom);
  let below = windows.map(() => 0);
  const areas = choices.map((choice, c) => {
    const from = below;
    below = windows.map((one, w) => below[w]! + (one.shares[c] ?? 0));
    const top = windows.flatMap((one, w) => [[x(windows[w - 1]?.end ?? 0), y(below[w]!)], [x(one.end), y(below[w]!)]]);
    const foot = windows.flatMap((one, w) => [[x(windows[w - 1]?.end ?? 0), y(from[w]!)], [x(one.end), y(from[w]!)]]);
    return { choice, d: 'M' + [...top, ...foot.reverse()].map(([a, b]) => `${a!.toFixed(1)} ${b!.toFixed(1)}`).join('L') + 'Z' };
  });
  const last = windows.at(-1)?.shares ?? [];
  const order = choices.map((_, c) => c).sort((a, b) => (last[b] ?? 0) - (last[a] ?? 0));
  const told = order.slice(0, 3).map((c) => `${choices[c]} ${(100 * (last[c] ?? 0)).toFixed(0)} %`).join(', ');
  return (
    <div ref={box} class="drawn">
      {width > 0 && (
        <svg class={`graph ${props.name}`} width={width} height={kHeight} role="img"
          aria-label={`${props.title}: shares over ${count(end)} trials; in the last window mostly ${told}`}>
          {areas.map(({ choice, d }, c) => <path key={choice} class={`area p${c % 16}`} d={d}><title>{choice}</title></path>)}
          {[0, 0.5, 1].map((share) => (
            <text key={share} x={kLeft - 6} y={y(share) + 4} text-anchor="end">{100 * share} %</text>
          ))}
          <text x={kLeft} y={kHeight - 6}>0</text>
          <text x={width - 8} y={kHeight - 6} text-anchor="end">{count(end)} trials</text>
        </svg>
      )}
    </div>
  );
}

function Frequencies({ study }: { study: Detail }) {
  const { query } = usePlace();
  // At least ten trials a window: of fewer, shares tell nothing.
  const trials = Math.max(...study.arms.map((one) => one.finished));
  const address = `/api/v1/studies/${study.id}/shares?windows=${Math.min(40, Math.max(1, Math.floor(trials / 10)))}`;
  const answer = useApi<Shares>(address, true);
  const shares = answer.data;
  const groups = shares?.groups ?? [];
  const chosen = Math.min(Number(query.get('group')) || (groups.length > 1 ? 1 : 0), Math.max(groups.length - 1, 0));
  const group = groups[chosen];
  const csv = () => {
    const rows = ['arm,group,choice,first,end,share'];
    for (const [arm, windows] of Object.entries(shares?.arms ?? {}))
      for (const one of windows)
        one.shares.forEach((of, g) => of.forEach((share, c) =>
          rows.push([arm, groupName(groups[g]!), groups[g]!.choices[c], one.first, one.end, share].map(field).join(','))));
    save(`${study.id}-choices.csv`, 'text/csv', rows.join('\n') + '\n');
  };
  return (
    <Panel title="How often each is chosen" aside={
      <>
        {groups.length > 1 && (
          <label>
            of{' '}
            <select value={chosen} onChange={(event) => go(withQuery({ group: event.currentTarget.value }), true)}>
              {groups.map((one, k) => <option value={k} key={k}>{groupName(one)}</option>)}
            </select>
          </label>
        )}
        <ChartFiles name={`${study.id}-choices`} csv={csv} json={address} />
      </>
    }>
      <Waiting answer={answer} />
      {shares && group && (
        <>
          <div class="two">
            {Object.entries(shares.arms).map(([arm, windows]) => (
              <div key={arm}>
                <div class="row">
                  <h3>{armName(arm, study.strategy)}</h3>
                  <ChartFiles name={`${study.id}-choices-${arm}`} chart={`.shares-${arm}`} />
                </div>
                {windows.length === 0 ? <p class="quiet">No trial yet.</p> : (
                  <Stacked title={armName(arm, study.strategy)} name={`shares-${arm}`} choices={group.choices}
                    windows={windows.map((one) => ({ end: one.end, shares: one.shares[chosen] ?? [] }))} />
                )}
              </div>
            ))}
          </div>
          <p class="legend">
            {group.choices.map((choice, c) => (
              <span key={choice}><i class={`swatch p${c % 16}`} />{choice}</span>
            ))}
          </p>
          <p class="quiet">
            Shares among all {group.decisions} decisions of this kind, by windows of trials in the order in which they
            were proposed. From the bottom up in the order of the legend.
          </p>
        </>
      )}
    </Panel>
  );
}

const kRow = 22, kNumbers = 150, kMostRows = 60;

function EffectChart({ rows, percent, strategy }: { rows: Effects['effects']; percent: boolean; strategy: string }) {
  const [box, outer] = useWidth<HTMLDivElement>();
  const narrow = outer < 600, kName = narrow ? 100 : 190;
  const width = Math.max(outer, narrow ? 430 : 560);
  const ends = rows.flatMap((row) => row.effect?.interval ?? []);
  const most = Math.max(...ends.map(Math.abs), 1e-12);
  const x = (value: number) => kName + ((value / most + 1) / 2) * (width - kName - kNumbers);
  const show = (value: number) => (value > 0 ? '+' : '') + reward(value, percent);
  return (
    <div ref={box} class="drawn scrolling" tabIndex={0} role="group" aria-label="effects, scrolls sideways">
      {outer > 0 && (
        <svg class="graph effects" width={width} height={kRow * rows.length + 30} role="img"
          aria-label={`effects of ${rows.length} choices on the reward of ${strategy}; the CSV holds the numbers`}>
          <line class="rail" x1={x(0)} x2={x(0)} y1="0" y2={kRow * rows.length} />
          {rows.map((row, k) => {
            const y = kRow * k + kRow / 2, { value, interval } = row.effect!;
            const clear = interval[0] > 0 || interval[1] < 0;
            return (
              <g key={row.about + row.choice} class={clear ? (value > 0 ? 'good' : 'worse') : 'unclear'}>
                <text x={kName - 8} y={y + 4} text-anchor="end">{row.choice}</text>
                <line class="whisker" x1={x(interval[0])} x2={x(interval[1])} y1={y} y2={y} />
                {clear
                  ? <circle cx={x(value)} cy={y} r="4.5" />
                  : <circle class="hollow" cx={x(value)} cy={y} r="4.5" />}
                <text x={width - 4} y={y + 4} text-anchor="end">
                  {show(value)} <tspan class="faint">({count(row.with)} trials)</tspan>
                </text>
              </g>
            );
          })}
          <text x={x(0)} y={kRow * rows.length + 20} text-anchor="middle">no difference</text>
        </svg>
      )}
    </div>
  );
}

function EffectsPanel({ study }: { study: Detail }) {
  const { query } = usePlace();
  const by = query.get('by') === 'decision' ? 'decision' : 'group';
  const arm = query.get('arm') === 'baseline' && study.arms.length > 1 ? 'baseline' : 'search';
  const address = `/api/v1/studies/${study.id}/effects?arm=${arm}&by=${by}`;
  const answer = useApi<Effects>(address, true);
  const all = answer.data?.effects ?? [];
  const abouts = [...new Set(all.map((row) => row.about))];
  const wanted = query.get('about') ?? abouts.find((about) => about.includes('_op')) ?? abouts[0];
  const about = abouts.includes(wanted ?? '') ? wanted : abouts[0];
  const rows = all.filter((row) => row.effect && row.about === about)
    .sort((a, b) => b.effect!.value - a.effect!.value).slice(0, kMostRows);
  const percent = study.is_accuracy ?? false;
  const csv = () => {
    const lines = ['about,choice,with,without,difference,low,high'];
    for (const row of all)
      lines.push([row.about, row.choice, row.with, row.without, row.effect?.value, row.effect?.interval[0],
        row.effect?.interval[1]].map(field).join(','));
    save(`${study.id}-effects.csv`, 'text/csv', lines.join('\n') + '\n');
  };
  const title = (text: string) => {
    const [cell, rest] = text.split(': ');
    return rest ? groupName({ cell: cell!, about: rest }) : text;
  };
  return (
    <Panel title="Reward with a choice less that without it" aside={
      <>
        {study.arms.length > 1 && (
          <label>
            of{' '}
            <select value={arm} onChange={(event) => go(withQuery({ arm: event.currentTarget.value }), true)}>
              {study.arms.map((one) => <option value={one.arm} key={one.arm}>{armName(one.arm, study.strategy)}</option>)}
            </select>
          </label>
        )}
        <label>
          by{' '}
          <select value={by} onChange={(event) => go(withQuery({ by: event.currentTarget.value, about: null }), true)}>
            <option value="group">at least one decision of a kind</option>
            <option value="decision">one decision</option>
          </select>
        </label>
        {abouts.length > 1 && (
          <label>
            in{' '}
            <select value={about} onChange={(event) => go(withQuery({ about: event.currentTarget.value }), true)}>
              {abouts.map((one) => <option value={one} key={one}>{title(one)}</option>)}
            </select>
          </label>
        )}
        <ChartFiles name={`${study.id}-effects`} chart=".effects" csv={csv} json={address} />
      </>
    }>
      <Waiting answer={answer} />
      {answer.data && (
        rows.length === 0
          ? <p class="quiet">Too few trials are finished yet.</p>
          : <EffectChart rows={rows} percent={percent} strategy={armName(arm, study.strategy)} />
      )}
      {answer.data && (
        <p class="quiet">
          {answer.data.caution} Filled: the 95 % interval (Welch's) leaves out 0; hollow: it does not.
        </p>
      )}
    </Panel>
  );
}

export function Choices({ study }: { study: Detail }) {
  return (
    <>
      <Frequencies study={study} />
      <EffectsPanel study={study} />
    </>
  );
}
