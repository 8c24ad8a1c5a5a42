// Rewards of both arms: each evaluated trial (or a bucket of them) as a mark, the best so far as a
// step with the band of its 95 % interval.

import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { ArmCurve, Curves } from './api';
import { go } from './route';
import { reward } from './words';

type Column = (number | null)[];

/** One arm's columns: rewards with the least and greatest of each bucket, under the best so far. */
function columnsOf(curve: ArmCurve | undefined): [number[], ...Column[]][] {
  if (!curve) return [];
  const best = curve.best.map((one) => ({ x: one.x, y: one.reward, interval: one.interval }));
  const last = best.at(-1);
  if (last && curve.end > last.x) best.push({ ...last, x: curve.end });
  return [
    [curve.rewards.map((r) => r[0]), curve.rewards.map((r) => r[3])],
    [best.map((b) => b.x), best.map((b) => b.y), best.map((b) => b.interval[0]),
      best.map((b) => b.interval[1])],
  ];
}

/** Tables of their own x as one table. Steps hold: what an arm has not at an x is a gap there. */
export function join(tables: [number[], ...Column[]][]): [number[], ...Column[]] {
  const all = [...new Set(tables.flatMap((t) => t[0]))].sort((a, b) => a - b);
  const place = new Map(all.map((x, i) => [x, i]));
  const joined: Column[] = [];
  for (const [x, ...columns] of tables)
    for (const column of columns) {
      const out: Column = new Array(all.length).fill(null);
      x.forEach((value, i) => (out[place.get(value)!] = column[i] ?? null));
      joined.push(out);
    }
  return [all, ...joined];
}

/** The best so far holds until it is raised. */
function hold(x: number[], column: Column, first: number, end: number) {
  let value: number | null = null;
  for (let i = 0; i < x.length; ++i) {
    if (column[i] !== null) value = column[i]!;
    else if (x[i]! >= first && x[i]! <= end) column[i] = value;
  }
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** The least reward to show where only those near the best are wanted: a quarter lie below it. */
function lowerQuarter(curves: Curves): number {
  const all = [curves.search, curves.baseline]
    .flatMap((curve) => curve?.rewards.map((r) => r[3]) ?? [])
    .sort((a, b) => a - b);
  return all[Math.floor(all.length / 4)] ?? 0;
}

interface Props {
  near: boolean;
  curves: Curves;
  percent: boolean;
  study: string;
  label: string;
}

export function RewardChart({ near, curves, percent, study, label }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const arms: [string, ArmCurve | undefined, string][] = [
    ['search', curves.search, '--search'],
    ['random', curves.baseline, '--random'],
  ];
  const shown = arms.filter(([, curve]) => curve && curve.rewards.length > 0);

  const data = join(shown.flatMap(([, curve]) => columnsOf(curve)));
  shown.forEach(([, curve], k) => {
    const first = curve!.best[0]?.x ?? Infinity;
    for (let c = 0; c < 3; ++c) hold(data[0], data[2 + 4 * k + c] as Column, first, curve!.end);
  });

  const scale = (value: number | null) => (value === null ? null : percent ? 100 * value : value);
  const scaled = [data[0], ...data.slice(1).map((c) => (c as Column).map(scale))] as uPlot.AlignedData;
  const form = shown.map(([name]) => name).join() + curves.along + percent + near;

  useEffect(() => {
    const frame = box.current;
    if (!frame) return;
    const ink = colour('--ink'), grid = colour('--grid');
    const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid } };
    const stepped = uPlot.paths.stepped!({ align: 1 });
    const points = uPlot.paths.points!();
    const show = (_: uPlot, value: number | null) =>
      value === null ? '–' : reward(percent ? value / 100 : value, percent);
    const series: uPlot.Series[] = [
      { label: curves.along === 'trials' ? 'trial' : 'core-hours' },
    ];
    const bands: uPlot.Band[] = [];
    shown.forEach(([name, , variable], k) => {
      const paint = colour(variable), at = 2 + 4 * k;
      series.push(
        { label: name, paths: points, stroke: paint, value: show,
          points: { show: true, size: 4, fill: paint + '66', stroke: paint + '66' } },
        { label: `best, ${name}`, stroke: paint, width: 2, paths: stepped, points: { show: false },
          value: show },
        { label: 'low', paths: stepped, stroke: 'transparent', points: { show: false } },
        { label: 'high', paths: stepped, stroke: 'transparent', points: { show: false } },
      );
      bands.push({ series: [at + 2, at + 1], fill: paint + '2e' });
    });
    const quarter = lowerQuarter(curves);
    const least = percent ? 100 * quarter : quarter;
    const size = () => ({ width: frame.clientWidth, height: 340 });
    const made = new uPlot(
      {
        ...size(),
        series,
        bands,
        scales: {
          x: { time: false },
          y: near ? { range: (_, __, max) => [least, max + 0.05 * (max - least)] } : {},
        },
        axes: [
          { ...axis, label: curves.along === 'trials' ? 'trials' : 'core-hours' },
          { ...axis, label: percent ? 'reward, %' : 'reward', size: 64 },
        ],
        legend: { show: true },
        cursor: { drag: { x: true, y: false } },
      },
      scaled,
      frame,
    );
    plot.current = made;
    // The ends of bands stand in no legend.
    made.root.querySelectorAll('.u-legend .u-series').forEach((row, i) => {
      if (['low', 'high'].includes(series[i]!.label as string)) row.remove();
    });
    const open = () => {
      const { idx } = made.cursor;
      if (idx === null || idx === undefined || curves.along !== 'trials') return;
      const x = made.data[0][idx];
      if (x !== undefined) go(`/study/${study}/trial/search/${x - 1}`);
    };
    made.over.addEventListener('dblclick', open);
    const watch = new ResizeObserver(() => made.setSize(size()));
    watch.observe(frame);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [form, study]);

  useEffect(() => plot.current?.setData(scaled), [curves.revision]);

  if (shown.length === 0) return <p class="quiet">No trial is finished yet.</p>;
  return <div ref={box} class="chart" role="img" aria-label={label} />;
}
