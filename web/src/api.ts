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

export interface Detail extends Omit<Overview, 'arms'> {
  arms: Arm[];
  has_cells: boolean;
  findings: Record<string, Estimate>;
  alarms: { name: string; text: string }[];
  comparison: string | null;
  workers: { owner: string; trials: number }[];
  driver: string;
  seed: number;
  settings: Record<string, unknown>;
  command: string;
}

export interface ArmCurve {
  end: number;
  best: { x: number; trial: number; reward: number; interval: Interval }[];
  /** x, least, greatest, mean, trials, best trial */
  rewards: [number, number, number, number, number, number][];
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
 * stays while a new one is on its way, or cannot be had.
 */
export function useApi<T>(address: string | null): Answer<T> {
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
        data: data ?? (before.of === address ? before.data : null),
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
  return answer.of === address ? answer : { data: null, error: null };
}
