"""The paper's CIFAR recipe, cut down, by nasnet and by PyTorch: accuracy and processor time.

  run.py SET [--python PYTHON] [--seeds 3] [--images 1000] [--cells 2] [--filters 16] [--epochs 20]

SET is CIFAR-10 as JPEG files, train/CLASS and test/CLASS. PYTHON has PyTorch, Pillow and
safetensors. Of each class the first --images training pictures are taken, and all test pictures.
Both sides of a seed run side by side, on one thread each. What is finished stands in
build/cifar_recipe; the same command goes on from there.
"""

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PROGRAM = os.path.join(ROOT, 'build', 'release', 'nasnet')
# Student's t, two-sided 95 %, by degrees of freedom.
QUANTILE = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306,
            9: 2.262}


def make_subset(source, folder, images):
    """Links, so that both sides read the same files."""
    if os.path.isdir(folder):
        return
    part = folder + '.part'
    shutil.rmtree(part, ignore_errors=True)
    for split in ('train', 'test'):
        for name in sorted(os.listdir(os.path.join(source, split))):
            files = sorted(os.listdir(os.path.join(source, split, name)))
            os.makedirs(os.path.join(part, split, name))
            for file in files[:images] if split == 'train' else files:
                os.symlink(os.path.abspath(os.path.join(source, split, name, file)),
                           os.path.join(part, split, name, file))
    os.rename(part, folder)


def start(command, log):
    environment = dict(os.environ, OMP_NUM_THREADS='1')
    with open(log, 'w') as output:
        return subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)


def finish(process, log):
    """Processor seconds of the process and of those it has started."""
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f'run.py: failed; the log is {log}')
    return used.ru_utime + used.ru_stime


def newest_weights(model):
    files = [f for f in os.listdir(model) if f.endswith('.safetensors') and 'weights' in f]
    return os.path.join(model, max(files, key=lambda f: os.path.getmtime(os.path.join(model, f))))


def evaluate(model, subset):
    command = [PROGRAM, 'evaluate', model, '--data', subset, '--json', '--threads', '1']
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def cross_check(args, model, subset):
    """The same weights in the other network: are both the same function of a picture?"""
    with open(os.path.join(model, 'manifest.json')) as file:
        normalization = json.load(file)['normalization']
    command = [args.python, os.path.join(HERE, 'pytorch.py'), subset,
               '--weights', newest_weights(model), '--cells', str(args.cells),
               '--filters', str(args.filters)]
    for name in ('mean', 'deviation'):
        command += ['--' + name, ','.join(str(v) for v in normalization[name])]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def commands(args, seed, subset, folder):
    shared = ['--cells', str(args.cells), '--filters', str(args.filters),
              '--epochs', str(args.epochs), '--seed', str(seed), '--threads', '1',
              '--cutout', '16']
    yield 'nasnet', [PROGRAM, 'train', 'nasnet-a', '--data', subset, '--recipe', 'cifar',
                     '--out', os.path.join(folder, f'nasnet-{seed}'), *shared]
    yield 'pytorch', [args.python, os.path.join(HERE, 'pytorch.py'), subset,
                      '--out', os.path.join(folder, f'pytorch-{seed}.json'), *shared]


def run_seed(args, seed, subset, folder):
    """Both sides, side by side; their results."""
    running = []
    shutil.rmtree(os.path.join(folder, f'nasnet-{seed}'), ignore_errors=True)
    for side, command in commands(args, seed, subset, folder):
        log = os.path.join(folder, f'{side}-{seed}.log')
        running.append((side, start(command, log), log, time.monotonic()))
    results = {}
    for side, process, log, begin in running:
        used = finish(process, log)
        results[side] = {'processor_seconds': used, 'seconds': time.monotonic() - begin}
    model = os.path.join(folder, f'nasnet-{seed}')
    results['nasnet']['test_accuracy'] = evaluate(model, subset)['accuracy']
    results['nasnet']['same_weights_in_pytorch'] = \
        cross_check(args, model, subset)['test_accuracy']
    with open(os.path.join(folder, f'pytorch-{seed}.json')) as file:
        found = json.load(file)
    for name in ('test_accuracy', 'parameters', 'pytorch'):
        results['pytorch'][name] = found[name]
    return results


def interval(values):
    mean = statistics.mean(values)
    if len(values) < 2:
        return f'{mean:.2f}'
    half = QUANTILE[len(values) - 1] * statistics.stdev(values) / math.sqrt(len(values))
    return f'{mean:.2f} ({mean - half:.2f} to {mean + half:.2f})'


def print_table(args, results):
    print(f'NASNet-A, N={args.cells} F={args.filters}, {args.images} images a class, '
          f'{args.epochs} epochs, {len(results)} seeds; 95 % intervals')
    print('| | test accuracy, % | processor seconds | by seed, % |')
    print('| --- | --- | --- | --- |')
    for side in ('nasnet', 'pytorch'):
        accuracies = [100 * r[side]['test_accuracy'] for r in results]
        print(f'| {side} | {interval(accuracies)} | '
              f'{interval([r[side]["processor_seconds"] for r in results])} | '
              f'{", ".join(f"{a:.2f}" for a in accuracies)} |')
    for result in results:
        ours = result['nasnet']
        print(f"the same weights: {100 * ours['test_accuracy']:.2f} % by nasnet, "
              f"{100 * ours['same_weights_in_pytorch']:.2f} % in PyTorch")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('set')
    parser.add_argument('--python', default=sys.executable)
    for name, otherwise in (('seeds', 3), ('images', 1000), ('cells', 2), ('filters', 16),
                            ('epochs', 20)):
        parser.add_argument('--' + name, type=int, default=otherwise)
    args = parser.parse_args()
    form = f'{args.images}-{args.cells}-{args.filters}-{args.epochs}'
    folder = os.path.join(ROOT, 'build', 'cifar_recipe', form)
    os.makedirs(folder, exist_ok=True)
    subset = os.path.join(folder, 'set')
    make_subset(args.set, subset, args.images)
    results = []
    for seed in range(1, args.seeds + 1):
        kept = os.path.join(folder, f'result-{seed}.json')
        if not os.path.exists(kept):
            print(f'seed {seed} ...', flush=True)
            found = run_seed(args, seed, subset, folder)
            with open(kept + '.part', 'w') as file:
                json.dump(found, file, indent=1)
            os.rename(kept + '.part', kept)
        with open(kept) as file:
            results.append(json.load(file))
    print_table(args, results)


if __name__ == '__main__':
    main()
