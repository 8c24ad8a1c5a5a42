// Small parts that several views have.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Answer } from './api';
import { save, savePng, standAlone } from './files';
import { state, type Condition } from './words';

/** What an answer has to say while it is not there, or where it is old. */
export function Waiting({ answer }: { answer: Answer<unknown> }) {
  if (answer.error) return <p class="problem" role="alert">{answer.error}</p>;
  return answer.data ? null : <p class="quiet" role="status">Loading …</p>;
}

export function StateMark({ study }: { study: Condition }) {
  const kind = study.problem || study.silent ? 'bad' : (study.state ?? 'new');
  return <span class={'state ' + kind}>{state(study)}</span>;
}

export function Progress({ done, all, label }: { done: number; all: number; label: string }) {
  return <progress value={done} max={Math.max(all, 1)} aria-label={label} />;
}

export function Panel(props: { title: string; aside?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class="panel">
      <header>
        <h2>{props.title}</h2>
        <div class="aside">{props.aside}</div>
      </header>
      {props.children}
    </section>
  );
}

export function Copy({ text }: { text: string }) {
  const [copied, set] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      set(true);
      setTimeout(() => set(false), 1500);
    } catch {
      set(false);
    }
  };
  return (
    <div class="command">
      <code>{text}</code>
      <button type="button" onClick={copy}>{copied ? 'Copied' : 'Copy'}</button>
    </div>
  );
}

/** The files of a chart that is drawn as SVG, which `chart` selects, and of its numbers. */
export function ChartFiles(props: { name: string; chart?: string; csv?: () => void; json?: string }) {
  const draw = (use: (svg: string) => void) => () => {
    const element = document.querySelector<SVGSVGElement>('svg' + props.chart);
    if (element) use(standAlone(element));
  };
  return (
    <span class="files">
      {props.csv && <button type="button" onClick={props.csv}>CSV</button>}
      {props.chart && (
        <>
          <button type="button" onClick={draw((svg) => save(`${props.name}.svg`, 'image/svg+xml', svg))}>SVG</button>
          <button type="button" onClick={draw((svg) => savePng(`${props.name}.png`, svg))}>PNG</button>
        </>
      )}
      {props.json && <a class="button" download={`${props.name}.json`} href={props.json}>JSON</a>}
    </span>
  );
}
