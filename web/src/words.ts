// Numbers as people read them.

import type { Interval, Overview } from './api';

/** What tells a study's state. */
export type Condition = Pick<Overview, 'problem' | 'silent' | 'state'>;

export function reward(value: number | null | undefined, percent: boolean): string {
  if (value === null || value === undefined) return '–';
  return percent ? (100 * value).toFixed(2) + ' %' : Number(value.toPrecision(6)).toString();
}

export function range(interval: Interval | undefined, percent: boolean): string {
  if (!interval) return '';
  const [low, high] = interval;
  return percent
    ? `${(100 * low).toFixed(2)} to ${(100 * high).toFixed(2)} %`
    : `${reward(low, false)} to ${reward(high, false)}`;
}

export function count(value: number): string {
  return value.toLocaleString('en');
}

export function duration(seconds: number): string {
  if (seconds < 60) return seconds.toFixed(seconds < 10 ? 1 : 0) + ' s';
  if (seconds < 3600) return (seconds / 60).toFixed(1) + ' min';
  if (seconds < 48 * 3600) return (seconds / 3600).toFixed(2) + ' h';
  return (seconds / 86400).toFixed(1) + ' days';
}

export function bytes(value: number): string {
  if (value < 1e6) return (value / 1e3).toFixed(0) + ' kB';
  if (value < 1e9) return (value / 1e6).toFixed(0) + ' MB';
  return (value / 1e9).toFixed(2) + ' GB';
}

/** The state of a study in a word or three. */
export function state(study: Condition): string {
  if (study.problem) return 'cannot be read';
  if (study.silent) return 'its driver is silent';
  if (study.state === 'spent') return 'budget spent';
  return study.state ?? '';
}

export const armNames: Record<string, string> = {
  search: 'search',
  baseline: 'random',
  retrain: 'trained again',
  sample: 'sample',
};

/** The arm for people: the strategy's name, "random". */
export function armName(arm: string, strategy: string | undefined): string {
  return arm === 'search' ? (strategy ?? 'search') : (armNames[arm] ?? arm);
}

/** "core_seconds" as people write it. */
export function columnName(name: string): string {
  const known: Record<string, string> = {
    number: 'trial', core_seconds: 'core-seconds', gpu_seconds: 'GPU-seconds', peak_bytes: 'peak memory',
  };
  return known[name] ?? name.replaceAll('_', ' ');
}

/** A value of a column. */
export function columnValue(
  column: { name: string; choices?: string[] }, value: number | null | undefined, percent: boolean,
): string {
  if (value === null || value === undefined) return '–';
  if (column.choices) return column.choices[value] ?? String(value);
  if (column.name === 'reward') return reward(value, percent);
  if (column.name === 'peak_bytes') return bytes(value);
  if (column.name === 'finished') return new Date(1000 * value).toLocaleString();
  if (column.name.endsWith('seconds')) return duration(value);
  return measurement(column.name, value);
}

/** A measurement's value; shares of images in per cent. */
export function measurement(name: string, value: number): string {
  if (name.includes('accuracy') && value >= 0 && value <= 1) return (100 * value).toFixed(2) + ' %';
  if (Number.isInteger(value)) return count(value);
  return Number(value.toPrecision(6)).toString();
}
