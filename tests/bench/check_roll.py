# SPDX-License-Identifier: LGPL-2.1-only
"""Holds a rackhop-roll/1 against the snapshot that it was made of, by rules of its
own: it shares no code with the planner. check(snapshot, plan) returns the first
thing that is wrong, or None.

Each wave is replayed by the law alone: a move begins as soon as all in its `after`
have ended, takes its room at the target host at once, and gives back that of its
source host when it ends, which it does as late as can be."""
import collections
import heapq

OVERCOMMIT = 4


class Wrong(Exception):
    """What is wrong."""


def words(text):
    return [int(w, 16) for w in text.split(',')] if text else []


def within(policy, most):
    most = most + [0] * (len(policy) - len(most))
    return all(p & ~m == 0 for p, m in zip(policy, most))


class Cluster:
    def __init__(self, snapshot):
        self.host = {h['name']: h for h in snapshot['hosts']}
        self.guest = {v['uuid']: v for v in snapshot['domains']}
        self.at = {u: v['host'] for u, v in self.guest.items()}
        self.rack = {n['name']: n.get('rack') for n in snapshot['topology']['nodes']
                     if n['kind'] == 'host'}
        self.free = {h: x['memory_mib'] - x['reserved_mib'] for h, x in self.host.items()}
        self.vfree = {h: OVERCOMMIT * x['cpus'] for h, x in self.host.items()}
        self.apart = collections.Counter() # (group, host): guests, or their copies
        self.masks = {}
        for u, h in self.at.items():
            self.take(u, h)

    def take(self, u, host, sign=1):
        v = self.guest[u]
        self.free[host] -= sign * v['memory_mib']
        self.vfree[host] -= sign * v['vcpus']
        for g in v.get('apart', []):
            self.apart[g, host] += sign

    def mask(self, host, kind):
        if (host, kind) not in self.masks:
            self.masks[host, kind] = words(self.host[host].get('cpu_max', {}).get(kind))
        return self.masks[host, kind]

    def fits(self, u, host):
        v, h = self.guest[u], self.host[host]
        if self.free[host] < 0:
            return 'memory'
        if self.vfree[host] < 0:
            return 'vcpu'
        if any(self.apart[g, host] > 1 for g in v.get('apart', [])):
            return 'apart'
        for what in 'networks', 'storage':
            if not set(v.get(what, [])) <= set(h.get(what, [])):
                return what
        kind = 'pv' if v['type'] == 'pv' else 'hvm'
        if v.get('cpu_policy') and not within(words(v['cpu_policy']), self.mask(host, kind)):
            return 'cpu'
        return None


def replay(c, moves, down, home):
    waits = {m['id']: len(m['after']) for m in moves}
    users = collections.defaultdict(list)
    for m in moves:
        for a in m['after']:
            users[a].append(m)
    runs = []

    def begin(m):
        u = m['domain']
        if c.at[u] != m['from']:
            raise Wrong('%s is on %s, not %s' % (m['name'], c.at[u], m['from']))
        if not home and m['to'] in down:
            raise Wrong('%s goes to %s, which is down' % (m['name'], m['to']))
        c.take(u, m['to'])
        broken = c.fits(u, m['to'])
        if broken:
            raise Wrong('%s at %s: %s' % (m['name'], m['to'], broken))
        heapq.heappush(runs, (m['start_s'] + m['seconds'], m['id'], m))

    for m in moves:
        if not waits[m['id']]:
            begin(m)
    ended = 0
    while runs:
        m = heapq.heappop(runs)[2]
        ended += 1
        c.take(m['domain'], m['from'], -1)
        c.at[m['domain']] = m['to']
        for next_ in users[m['id']]:
            waits[next_['id']] -= 1
            if not waits[next_['id']]:
                begin(next_)
    if ended != len(moves):
        raise Wrong('%d moves never begin' % (len(moves) - ended))


def check_domains(c, down):
    racks = [c.rack[h] for h in down if c.rack[h]]
    if len(racks) != len(set(racks)):
        raise Wrong('two hosts of a rack are down at once')
    left = collections.Counter()
    for u, v in c.guest.items():
        for g in v.get('apart', []):
            left[g] += c.at[u] not in down
    members = collections.defaultdict(set)
    for u, v in c.guest.items():
        for g in v.get('apart', []):
            members[g].add(c.at[u])
    for g, hosts in members.items():
        if not left[g] and len(hosts) > 1:
            raise Wrong('no guest of %s is left' % g)


def check_wave(c, wave, options, homes):
    down = set(wave['hosts'])
    if not options['same_domain']:
        check_domains(c, down)
    if options['parallel'] and len(down) > options['parallel']:
        raise Wrong('%d hosts at once' % len(down))
    replay(c, wave['away'], down, False)
    full = [u for u, h in c.at.items() if h in down]
    if full:
        raise Wrong('%s is on %s when that is down' % (full[0], c.at[full[0]]))
    replay(c, wave['home'], down, True)
    if options['home'] and c.at != homes:
        raise Wrong('not all are home')


def check(snapshot, plan):
    c = Cluster(snapshot)
    homes = dict(c.at)
    seen = collections.Counter(h for w in plan['waves'] for h in w['hosts'])
    seen.update(x['host'] for x in plan['left'])
    try:
        if set(seen) != set(c.host) or set(seen.values()) != {1}:
            raise Wrong('not each host once')
        for wave in plan['waves']:
            try:
                check_wave(c, wave, plan['options'], homes)
            except Wrong as e:
                raise Wrong('wave %d: %s' % (wave['wave'], e)) from None
        moves = sum(len(w['away']) + len(w['home']) for w in plan['waves'])
        if moves != plan['cost']['moves'] or len(plan['waves']) != plan['cost']['waves']:
            raise Wrong('the sums are others')
        if len(plan['waves']) < plan['bound']['waves']:
            raise Wrong('there are fewer waves than there can be')
    except Wrong as e:
        return str(e)
    return None
