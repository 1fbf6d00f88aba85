# SPDX-License-Identifier: LGPL-2.1-only
"""Runs the planner over clusters of all sizes and writes the section
"Planning" of docs/BENCHMARKS. bench-plan.sh starts it and says what the
environment may set."""
import datetime
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time

import section

RACKHOP = 'build/rackhop'
BENCH = 'build/tests/bench_plan'
TOOLS = os.environ.get('PLANNER_TOOLS')
SIZES = [int(x) for x in os.environ.get('SIZES', '20 40 100 200 1000 10000').split()]
LIMIT = os.environ.get('OPTIMUM_S', '60')
SHAPE = {20: (200, 2, 2), 40: (400, 4, 4), 100: (1000, 10, 4),
         200: (2000, 20, 4), 1000: (10000, 20, 4), 10000: (100000, 20, 4)}
RULES = ['memory', 'cpu', 'apart', 'network', 'storage', 'vcpu']
out = []
missed = []


def say(line=''):
    print(line, flush=True)
    out.append(line)


def run(*argv, **kw):
    return subprocess.run(argv, capture_output=True, text=True, **kw)


def tool(name, *argv):
    r = run(sys.executable if name != 'optimum.py' else '/usr/bin/python3',
            os.path.join(TOOLS, name), *argv)
    return json.loads(r.stdout) if '--json' in argv and r.stdout else r


def make(d, hosts, *args, seed=7):
    vms, rack, pod = SHAPE[hosts]
    name = os.path.join(d, '%d%s.json' % (hosts, ''.join(args).replace('/', '')))
    if os.path.exists(name):
        return name
    if TOOLS:
        r = run(sys.executable, TOOLS + '/gen.py', '--seed', str(seed), '--hosts',
                str(hosts), '--vms', str(vms), '--rack', str(rack), '--pod',
                str(pod), '-o', name, *args)
    else:
        if '--tight' in args or '--infeasible' in args:
            return None
        r = run(RACKHOP, 'simulate', '--seed', str(seed), '--hosts', str(hosts),
                '--vms', str(vms), '--rack', str(rack), '--pod', str(pod),
                '-o', name, *args)
    return name if r.returncode == 0 else None


def bench(snap, *goal, limits=True):
    r = run(BENCH, *([] if limits else ['-n']), snap, *goal)
    return {k: float(v) for k, v in re.findall(r'(\w+)=(\S+)', r.stdout)}


def check(snap, plan, what=None, quiet=True):
    if not TOOLS:
        return None
    a = [snap, plan, '--json'] + (['--expect-drain', what] if what else [])
    return tool('check_plan.py', *a, *(['--quiet-gib'] if quiet else []))


def limit(text, ok):
    if not ok:
        missed.append(text)
    return ok


def drains(d):
    say('### Rack drains: cost against the optimum')
    say()
    say('Cost, bound and hops are those of plans without soft limits, which the optimum')
    say('does not know; all else is that of plans with them.')
    say()
    say('| hosts/guests | cluster | moves | cost with soft limits | cost | bound | optimum (or its bound) '
        '| over it | hops/optimum | makespan/bound | downtime/alone | plan ms '
        '(first, median) | violations |')
    say('|---|---|---|---|---|---|---|---|---|---|---|---|---|')
    for h in SIZES:
        kinds = [('70%', ('--fill', '0.70', '--quiet')),
                 ('80%', ('--fill', '0.80', '--quiet')),
                 ('88%', ('--fill', '0.88', '--quiet')),
                 ('tight', ('--tight', '--quiet'))]
        if h == 100:
            kinds.append(('80%, 2 planes', ('--fill', '0.80', '--planes', '2', '--quiet')))
        kinds.append(('70%, busy guests', ('--fill', '0.70')))
        for label, args in kinds:
            drain_row(d, h, label, args)
    say()


def drain_row(d, h, label, args):
    snap = make(d, h, *args)
    if not snap:
        return
    plan = os.path.join(d, 'plan')
    r = run(RACKHOP, 'plan', 'drain', 'rack:tor0000', '--snapshot', snap, '-o', plan)
    c = check(snap, plan, 'rack:tor0000', '--quiet' in args)
    kept = bench(snap, 'drain', 'rack:tor0000')
    b = bench(snap, 'drain', 'rack:tor0000', limits=False)
    bad = len(c['violations']) if c else '-'
    if c:
        limit('%d %s: %d violations' % (h, label, bad), not bad)
    name = '%d/%d' % (h, SHAPE[h][0])
    opt = (tool('optimum.py', snap, '--drain', 'rack:tor0000', '--limit', LIMIT,
                '--json') if TOOLS and '--quiet' in args else None) or {}
    if r.returncode == 3:
        limit('%s %s: no plan, but one exists' % (name, label), not opt.get('feasible'))
        say('| %s | %s | no plan: %s | | | | %s | | | | | %.2f, %.2f | %s |' % (
            name, label, json.load(open(plan))['infeasible']['rule'],
            'infeasible' if opt.get('feasible') is False else 'unknown',
            b['first_ms'], b['median_ms'], bad))
        return
    best = opt.get('total') if opt.get('exact') else opt.get('bound')
    over = max(0, b['total'] / best - 1) if best else None
    hb = opt.get('hops') if opt.get('exact') else opt.get('hops_bound')
    hops = b['hops'] / hb if hb else None
    mk = kept['makespan'] / kept['makespan_bound'] if kept['makespan_bound'] else 1
    down = kept['downtime'] / kept['downtime_alone'] if kept['downtime_alone'] else 1
    if over is not None and hops is not None:
        limit('%s %s: cost %.4f%% over' % (name, label, 100 * over), over <= 0.001)
        limit('%s %s: hops %.4f times' % (name, label, hops), hops <= 1.01)
    limit('%s %s: makespan %.3f times' % (name, label, mk), mk <= 1.10)
    limit('%s %s: downtime %.3f times' % (name, label, down), down <= 1.05)
    if h == 10000:
        limit('%s %s: %.1f ms' % (name, label, kept['median_ms']), kept['median_ms'] <= 10)
    say('| %s | %s | %d | %.2f | %.2f | %.2f | %s | %s | %s | %.3f | %.3f | %.2f, %.2f | %s |' % (
        name, label, kept['moves'], kept['total'], b['total'], b['bound'],
        '%.2f%s' % (best, '' if opt.get('exact') else ' (bound)') if best else '-',
        '%.3f%%' % (100 * over) if over is not None else '-',
        '%.4f' % hops if hops else '-', mk, down, kept['first_ms'], kept['median_ms'], bad))


def infeasible(d):
    if not TOOLS:
        say('The infeasible and the tight clusters need PLANNER_TOOLS: skipped.')
        return
    say('### Drains that nothing can do')
    say()
    say('| hosts/guests | made so by | said | proven | plan ms | verifier |')
    say('|---|---|---|---|---|---|')
    for h in SIZES:
        for rule in RULES if h <= 200 else RULES[:2] if h == 1000 else RULES[:1]:
            snap = make(d, h, '--infeasible', rule, '--quiet')
            if not snap:
                continue
            plan = os.path.join(d, 'plan')
            run(RACKHOP, 'plan', 'drain', 'rack:tor0000', '--snapshot', snap, '-o', plan)
            c = check(snap, plan, 'rack:tor0000')
            b = bench(snap, 'drain', 'rack:tor0000')
            i = json.load(open(plan))['infeasible'] or {}
            limit('%d %s: %d violations' % (h, rule, len(c['violations'])), c['ok'])
            limit('%d %s: not proven' % (h, rule), i.get('proven'))
            limit('%d %s: %.1f ms' % (h, rule, b['median_ms']), b['median_ms'] <= 10)
            say('| %d/%d | %s | %s, need %s, have %s | %s | %.2f | %s |' % (
                h, SHAPE[h][0], rule, i.get('rule'), i.get('need'), i.get('have'),
                'yes' if i.get('proven') else 'no', b['median_ms'],
                c['info']['infeasible'] if c['ok'] else c['violations'][:1]))
    say()


def hosts(d):
    say('### One host, and one host in each of 10 racks')
    say()
    say('| hosts/guests | drain | moves | mean hops | cost over bound | '
        'makespan/bound | downtime/alone | plan ms (first, median) | violations |')
    say('|---|---|---|---|---|---|---|---|---|')
    for h in SIZES:
        rack = SHAPE[h][1]
        waves = ['h%05d' % (r * rack) for r in range(10) if r * rack < h]
        for label, goal, args in (('1 host', ['h%05d' % (h // 2)], ('--fill', '0.70', '--quiet')),
                                  ('%d hosts' % len(waves), waves, ('--fill', '0.70', '--quiet')),
                                  ('%d hosts, busy guests' % len(waves), waves, ('--fill', '0.70'))):
            snap = make(d, h, *args)
            plan = os.path.join(d, 'plan')
            run(RACKHOP, 'plan', 'drain', *goal, '--snapshot', snap, '-o', plan)
            c = check(snap, plan, ','.join(goal), '--quiet' in args)
            b = bench(snap, 'drain', *goal)
            mk = b['makespan'] / b['makespan_bound'] if b['makespan_bound'] else 1
            down = b['downtime'] / b['downtime_alone'] if b['downtime_alone'] else 1
            name = '%d/%d %s' % (h, SHAPE[h][0], label)
            if len(goal) > 1:
                limit('%s: makespan %.3f times' % (name, mk), mk <= 1.05)
            limit('%s: downtime %.3f times' % (name, down), down <= 1.05)
            if label == '1 host' and h == 1000:
                limit('%s: %.2f ms' % (name, b['median_ms']), b['median_ms'] <= 1)
            bad = len(c['violations']) if c else '-'
            if c:
                limit('%s: %s violations' % (name, bad), not bad)
            say('| %d/%d | %s | %d | %.2f | %.3f%% | %.3f | %.3f | %.3f, %.3f | %s |' % (
                h, SHAPE[h][0], label, b['moves'],
                b['hops'] / b['moves'] if b['moves'] else 0,
                100 * (b['total'] / b['bound'] - 1) if b['bound'] > 0 else 0, mk, down,
                b['first_ms'], b['median_ms'], bad))
    say()


def hbal(d, h):
    """moves and final balance of Ganeti's hbal on the same cluster"""
    vms, rack, pod = SHAPE[h]
    g = os.path.join(d, 'g%d' % h)
    run(sys.executable, TOOLS + '/gen.py', '--seed', '7', '--hosts', str(h), '--vms',
        str(vms), '--rack', str(rack), '--pod', str(pod), '--fill', '0.70', '--quiet',
        '--no-tags', '-o', g + '.json', '--ganeti', g + '.data')
    t = time.time()
    try:
        run('hbal', '-t', g + '.data', '-U', g + '.data.util', '-S', g + '.final',
            timeout=float(os.environ.get('HBAL_S', '180')))
    except (subprocess.TimeoutExpired, FileNotFoundError) as e:
        return 'not done in %.0f s' % (time.time() - t) if not isinstance(e, FileNotFoundError) else 'no hbal here'
    sys.path.insert(0, TOOLS)
    import check_plan
    snap = check_plan.Snap(g + '.json')
    name = {v['name']: u for u, v in snap.dom.items()}
    at = {u: v['host'] for u, v in snap.dom.items()}
    moved = 0
    for line in open(g + '.final.balanced'):
        f = line.rstrip('\n').split('|')
        if len(f) > 8 and f[0] in name:
            moved += at[name[f[0]]] != f[6]
            at[name[f[0]]] = f[6]
    return '%d moves, %.4f, %.0f s' % (moved, check_plan.score(snap, at)[2], time.time() - t)


def rebalances(d):
    say('### Rebalance')
    say()
    say('| hosts/guests | moves | GiB | imbalance before, after | cost over bound | '
        'plan ms (first, median) | violations | hbal |')
    say('|---|---|---|---|---|---|---|---|')
    most = {40: 2, 200: 50, 10000: 1000}
    for h in SIZES:
        snap = make(d, h, '--fill', '0.70', '--quiet')
        plan = os.path.join(d, 'plan')
        run(RACKHOP, 'plan', 'rebalance', '--snapshot', snap, '-o', plan)
        c = check(snap, plan)
        b = bench(snap, 'rebalance')
        if h in most:
            limit('rebalance %d: %.1f ms' % (h, b['median_ms']), b['median_ms'] <= most[h])
        if c:
            limit('rebalance %d: violations' % h, c['ok'])
        g = hbal(d, h) if TOOLS and os.environ.get('HBAL') and h <= 40 else '-'
        say('| %d/%d | %d | %.0f | %.4f, %.4f | %.1f%% | %.2f, %.2f | %s | %s |' % (
            h, SHAPE[h][0], b['moves'], b['total'] - b['hops'], b['score_before'],
            b['score_after'], 100 * (b['total'] / b['bound'] - 1) if b['bound'] > 0 else 0,
            b['first_ms'], b['median_ms'], len(c['violations']) if c else '-', g))
    say()


def loads(d):
    h = SIZES[-1]
    b = bench(make(d, h, '--fill', '0.70', '--quiet'), 'rebalance')
    say('Loading a snapshot of %d guests takes %.2f s; the process has %d MiB at '
        'most, a rebalance included.' % (SHAPE[h][0], b['load_ms'] / 1000, b['rss_mib']))
    if h == 10000:
        limit('load %.2f s' % (b['load_ms'] / 1000), b['load_ms'] <= 1000)
        limit('memory %d MiB' % b['rss_mib'], b['rss_mib'] <= 1024)
    say()


def cpu():
    for line in open('/proc/cpuinfo'):
        if line.startswith('model name'):
            return line.split(':')[1].strip()
    return platform.machine()


def main():
    say('## Planning')
    say()
    say('%s, `make bench-plan` on %d cores of %s, load average %.1f at the start. '
        'Times are processor time of the planner, which is one thread and waits '
        'for nothing, with the snapshot in memory: the first plan of a process, and '
        'the median of up to 15.' % (
            datetime.date.today().isoformat(), os.cpu_count(), cpu(), os.getloadavg()[0]))
    say()
    with tempfile.TemporaryDirectory() as d:
        drains(d)
        infeasible(d)
        hosts(d)
        rebalances(d)
        loads(d)
    say('Not reached: ' + ('; '.join(missed) if missed else 'nothing') + '.')
    section.write('bench-plan', '\n'.join(out))
    return 0


if __name__ == '__main__':
    sys.exit(main())
