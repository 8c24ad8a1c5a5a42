import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import './style.css';
import { useApi, useConnected, type Detail } from './api';
import { Cells } from './cells';
import { Choices } from './choices';
import { Compare } from './compare';
import { StateMark, Waiting } from './parts';
import { Policy } from './policy';
import { followLinks, usePlace } from './route';
import { ScatterPage } from './scatter_page';
import { Studies } from './studies';
import { Study } from './study';
import { Trial, Trials } from './trials';

const tabs: [string, string][] = [['', 'Overview'], ['cells', 'Cells'], ['choices', 'Choices'], ['policy', 'Policy'], ['scatter', 'Scatter'], ['trials', 'Trials']];

function StudyPages({ id, path }: { id: string; path: string[] }) {
  const answer = useApi<Detail>('/api/v1/studies/' + encodeURIComponent(id));
  const study = answer.data;
  const tab = path[0] === 'trial' ? 'trials' : (path[0] ?? '');
  useEffect(() => {
    document.title = study ? `${study.name} – nasnet` : 'nasnet';
  }, [study?.name]);
  useEffect(() => {
    // On a phone not all tabs are seen at once.
    const strip = document.querySelector<HTMLElement>('.tabs');
    const now = strip?.querySelector<HTMLElement>('[aria-current]');
    if (strip && now) strip.scrollLeft = now.offsetLeft - strip.offsetLeft - 40;
  }, [tab]);
  return (
    <>
      <div class="title">
        <h1>{study?.name ?? id}</h1>
        {study && <StateMark study={study} />}
      </div>
      <nav class="tabs" aria-label="views of the study">
        {tabs.map(([name, title]) => (
          <a href={`/study/${id}${name && '/' + name}`} key={name}
            aria-current={tab === name ? 'page' : undefined}>{title}</a>
        ))}
      </nav>
      <Waiting answer={answer} />
      {!study?.arms ? (
        study?.problem && <p class="problem" role="alert">{study.problem}</p>
      ) : path.length === 0 ? (
        <Study study={study} />
      ) : path[0] === 'cells' ? (
        <Cells study={study} />
      ) : path[0] === 'choices' ? (
        <Choices study={study} />
      ) : path[0] === 'policy' ? (
        <Policy study={study} />
      ) : path[0] === 'scatter' ? (
        <ScatterPage study={study} />
      ) : path[0] === 'trials' ? (
        <Trials study={study} />
      ) : path[0] === 'trial' && path.length === 3 ? (
        <Trial study={study} arm={path[1]!} number={path[2]!} />
      ) : (
        <p class="problem">There is no such page.</p>
      )}
    </>
  );
}

function App() {
  const place = usePlace();
  const connected = useConnected();
  const [first, id, ...rest] = place.path;
  useEffect(() => {
    if (!first) document.title = 'Studies – nasnet';
    else if (first === 'compare') document.title = 'Compare – nasnet';
  }, [first]);
  return (
    <>
      <a class="skip" href="#main">Skip to content</a>
      <header class="top">
        <nav class="ways" aria-label="all studies">
          <a class="brand" href="/">nasnet</a>
          <a href="/">Studies</a>
          <a href="/compare">Compare</a>
        </nav>
        <span class={connected ? 'live' : 'live lost'} role="status">
          {connected ? 'live' : 'connection lost'}
        </span>
      </header>
      <main id="main" tabIndex={-1}>
        {first === undefined ? (
          <Studies />
        ) : first === 'compare' && !id ? (
          <Compare />
        ) : first === 'study' && id ? (
          <StudyPages id={id} path={rest} key={id} />
        ) : (
          <p class="problem">There is no such page. <a href="/">All studies</a></p>
        )}
      </main>
    </>
  );
}

followLinks();
render(<App />, document.getElementById('app')!);
