# SPDX-License-Identifier: LGPL-2.1-only
"""Plans rolls of all hosts over clusters of all sizes and writes the section
"Rolls" of docs/BENCHMARKS. bench-roll.sh starts it and says what the
environment may set."""
import datetime
import json
import os
import re
import resource
import shutil
import subprocess
import tempfile

import check_roll
import section

RACKHOP = 'build/rackhop'
BENCH = 'build/tests/bench_roll'
SIZES = [int(x) for x in os.environ.get('SIZES', '20 40 200 1000 10000').split()]
FILLS = os.environ.get('FILLS', '0.70 0.80 0.85 0.90').split()
NAIVE = int(os.environ.get('NAIVE', '200'))
CHECK = int(os.environ.get('CHECK', '1000'))
HROLLER = int(os.environ.get('HROLLER', '1000'))
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


# --- Ganeti's hroller -------------------------------------------------------------
POLICY = ('256,1,1024,1,1,1|128,1,1024,1,1,1;4194304,64,67108864,16,8,12'
          '|drbd,plain,ext|4.0|64.0')


def ganeti(snap, path):
    """The same cluster as htools reads it: ganeti-htools' text format, a section
    each for groups, nodes, instances, tags and limits. Memory and groups that are
    kept apart are told; it knows no links, racks and CPU features."""
    with open(snap) as f:
        doc = json.load(f)
    free = {h['name']: h['memory_mib'] - h['reserved_mib'] for h in doc['hosts']}
    guests = []
    for v in doc['domains']:
        free[v['host']] -= v['memory_mib']
        guests.append('%s|%d|1024|%d|running|Y|%s||ext|%s|1|-' % (
            v['name'], v['memory_mib'], v['vcpus'], v['host'],
            ','.join('apart:' + g for g in v.get('apart', []))))
    nodes = ['%s|%d|%d|%d|9999999|9999999|%d|%s|group|1||N|0|1|1.0' % (
        h['name'], h['memory_mib'], h['reserved_mib'], free[h['name']], h['cpus'],
        'N' if i else 'M') for i, h in enumerate(doc['hosts'])]
    with open(path, 'w') as f:
        f.write('\n'.join(['all|group|preferred||', ''] + nodes + [''] + guests +
                          ['', 'htools:iextags:apart', '', '|' + POLICY,
                           'all|' + POLICY, '']))


def hroller(snap):
    """Groups, guests it would move away, its processor time in ms."""
    text = snap + '.ganeti'
    ganeti(snap, text)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    r = subprocess.run(['hroller', '-t', text, '--print-moves', '--no-headers'],
                       capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    os.unlink(text)
    if r.returncode:
        return None
    lines = r.stdout.splitlines()
    moves = sum(line.startswith('  ') for line in lines)
    return len(lines) - moves, moves, 1000 * (
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def say_hroller(rows):
    say('Ganeti\'s hroller (package ganeti-htools), the same clusters; it plans moves '
        'away alone, each guest once, and takes all of them to be back before the next '
        'group. Its time is that of the process:')
    say()
    if not shutil.which('hroller'):
        say('Not compared: hroller is not installed.')
        return
    say('| hosts/guests | fill | groups | rackhop\'s waves, racks at once | moves away | ms |')
    say('|---|---|---|---|---|---|')
    for hosts, fill, ours, theirs in rows:
        say('| %d/%d | %.0f%% | %s |' % (
            hosts, SHAPE[hosts][0], 100 * float(fill),
            '%d | %s | %d | %.0f' % (theirs[0], ours, theirs[1], theirs[2])
            if theirs else 'refused | %s | - | -' % ours))


# --- checked ----------------------------------------------------------------------
CHECKED = {'-d': '--same-domain', '-n': '--no-home'}
checked = []


def check(hosts, fill, way, options, snap):
    """Holds the plan that `rackhop roll` prints against check_roll.py."""
    r = subprocess.run([RACKHOP, 'roll', '--dry-run', '--json', '--parallel', 'max',
                        *[CHECKED[o] for o in options], '--snapshot', snap, 'all'],
                       capture_output=True, text=True)
    with open(snap) as f:
        wrong = check_roll.check(json.load(f), json.loads(r.stdout))
    checked.append(wrong)
    if wrong:
        missed.append('%d hosts at %s, %s: %s' % (hosts, fill, way, wrong))


# --- ours --------------------------------------------------------------------------
def row(hosts, fill, way, options, snap):
    b = roll(snap, options)
    if not b:
        missed.append('%d hosts at %s: no plan' % (hosts, fill))
        return None
    if hosts <= CHECK:
        check(hosts, fill, way, options, snap)
    ratio = int(b['waves']) / int(b['bound'])
    goal = 1.10 if float(fill) > 0.85 else 1.00
    ms = float(b['median_ms'])
    if ratio > goal + 1e-9:
        # as many waves as the bound leave the others so full, if hosts are alike
        full = float(fill) / (1 - 1 / int(b['bound'])) if int(b['bound']) > 1 else 1
        missed.append('%d hosts at %s, %s: %.2f waves/bound (the bound\'s waves would '
                      'fill all other hosts to %.1f %%)' % (hosts, fill, way, ratio,
                                                           100 * full))
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
    return b['waves']


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
    baseline, compared = [], []
    with tempfile.TemporaryDirectory() as d:
        for hosts in SIZES:
            for fill in FILLS:
                snap = make(d, hosts, fill)
                waves = [row(hosts, fill, way, options, snap)
                         for way, options in (WAYS if snap else [])]
                if snap and hosts <= HROLLER and shutil.which('hroller'):
                    compared.append((hosts, fill, waves[1], hroller(snap)))
                if snap and hosts <= NAIVE:
                    baseline.append((hosts, fill) + naive(snap))
                if snap:
                    os.unlink(snap)
    say()
    say('%d of these rolls, of up to %d hosts, were replayed by a checker of its own '
        '(tests/bench/check_roll.py): %d are right.' % (
            len(checked), CHECK, checked.count(None)))
    say()
    say_hroller(compared)
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
