// The server's API (openapi.json), and news of it.

import { useEffect, useState } from 'preact/hooks';

export type Interval = [number, number];

export interface Best {
  number: number;
  reward: number;
  interval: Interval;
}

export interface ArmLine {
  arm: string;
  asked: number;
  finished: number;
  failed: number;
  best: Best | null;
}

export interface Overview {
  id: string;
  name: string;
  problem: string | null;
  revision: number;
  state?: string;
  silent?: boolean;
  strategy?: string;
  space?: string;
  objective?: string;
  is_accuracy?: boolean;
  arms?: ArmLine[];
  seconds?: number;
  core_seconds?: number;
  gpu_seconds?: number;
  joules?: number;
  trials_per_hour?: number | null;
  seconds_to_go?: number | null;
}

export interface StudyList {
  revision: number;
  problem: string | null;
  studies: Overview[];
}

export interface Trial {
  number: number;
  state: string;
  reward: number | null;
  genotype: unknown;
  interval?: Interval;
  measurements?: Record<string, number>;
  within_limits?: boolean;
  repeats?: number;
  rungs?: number[];
  cause?: string;
  message?: string;
  failures?: Record<string, number>;
  core_seconds: number;
  peak_bytes?: number;
}

export interface TrialPage extends Trial {
  arm: string;
  line: string;
  gpu_seconds: number;
  joules: number;
  finished: number | null;
  curve: { epoch: number; loss: number; accuracy: number }[];
  log: string;
}

export interface Arm {
  arm: string;
  asked: number;
  finished: number;
  failed: number;
  states: Record<string, number>;
  repeats: number;
  mean: { value: number; standard_error: number; trials: number };
  best: Trial | null;
  failed_by_cause: Record<string, number>;
}

export interface Estimate {
  value: number;
  interval: Interval;
}

export interface Goal {
  measurement: string;
  maximize: boolean;
  reference: number;
}

export interface ArmFront {
  hypervolume: number;
  /** The best by the first goal first. */
  members: { number: number; values: number[] }[];
  /** Trials, and the hypervolume from there on. */
  history: [number, number][];
  end: number;
}

export interface Front {
  revision: number;
  goals: Goal[];
  search: ArmFront;
  baseline?: ArmFront;
}

export interface Detail extends Omit<Overview, 'arms'> {
  arms: Arm[];
  /** None of a study with one number. */
  goals: Goal[];
  has_cells: boolean;
  findings: Record<string, Estimate>;
  alarms: { name: string; text: string }[];
  comparison: string | null;
  workers: { owner: string; trials: number; trials_per_hour: number | null; cores_busy: number | null }[];
  driver: string;
  ledger: {
    arms: { arm: string; trials: number; core_seconds: number; gpu_seconds: number; joules: number }[];
    budget: Record<'seconds' | 'core_seconds' | 'gpu_seconds' | 'joules', number | null>;
  };
  seed: number;
  settings: Record<string, unknown>;
  command: string;
}

export interface ArmCurve {
  end: number;
  best: { x: number; trial: number; reward: number; interval: Interval }[];
  /** x, least, greatest, mean, trials, best trial */
  rewards: [number, number, number, number, number, number][];
  /** trials in each of the next */
  window: number;
  /** x, mean, standard error, share of repeats, share that failed */
  moving: [number, number, number, number, number][];
}

export interface Curves {
  revision: number;
  along: string;
  search: ArmCurve;
  baseline?: ArmCurve;
}

export interface TrialList {
  revision: number;
  arm: string;
  first: number;
  size: number;
  trials: Trial[];
}

export interface PointColumn {
  name: string;
  kind: 'trial' | 'cost' | 'measurement' | 'decision';
  direction: 'maximize' | 'minimize' | null;
  choices?: string[];
}

export interface ArmPoints {
  trials: number;
  matching: number;
  numbers: number[];
  matches: number[];
  /** a list a column */
  values: (number | null)[][];
  front: number[];
  best: { numbers: number[]; values: (number | null)[][]; rewards?: number[] };
}

export interface Points {
  revision: number;
  available: { name: string; kind: PointColumn['kind'] }[];
  columns: PointColumn[];
  /** The columns in which no trial of a front is beaten. */
  front_of: string[];
  arms: Record<string, ArmPoints>;
}

export interface Shares {
  groups: { cell: string; about: string; choices: string[]; decisions: number }[];
  /** shares by group and choice */
  arms: Record<string, { first: number; end: number; shares: number[][] }[]>;
}

export interface Effects {
  arm: string;
  by: string;
  caution: string;
  effects: { about: string; choice: string; with: number; without: number; effect: Estimate | null }[];
}

export interface Policy {
  revision: number;
  /** That were proposed before it; null where no policy is kept. */
  trials: number | null;
  decisions: { name: string; choices: string[] }[];
  probabilities: number[][];
  generations: { trials: number; entropy: number }[];
}

export interface Comparison {
  along: string;
  studies: (Overview & { curve: Curves })[];
  sentences: string[];
}

// One stream of news for all views. Where it ends the browser connects again by itself.
const listeners = new Set<() => void>();
let connected = true;
let stream: EventSource | null = null;

function tell() {
  for (const listener of listeners) listener();
}

function listen() {
  if (stream) return;
  stream = new EventSource('/api/v1/events');
  stream.addEventListener('news', () => {
    connected = true;
    tell();
  });
  stream.addEventListener('error', () => {
    connected = false;
    tell();
    if (stream?.readyState === EventSource.CLOSED) {
      stream = null;
      setTimeout(listen, 5000);
    }
  });
}

/** True while the server can be heard. */
export function useConnected(): boolean {
  const [value, set] = useState(connected);
  useEffect(() => {
    listen();
    const listener = () => set(connected);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return value;
}

export interface Answer<T> {
  data: T | null;
  error: string | null;
}

/**
 * The object at an address, asked for again with every news, at most once a second. The last one
 * stays while a new one is on its way, or cannot be had; that of another address with `keep` only.
 */
export function useApi<T>(address: string | null, keep = false): Answer<T> {
  const [answer, set] = useState<Answer<T> & { of: string | null }>({
    data: null,
    error: null,
    of: null,
  });
  useEffect(() => {
    if (address === null) return;
    let gone = false;
    let asking = false;
    let again = false;
    let timer: number | undefined;
    const ask = async () => {
      if (asking) {
        again = true;
        return;
      }
      asking = true;
      again = false;
      let data: T | null = null;
      let error: string | null = null;
      try {
        const response = await fetch(address);
        const object = await response.json();
        if (response.ok) data = object;
        else error = object.error ?? `the server answers ${response.status}`;
      } catch {
        error = 'the dashboard answers no more; is nasnet dashboard still running?';
      }
      if (gone) return;
      set((before) => ({
        data: data ?? (keep || before.of === address ? before.data : null),
        error,
        of: address,
      }));
      timer = window.setTimeout(() => {
        asking = false;
        if (again) void ask();
      }, 1000);
    };
    void ask();
    const listener = () => void ask();
    listeners.add(listener);
    listen();
    return () => {
      gone = true;
      window.clearTimeout(timer);
      listeners.delete(listener);
    };
  }, [address]);
  return keep || answer.of === address ? answer : { data: null, error: null };
}
