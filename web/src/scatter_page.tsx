// Scatter and parallel coordinates of the same trials, under the same filters.

import { useRef, useState } from 'preact/hooks';
import { useApi, type Detail, type PointColumn, type Points } from './api';
import { readRanges, setRanges, type Range } from './filters';
import { field, save } from './files';
import { ChartFiles, Panel, Waiting } from './parts';
import { Parallel } from './parallel';
import { go, usePlace, withQuery } from './route';
import { Scatter } from './scatter';
import { armName, columnName, columnValue, count, reward } from './words';

const kPoints = 1500;
const kMostAxes = 12;
const kSizes = ['parameters', 'multiply_adds', 'seconds', 'latency'];

type Available = Points['available'];

/** Where nobody has chosen: what a trial is worth, its size and costs, and some decisions. */
function usualAxes(available: Available): string[] {
  const names = available.map((one) => one.name);
  const measured = available.filter((one) => one.kind === 'measurement').map((one) => one.name)
    .filter((name) => !name.includes('accuracy') && !['epochs', 'validation_images'].includes(name))
    .sort((a, b) => Number(kSizes.includes(b)) - Number(kSizes.includes(a)));
  const decisions = available.filter((one) => one.kind === 'decision').map((one) => one.name);
  const operations = decisions.filter((name) => name.endsWith('_op'));
  return ['number', 'reward', ...measured.slice(0, 2), 'core_seconds',
    ...(operations.length ? operations : decisions).slice(0, 3)].filter((name) => names.includes(name));
}

function ColumnChoice(props: { label: string; value: string; available: Available; onChoose: (name: string) => void }) {
  const groups: [string, string][] = [['trial', 'Trial'], ['measurement', 'Measurements'], ['cost', 'Costs'], ['decision', 'Decisions']];
  return (
    <label>
      {props.label}{' '}
      <select value={props.value} onChange={(event) => props.onChoose(event.currentTarget.value)}>
        {groups.map(([kind, title]) => (
          <optgroup label={title} key={kind}>
            {props.available.filter((one) => one.kind === kind).map((one) => (
              <option value={one.name} key={one.name}>{columnName(one.name)}</option>
            ))}
          </optgroup>
        ))}
      </select>
    </label>
  );
}

/** The filters in words, and a form that does as brushes do. */
function Filters(props: { ranges: Range[]; columns: PointColumn[]; percent: boolean }) {
  const { ranges, columns, percent } = props;
  const [name, setName] = useState('reward');
  const form = useRef<HTMLFormElement>(null);
  const column = columns.find((one) => one.name === name) ?? columns[0];
  const scale = name === 'reward' && percent ? 100 : 1;
  const add = (event: Event) => {
    event.preventDefault();
    const data = new FormData(form.current!);
    const read = (key: string, otherwise: number) => {
      const text = String(data.get(key) ?? '').trim();
      return text === '' ? otherwise : Number(text) / scale;
    };
    const low = read('low', -1e300), high = read('high', 1e300);
    if (column && !Number.isNaN(low) && !Number.isNaN(high)) setRanges(ranges, { [column.name]: [low, high] });
  };
  const show = (range: Range) => {
    const of = columns.find((one) => one.name === range.column) ?? { name: range.column };
    const value = (v: number) => (Math.abs(v) >= 1e299 ? 'any' : columnValue(of, of.name === 'peak_bytes' || 'choices' in of ? v : Number(v.toPrecision(4)), percent));
    if ('choices' in of && of.choices)
      return of.choices.slice(Math.max(0, Math.ceil(range.low)), Math.floor(range.high) + 1).join(', ') || 'none';
    return `${value(range.low)} to ${value(range.high)}`;
  };
  return (
    <div class="filters">
      {ranges.map((range) => (
        <button type="button" class="chip" key={range.column}
          aria-label={`take away the filter ${columnName(range.column)} ${show(range)}`}
          onClick={() => setRanges(ranges, { [range.column]: null })}>
          {columnName(range.column)}: {show(range)} <span aria-hidden="true">×</span>
        </button>
      ))}
      {ranges.length > 1 && (
        <button type="button" onClick={() => go(withQuery({ where: null }), true)}>Clear all</button>
      )}
      <form ref={form} onSubmit={add}>
        <label>
          Only where{' '}
          <select value={column?.name} onChange={(event) => setName(event.currentTarget.value)}>
            {columns.map((one) => <option value={one.name} key={one.name}>{columnName(one.name)}</option>)}
          </select>
        </label>
        {column?.choices ? (
          <label>
            {' '}is{' '}
            <select onChange={(event) => {
              const value = Number(event.currentTarget.value);
              setRanges(ranges, { [column.name]: event.currentTarget.value === '' ? null : [value, value] });
            }}>
              <option value="">anything</option>
              {column.choices.map((choice, k) => <option value={k} key={k}>{choice}</option>)}
            </select>
          </label>
        ) : (
          <>
            <label> from <input name="low" inputMode="decimal" size={7} /></label>
            <label> to <input name="high" inputMode="decimal" size={7} /></label>
            {scale === 100 && ' %'}
            <button type="submit">Filter</button>
          </>
        )}
      </form>
    </div>
  );
}

function Best({ points, study, shown }: { points: Points; study: Detail; shown: number[] }) {
  const percent = study.is_accuracy ?? false;
  const columns = shown.map((k) => points.columns[k]!).filter((one) => !['number', 'reward'].includes(one.name));
  const rows = Object.entries(points.arms).flatMap(([arm, of]) =>
    of.best.numbers.map((number, k) => ({ arm, number, reward: of.best.rewards?.[k] ?? 0,
      values: new Map(points.columns.map((column, c) => [column.name, of.best.values[c]?.[k] ?? null])) })));
  rows.sort((a, b) => b.reward - a.reward);
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">Trial</th><th scope="col">Reward</th>
          {columns.map((one) => <th scope="col" key={one.name}>{columnName(one.name)}</th>)}
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, 10).map((row) => (
          <tr key={row.arm + row.number}>
            <th scope="row">
              <a href={`/study/${study.id}/trial/${row.arm}/${row.number}`}>
                {armName(row.arm, study.strategy)} {row.number}
              </a>
            </th>
            <td data-name="Reward">{reward(row.reward, percent)}</td>
            {columns.map((one) => (
              <td data-name={columnName(one.name)} key={one.name}>
                {columnValue(one, row.values.get(one.name), percent)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function ScatterPage({ study }: { study: Detail }) {
  const { query } = usePlace();
  const base = `/api/v1/studies/${study.id}/points`;
  const first = useApi<Points>(`${base}?columns=number&points=1`);
  const available = first.data?.available;
  const size = available && kSizes.find((name) => available.some((one) => one.name === name));
  // Of several goals the first stands upwards, as in the report.
  const goal = (k: number) => {
    const name = study.goals[k]?.measurement;
    return available?.some((one) => one.name === name) ? name : undefined;
  };
  const x = query.get('x') ?? goal(1) ?? size ?? 'core_seconds';
  const y = query.get('y') ?? goal(0) ?? 'reward';
  const axes = (query.get('axes')?.split(',') ?? (available ? usualAxes(available) : [])).slice(0, kMostAxes);
  const where = query.get('where') ?? '';
  const ranges = readRanges(where);
  const logs: [boolean, boolean] = [query.has('xlog'), query.has('ylog')];
  // Twice the same column is one: x and y come first, then the axes and what is filtered.
  const names = [x, y, ...[...axes, ...ranges.map((r) => r.column)].filter((name, k, all) =>
    name !== x && name !== y && all.indexOf(name) === k)];
  const address = (most: number) =>
    `${base}?columns=${encodeURIComponent(names.join(','))}&where=${encodeURIComponent(where)}&points=${most}`;
  const answer = useApi<Points>(available ? address(kPoints) : null, true);
  const points = answer.data;
  const percent = study.is_accuracy ?? false;
  // The last points stay while others are on their way: their columns may be others.
  const shown = axes.map((name) => points?.columns.findIndex((one) => one.name === name) ?? -1).filter((k) => k >= 0);
  const turn = (name: string) => go(withQuery({ [name]: query.has(name) ? null : '1' }), true);
  const csv = () => {
    const lines = [['arm', 'trial', 'matches', ...(points?.columns ?? []).map((one) => one.name)].map(field).join(',')];
    for (const [arm, of] of Object.entries(points?.arms ?? {}))
      of.numbers.forEach((number, k) =>
        lines.push([arm, number, of.matches[k],
          ...points!.columns.map((column, c) => {
            const value = of.values[c]?.[k];
            return column.choices && value !== null && value !== undefined ? column.choices[value] : value;
          })].map(field).join(',')));
    save(`${study.id}-points.csv`, 'text/csv', lines.join('\n') + '\n');
  };
  const arms = Object.entries(points?.arms ?? {});
  const thinned = arms.some(([, of]) => of.numbers.length < of.trials);
  const hasFront = arms.some(([, of]) => of.front.length > 0);
  const missing = points?.columns.slice(0, 2).filter((one) => one.direction === null).map((one) => columnName(one.name));
  return (
    <>
      <Waiting answer={first.error ? first : answer} />
      {available && (
        <Panel title="Two measures" aside={
          <>
            <ColumnChoice label="across" value={x} available={available}
              onChoose={(name) => go(withQuery({ x: name }), true)} />
            <label><input type="checkbox" checked={logs[0]} onChange={() => turn('xlog')} /> log</label>
            <ColumnChoice label="up" value={y} available={available}
              onChoose={(name) => go(withQuery({ y: name }), true)} />
            <label><input type="checkbox" checked={logs[1]} onChange={() => turn('ylog')} /> log</label>
            <ChartFiles name={`${study.id}-scatter`} chart=".scatter" csv={csv} json={address(5000)} />
          </>
        }>
          {points && points.columns.length > 1 && points.columns[0]!.name === x && points.columns[1]!.name === y && (
            <>
              <Scatter points={points} study={study.id} strategy={study.strategy} percent={percent} logs={logs} ranges={ranges} />
              <p class="legend">
                {arms.map(([arm, of]) => (
                  <span key={arm}>
                    <svg width="14" height="12" aria-hidden="true">
                      <path class={`mark ${arm}`} d={arm === 'search' ? 'M4 6m-1 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0' : 'M7 1.6l4 7h-8z'} />
                    </svg>{' '}
                    {armName(arm, study.strategy)}: {ranges.length > 0 && `${count(of.matching)} of `}{count(of.trials)} trials
                  </span>
                ))}
                {hasFront && <span>{points.front_of.length > 2
                  ? `ringed: no trial of the arm beats these in all of ${points.front_of.map(columnName).join(', ')} (Pareto front)`
                  : 'lines: no trial of the arm beats these in both (Pareto front)'}</span>}
              </p>
              <p class="quiet">
                {thinned && `Drawn are at most ${count(kPoints)} trials of each arm: extremes and the front always, the others drawn by lot. `}
                {!hasFront && missing && missing.length > 0 && `No front: more ${missing.join(' and more ')} is neither better nor worse. `}
                Drag a rectangle to filter; click a trial to open it.
              </p>
            </>
          )}
        </Panel>
      )}
      {points && (
        <Panel title="Filters">
          <Filters ranges={ranges} columns={points.columns} percent={percent} />
        </Panel>
      )}
      {points && available && (
        <Panel title="Parallel coordinates" aside={
          <ChartFiles name={`${study.id}-parallel`} chart=".parallel" csv={csv} json={address(5000)} />
        }>
          {shown.length > 0 &&
            <Parallel points={points} axes={shown} percent={percent} ranges={ranges} />}
          <p class="quiet">Drag along an axis to filter, click it to take that away.</p>
          <details>
            <summary>Axes ({axes.length} of at most {kMostAxes})</summary>
            <div class="boxes">
              {available.map((one) => {
                const on = axes.includes(one.name);
                return (
                  <label key={one.name}>
                    <input type="checkbox" checked={on} disabled={!on && axes.length >= kMostAxes}
                      onChange={() => go(withQuery({
                        axes: (on ? axes.filter((name) => name !== one.name) : [...axes, one.name]).join(','),
                      }), true)} /> {columnName(one.name)}
                  </label>
                );
              })}
            </div>
          </details>
        </Panel>
      )}
      {points && (
        <Panel title={ranges.length ? 'The best of those that match' : 'The best'}>
          {arms.every(([, of]) => of.best.numbers.length === 0)
            ? <p class="quiet">No trial matches.</p>
            : <Best points={points} study={study} shown={shown} />}
        </Panel>
      )}
    </>
  );
}
