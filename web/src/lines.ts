// Curves of the API as lines of a plot.

import type { ArmCurve, Curves } from './api';
import { field, save } from './files';
import type { Line } from './plot';

/** Quantities along which curves go. */
export const alongs = { trials: 'trials', core_hours: 'core-hours', time: 'time' } as const;
export type Along = keyof typeof alongs;
export function readAlong(text: string | null): Along {
  return text !== null && text in alongs ? (text as Along) : 'trials';
}

/** Per cent, where rewards are accuracies. */
export const scaled = (percent: boolean) => (value: number) => (percent ? 100 * value : value);

/** The best so far in the band of its interval. */
export function bestLine(curve: ArmCurve, label: string, colour: string, percent: boolean, dash?: number[]): Line {
  const scale = scaled(percent);
  return {
    label, colour, kind: 'step', end: curve.end,
    x: curve.best.map((one) => one.x),
    y: curve.best.map((one) => scale(one.reward)),
    low: curve.best.map((one) => scale(one.interval[0])),
    high: curve.best.map((one) => scale(one.interval[1])),
    ...(dash ? { dash } : {}),
  };
}

/** Each trial, or a bucket of them. */
export function dotLine(curve: ArmCurve, label: string, colour: string, percent: boolean, shape: 'circle' | 'triangle'): Line {
  const scale = scaled(percent);
  return { label, colour, kind: 'dots', shape, x: curve.rewards.map((r) => r[0]), y: curve.rewards.map((r) => scale(r[3])) };
}

/** The mean of the latest trials with its 95 % interval. */
export function meanLine(curve: ArmCurve, label: string, colour: string, percent: boolean, dash?: number[]): Line {
  const scale = scaled(percent);
  return {
    label, colour, kind: 'line',
    x: curve.moving.map((m) => m[0]),
    y: curve.moving.map((m) => scale(m[1])),
    low: curve.moving.map((m) => scale(m[1] - 1.96 * m[2])),
    high: curve.moving.map((m) => scale(m[1] + 1.96 * m[2])),
    ...(dash ? { dash } : {}),
  };
}

/** A share of the latest trials, in per cent: 3 repeats, 4 failed. */
export function shareLine(curve: ArmCurve, column: 3 | 4, label: string, colour: string, dash?: number[]): Line {
  return {
    label, colour, kind: 'line',
    x: curve.moving.map((m) => m[0]),
    y: curve.moving.map((m) => 100 * m[column]),
    ...(dash ? { dash } : {}),
  };
}

export const arms = ['search', 'baseline'] as const;
export const armColours = { search: '--search', baseline: '--random' } as const;
/** The random arm's lines are dashed: told from the search's without their colour. */
export const armDashes = { search: undefined, baseline: [7, 4] } as const;

/** The least reward to show where only those near the best are wanted: a quarter lie below it. */
export function lowerQuarter(curves: Curves[]): number {
  const all = curves
    .flatMap((one) => [one.search, one.baseline])
    .flatMap((curve) => curve?.rewards.map((r) => r[3]) ?? [])
    .sort((a, b) => a - b);
  return all[Math.floor(all.length / 4)] ?? 0;
}

/** All lines as one table. */
export function saveLines(name: string, xTitle: string, lines: Line[]) {
  const rows = [`line,${field(xTitle)},value,low,high`];
  for (const line of lines)
    line.x.forEach((x, i) => rows.push([line.label, x, line.y[i], line.low?.[i], line.high?.[i]].map(field).join(',')));
  save(`${name}.csv`, 'text/csv', rows.join('\n') + '\n');
}
