# SPDX-License-Identifier: LGPL-2.1-only
"""Plans rolls of all hosts over clusters of all sizes and writes the section
"Rolls" of docs/BENCHMARKS. bench-roll.sh starts it and says what the
environment may set."""
import datetime
import json
import os
import re
import subprocess
import tempfile

import section

RACKHOP = 'build/rackhop'
BENCH = 'build/tests/bench_roll'
SIZES = [int(x) for x in os.environ.get('SIZES', '20 40 200 1000 10000').split()]
FILLS = os.environ.get('FILLS', '0.70 0.80 0.85 0.90').split()
NAIVE = int(os.environ.get('NAIVE', '200'))
SHAPE = {20: (200, 4, 2), 40: (400, 4, 4), 200: (2000, 20, 4),
         1000: (10000, 20, 4), 10000: (100000, 20, 4)}
WAYS = [('a host of a rack at a time', []), ('racks at once', ['-d']),
        ('not home', ['-n'])]
out = []
missed = []


def say(line=''):
    print(line, flush=True)
    out.append(line)


def make(d, hosts, fill):
    guests, rack, pod = SHAPE[hosts]
    name = os.path.join(d, '%d-%s.json' % (hosts, fill))
    r = subprocess.run([RACKHOP, 'simulate', '--hosts', str(hosts), '--vms', str(guests),
                        '--rack', str(rack), '--pod', str(pod), '--fill', fill, '--quiet',
                        '-o', name], capture_output=True, text=True)
    return name if r.returncode == 0 else None


def roll(snap, options):
    r = subprocess.run([BENCH, *options, snap], capture_output=True, text=True)
    return dict(re.findall(r'(\w+)=(\S+)', r.stdout)) if r.returncode == 0 else None


def naive(snap):
    """Moves, GiB, hosts that could not be drained, guests away in the end."""
    with open(snap) as f:
        doc = json.load(f)
    home = {v['uuid']: v['host'] for v in doc['domains']}
    moves = gib = stuck = 0
    for host in [h['name'] for h in doc['hosts']]:
        r = subprocess.run([RACKHOP, 'plan', 'drain', host, '--snapshot', '-', '--json'],
                           input=json.dumps(doc), capture_output=True, text=True)
        plan = json.loads(r.stdout)
        stuck += plan['infeasible'] is not None
        at = {m['domain']: m['to'] for m in plan['moves']}
        for v in doc['domains']:
            v['host'] = at.get(v['uuid'], v['host'])
        moves += len(plan['moves'])
        gib += plan['cost']['gib']
    away = sum(home[v['uuid']] != v['host'] for v in doc['domains'])
    return moves, gib, stuck, away


def row(hosts, fill, way, options, snap):
    b = roll(snap, options)
    if not b:
        missed.append('%d hosts at %s: no plan' % (hosts, fill))
        return
    ratio = int(b['waves']) / int(b['bound'])
    goal = 1.10 if float(fill) > 0.85 else 1.00
    ms = float(b['median_ms'])
    if ratio > goal + 1e-9:
        missed.append('%d hosts at %s, %s: %.2f waves/bound' % (hosts, fill, way, ratio))
    if int(b['left']):
        missed.append('%d hosts at %s, %s: %s left' % (hosts, fill, way, b['left']))
    if ms > {200: 10, 10000: 1000}.get(hosts, 1e9):
        missed.append('%d hosts at %s, %s: %.0f ms' % (hosts, fill, way, ms))
    say('| %d/%d | %.0f%% | %s | %s | %s (%s) | %.2f | %s | %.3f | %s | %.3f | %.3f | %s, %s |' % (
        hosts, SHAPE[hosts][0], 100 * float(fill), way, b['waves'], b['bound'], b['limit'],
        ratio, b['moves'], int(b['moves']) / int(b['moves_bound']), b['displaced'],
        float(b['gib']) / float(b['gib_bound']),
        float(b['makespan']) / max(1, float(b['makespan_bound'])), b['first_ms'],
        b['median_ms']))


def main():
    say('## Rolls')
    say()
    say('%s, `make bench-roll`: all hosts of a made-up cluster are rolled, as many at '
        'once as can be. Guests dirty nothing, so GiB are those of their memory. Times '
        'are processor time of the planner with the snapshot in memory: the first plan '
        'of a process, and the median.' % datetime.date.today().isoformat())
    say()
    say('| hosts/guests | fill | roll | waves | bound (limit) | waves/bound | moves | '
        'moves/bound | make room | GiB/bound | time/links | plan ms (first, median) |')
    say('|---|---|---|---|---|---|---|---|---|---|---|---|')
    baseline = []
    with tempfile.TemporaryDirectory() as d:
        for hosts in SIZES:
            for fill in FILLS:
                snap = make(d, hosts, fill)
                for way, options in WAYS if snap else []:
                    row(hosts, fill, way, options, snap)
                if snap and hosts <= NAIVE:
                    baseline.append((hosts, fill) + naive(snap))
                if snap:
                    os.unlink(snap)
    say()
    say('Host after host by hand, and nobody comes home:')
    say()
    say('| hosts/guests | fill | waves | moves | GiB | not drained | guests away in the end |')
    say('|---|---|---|---|---|---|---|')
    for hosts, fill, moves, gib, stuck, away in baseline:
        say('| %d/%d | %.0f%% | %d | %d | %.0f | %d | %d |' % (
            hosts, SHAPE[hosts][0], 100 * float(fill), hosts, moves, gib, stuck, away))
    say()
    say('Not reached: ' + ('; '.join(missed) if missed else 'nothing') + '.')
    section.write('bench-roll', '\n'.join(out))


if __name__ == '__main__':
    main()
