import { useState } from 'preact/hooks';
import { useApi, type Detail, type TrialList } from './api';
import { Panel, Waiting } from './parts';
import { go, usePlace, withQuery } from './route';
import { armNames, range, reward } from './words';

function picture(id: string, arm: string, number: number, against?: number) {
  const query = against === undefined ? '' : `?against=${arm}/${against}`;
  return `/api/v1/studies/${id}/trials/${arm}/${number}/cells.svg${query}`;
}

export function Cells({ study }: { study: Detail }) {
  const place = usePlace();
  const arm = place.query.get('arm') === 'baseline' ? 'baseline' : 'search';
  const beside = place.query.get('beside')?.split(',').map(Number).filter(Number.isInteger) ?? [];
  const [count, more] = useState(6);
  const answer = useApi<TrialList>(`/api/v1/studies/${study.id}/best?arm=${arm}&count=${count}`);
  const percent = study.is_accuracy ?? false;
  const choose = (number: number) => {
    const chosen = beside.includes(number)
      ? beside.filter((n) => n !== number)
      : [...beside, number].slice(-2);
    go(withQuery({ beside: chosen.length ? chosen.join(',') : null }), true);
  };
  if (!study.has_cells) return <p class="quiet">Candidates of this space have no cells to draw.</p>;
  const trials = answer.data?.trials ?? [];
  return (
    <>
      {beside.length === 2 && (
        <Panel title={`Trials ${beside[0]} and ${beside[1]}`}>
          <div class="pair">
            {beside.map((number, k) => {
              const drawing = picture(study.id, arm, number, beside[1 - k]);
              return (
                <figure key={number}>
                  <img src={drawing} alt={`cells of trial ${number}; marked is what trial ${beside[1 - k]} has not`} />
                  <figcaption>
                    <a href={`/study/${study.id}/trial/${arm}/${number}`}>trial {number}</a>
                    <a download={`trial-${number}-against-${beside[1 - k]}.svg`} href={drawing}>SVG</a>
                  </figcaption>
                </figure>
              );
            })}
          </div>
          <p class="quiet">
            Thick red outlines, and dashed red arrows: operations, combinations and inputs that the other has not,
            whatever the order of the blocks.
          </p>
        </Panel>
      )}
      <Panel
        title="Best cells"
        aside={
          study.arms.length > 1 && (
            <label>
              of{' '}
              <select value={arm} onChange={(event) =>
                go(withQuery({ arm: event.currentTarget.value, beside: null }), true)}>
                {study.arms.map((one) => (
                  <option value={one.arm} key={one.arm}>
                    {one.arm === 'search' ? study.strategy : armNames[one.arm]}
                  </option>
                ))}
              </select>
            </label>
          )
        }
      >
        <Waiting answer={answer} />
        {answer.data && trials.length === 0 && <p class="quiet">No trial is finished yet.</p>}
        <div class="cells">
          {trials.map((trial, place) => (
            <figure key={trial.number}>
              <img loading="lazy" src={picture(study.id, arm, trial.number)}
                alt={`normal and reduction cell of trial ${trial.number}`} />
              <figcaption>
                <a href={`/study/${study.id}/trial/${arm}/${trial.number}`}>
                  {place + 1}. trial {trial.number}
                </a>
                <span>{reward(trial.reward, percent)}</span>
                <span class="quiet">{range(trial.interval, percent)}</span>
                <label>
                  <input type="checkbox" checked={beside.includes(trial.number)}
                    onChange={() => choose(trial.number)} /> side by side
                </label>
                <a download={`trial-${trial.number}.svg`} href={picture(study.id, arm, trial.number)}>
                  SVG
                </a>
              </figcaption>
            </figure>
          ))}
        </div>
        {trials.length === count && (
          <button type="button" onClick={() => more(count + 12)}>More</button>
        )}
      </Panel>
    </>
  );
}
