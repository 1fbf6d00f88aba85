/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Groups and the hosts that may have a guest: what a rebalance mends, what it
 * moves as one, what a soft drain breaks, which groups contradict each other,
 * and the reason that is named where no plan exists.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "scheduler/scheduler.h"
#include "topology/topology.h"

enum { HOSTS = 4, GUESTS = 6, WORDS = 3 };

/* Hosts a and b are in rack s, c and d in rack t. */
static const char *const names[HOSTS] = { "a", "b", "c", "d" };

struct guest {
    const char *name; /* NULL: the list ends */
    const char *host;
    int mib;
    const char *apart[WORDS], *racks[WORDS], *together[WORDS], *only[WORDS];
    const char *pinned;
};

struct setup {
    unsigned hosts; /* the first so many; 0: all */
    int mib[HOSTS]; /* 0: 1000 */
    enum plan_host_state state[HOSTS];
    struct guest guest[GUESTS + 1];
    struct plan_settings set; /* worth 0: the default settings */
};

static struct topo *map_of(void)
{
    struct topo *t = topo_new();
    int s, u;

    assert_non_null(t);
    for (int i = 0; i < HOSTS; i++)
        assert_int_equal(topo_add_node(t, names[i], TOPO_HOST), i);
    s = topo_add_node(t, "s", TOPO_SWITCH);
    u = topo_add_node(t, "t", TOPO_SWITCH);
    for (uint32_t i = 0; i <= HOSTS; i++) {
        struct topo_link l = { .a = i < HOSTS ? i : (uint32_t)s,
                               .b = (uint32_t)(i < 2 ? s : u),
                               .mbps = 1000 };

        assert_true(topo_add_link(t, &l) >= 0);
    }
    for (uint32_t i = 0; i < HOSTS; i++)
        assert_int_equal(topo_set_rack(t, i, i < 2 ? "s" : "t"), 0);
    return t;
}

static struct plan_words words_of(const char *const *s)
{
    struct plan_words w = { .s = s };

    while (w.n < WORDS && s[w.n])
        w.n++;
    w.known = w.n > 0;
    return w;
}

static void fail_problem(void *arg, const char *text)
{
    fail_msg("%s", text);
}

static struct plan_cluster *cluster_of(const struct topo *map,
                                       const struct setup *u)
{
    struct plan_cluster *c = plan_cluster_new(map);
    struct plan_settings set = u->set;

    assert_non_null(c);
    if (set.worth <= 0)
        plan_settings_init(&set);
    for (unsigned i = 0; i < (u->hosts ? u->hosts : HOSTS); i++) {
        struct plan_host h = { .name = names[i],
                               .state = u->state[i],
                               .memory_mib = u->mib[i] ? u->mib[i] : 1000,
                               .cpus = 8 };

        assert_int_equal(plan_add_host(c, &h), 0);
    }
    for (unsigned i = 0; u->guest[i].name; i++) {
        const struct guest *g = &u->guest[i];
        char uuid[16];
        struct plan_domain d = { .uuid = uuid,
                                 .name = g->name,
                                 .host = g->host,
                                 .type = PLAN_PVH,
                                 .memory_mib = g->mib ? g->mib : 100,
                                 .vcpus = 1,
                                 .cpu_used = -1,
                                 .dirty_mib_s = 0,
                                 .writable_mib = 0,
                                 .pinned = g->pinned,
                                 .apart = words_of(g->apart),
                                 .apart_racks = words_of(g->racks),
                                 .together = words_of(g->together),
                                 .only = words_of(g->only) };

        snprintf(uuid, sizeof uuid, "u%u", i);
        assert_int_equal(plan_add_domain(c, &d), 0);
    }
    assert_int_equal(plan_cluster_index(c, &set, fail_problem, NULL), 0);
    return c;
}

/* Where each guest is afterwards, a letter each: "abc" */
static void ends(const struct plan_cluster *c, const struct plan *p, char *at)
{
    for (uint32_t i = 0; i < plan_domains(c); i++)
        at[i] = *plan_host_name(c, plan_domain_host(c, i));
    at[plan_domains(c)] = '\0';
    for (uint32_t i = 0; i < p->move_n; i++)
        at[p->move[i].domain] = *plan_host_name(c, p->move[i].to);
}

static const char *remarks(const struct plan *p)
{
    static char text[4096];
    size_t n = 0;

    *text = '\0';
    for (uint32_t i = 0; i < p->remark_n && n < sizeof text; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s\n", p->remark[i]);
    return text;
}

static void expect_text(const char *what, const char *text, const char *want)
{
    if (want && !strstr(text, want))
        fail_msg("%s: \"%s\" is not in \"%s\"", what, want, text);
}

/* --- rebalance ----------------------------------------------------------- */

#define APART(g_)    .apart = { g_ }
#define RACKS(g_)    .racks = { g_ }
#define TOGETHER(g_) .together = { g_ }

struct level_row {
    const char *what;
    struct setup u;
    const char *ends;   /* one of the letters for each guest; '.': any */
    const char *remark; /* NULL: there is none */
    uint32_t least, most;
};

static const struct level_row level_rows[] = {
    { "an apart group is mended",
      { .guest = { { "x", "a", .mib = 300, APART("g") },
                   { "y", "a", .mib = 300, APART("g") } } },
      NULL,
      NULL,
      1,
      1 },
    { "three of a group on one host",
      { .guest = { { "x", "a", APART("g") },
                   { "y", "a", APART("g") },
                   { "z", "a", APART("g") } } },
      NULL,
      NULL,
      2,
      2 },
    { "one of them is pinned: the other goes",
      { .guest = { { "x", "a", APART("g"), .pinned = "p" },
                   { "y", "a", APART("g") } } },
      "a.",
      NULL,
      1,
      1 },
    { "both are pinned",
      { .guest = { { "x", "a", APART("g"), .pinned = "p" },
                   { "y", "a", APART("g"), .pinned = "p" } } },
      "aa",
      "the rule apart stays broken by x on a: it has y, which must not "
      "share a host with x (group g); x stays: the guest is pinned",
      0,
      0 },
    { "no other host has room",
      { .mib = { 1000, 50, 50, 50 },
        .guest = { { "x", "a", APART("g") }, { "y", "a", APART("g") } } },
      "aa",
      "x stays: no host takes it; b for one: it has 50 MiB free of 50 MiB",
      0,
      0 },
    { "another guest makes room on the only host for one of them",
      { .mib = { 1000, 400, 200, 50 },
        .guest = { { "x", "a", .mib = 300, APART("g") },
                   { "y", "a", .mib = 300, APART("g"), .pinned = "p" },
                   { "z", "b", .mib = 200 } } },
      "ba.",
      NULL,
      2,
      2 },
    { "two guests make room on the only host for it",
      { .mib = { 1000, 400, 200, 200 },
        .guest = { { "x", "a", .mib = 400, APART("g") },
                   { "y", "a", .mib = 400, APART("g"), .pinned = "p" },
                   { "z", "b", .mib = 200 },
                   { "w", "b", .mib = 200 } } },
      "ba..",
      NULL,
      3,
      3 },
    { "one makes room for the one that makes room",
      { .mib = { 1000, 400, 300, 200 },
        .guest = { { "x", "a", .mib = 400, APART("g") },
                   { "y", "a", .mib = 400, APART("g"), .pinned = "p" },
                   { "z", "b", .mib = 300 },
                   { "w", "c", .mib = 200 },
                   { "v", "a", .mib = 10 } } },
      "bacd.",
      NULL,
      3,
      3 },
    { "a pair makes room, for a pair",
      { .mib = { 1000, 400, 300, 50 },
        .guest = { { "x", "a", .mib = 200, APART("g"), TOGETHER("p") },
                   { "y", "a", .mib = 200, TOGETHER("p") },
                   { "z", "a", .mib = 200, APART("g"), .pinned = "p" },
                   { "v", "b", .mib = 150, TOGETHER("q") },
                   { "w", "b", .mib = 150, TOGETHER("q") } } },
      "bba..",
      NULL,
      4,
      4 },
    { "the guest in the way can't leave",
      { .mib = { 1000, 400, 200, 50 },
        .guest = { { "x", "a", .mib = 300, APART("g") },
                   { "y", "a", .mib = 300, APART("g"), .pinned = "p" },
                   { "z", "b", .mib = 200, .pinned = "p" } } },
      "aab",
      "x stays: no host takes it",
      0,
      0 },
    { "the others are not up",
      { .state = { PLAN_UP, PLAN_MAINTENANCE, PLAN_OFFLINE, PLAN_OFFLINE },
        .guest = { { "x", "a", APART("g") }, { "y", "a", APART("g") } } },
      "aa",
      "it is in maintenance",
      0,
      0 },
    { "a rack group is mended",
      { .guest = { { "x", "a", RACKS("g") }, { "y", "b", RACKS("g") } } },
      NULL,
      NULL,
      1,
      1 },
    { "three in two racks: one stays wrong",
      { .guest = { { "x", "a", RACKS("g") },
                   { "y", "b", RACKS("g") },
                   { "z", "c", RACKS("g") } } },
      "abc",
      "the rule apart-racks stays broken by x on a",
      0,
      0 },
    { "a guest on a host that may not have it",
      { .guest = { { "x", "a", .only = { "c", "rack:none" } } } },
      "c",
      NULL,
      1,
      1 },
    { "a guest that may be in one rack",
      { .guest = { { "x", "a", .mib = 200, .only = { "rack:s" } },
                   { "y", "a", .mib = 200, .only = { "rack:s" } },
                   { "z", "a", .mib = 200, .only = { "rack:s" } },
                   { "w", "a", .mib = 200, .only = { "rack:s" } } } },
      NULL,
      NULL,
      1,
      2 },
    { "no host may have it",
      { .guest = { { "x", "a", .only = { "nowhere" } } } },
      "a",
      "the rule only stays broken by x on a: the guest may only be on "
      "nowhere",
      0,
      0 },
    { "pairs move as one",
      { .guest = { { "x", "a", .mib = 200, TOGETHER("p") },
                   { "y", "a", .mib = 200, TOGETHER("p") },
                   { "z", "a", .mib = 200, TOGETHER("q") },
                   { "w", "a", .mib = 200, TOGETHER("q") } } },
      NULL,
      NULL,
      2,
      2 },
    { "a pair that is apart from another",
      { .guest = { { "x", "a", APART("g"), TOGETHER("p") },
                   { "y", "a", TOGETHER("p") },
                   { "z", "a", APART("g") } } },
      NULL,
      NULL,
      1,
      2 },
    { "one of a pair is pinned",
      { .guest = { { "x", "a", .mib = 200, TOGETHER("p"), .pinned = "p" },
                   { "y", "a", .mib = 200, TOGETHER("p") },
                   { "z", "a", .mib = 200 } } },
      "aa.",
      NULL,
      0,
      1 },
    { "groups that contradict hold their guests, not others",
      { .guest = { { "x", "a", APART("g"), TOGETHER("p") },
                   { "y", "a", APART("g"), TOGETHER("p") },
                   { "z", "a", .mib = 400 },
                   { "w", "a", .mib = 400 } } },
      "aa..",
      "x and y are to be apart (group g) and together (group p)",
      1,
      2 },
};

static void level_row_check(const struct level_row *row)
{
    struct topo *map = map_of();
    struct plan_cluster *c = cluster_of(map, &row->u);
    char at[GUESTS + 1];
    struct plan *p;

    assert_int_equal(plan_rebalance(c, &p), 0);
    ends(c, p, at);
    for (size_t i = 0; row->ends && row->ends[i]; i++)
        if (row->ends[i] != '.' && row->ends[i] != at[i])
            fail_msg("%s: ends %s, not %s", row->what, at, row->ends);
    if (p->move_n < row->least || p->move_n > row->most)
        fail_msg("%s: %u moves to %s", row->what, p->move_n, at);
    if (!row->remark && p->remark_n)
        fail_msg("%s: %s", row->what, remarks(p));
    expect_text(row->what, remarks(p), row->remark);
    for (unsigned i = 0; i < plan_domains(c); i++)
        for (unsigned k = 0; k < i; k++) {
            const struct guest *g = &row->u.guest[i], *h = &row->u.guest[k];

            if (!row->remark && *g->apart && *h->apart && at[i] == at[k])
                fail_msg("%s: ends %s", row->what, at);
            if (!row->remark && *g->racks && *h->racks &&
                (at[i] < 'c') == (at[k] < 'c'))
                fail_msg("%s: ends %s", row->what, at);
            if (*g->together && *h->together &&
                !strcmp(*g->together, *h->together) && at[i] != at[k])
                fail_msg("%s: ends %s", row->what, at);
        }
    plan_free(p);
    plan_cluster_free(c);
    topo_free(map);
}

static void test_level(void **state)
{
    for (size_t i = 0; i < sizeof level_rows / sizeof *level_rows; i++)
        level_row_check(&level_rows[i]);
}

/* a uses 80% of its memory; a pair that must not share a host is on d. */
static void test_limits(void **state)
{
    static const struct {
        double threshold, max_gib;
        unsigned max_moves;
        uint32_t mends, least, most; /* moves */
        const char *remark;
    } rows[] = {
        { 0, INFINITY, 0, 1, 2, 5, NULL },
        { 0.79, INFINITY, 0, 1, 2, 2, NULL },
        { 0.81, INFINITY, 0, 1, 1, 1, NULL },
        { 0, 0, 0, 0, 0, 0, "the limits of this rebalance are reached" },
        { 0, 0.1, 0, 1, 1, 1, NULL },
        { 0, INFINITY, 1, 1, 1, 1, NULL },
    };
    struct setup u = { .guest = { { "x", "a", .mib = 200 },
                                  { "y", "a", .mib = 200 },
                                  { "z", "a", .mib = 200 },
                                  { "w", "a", .mib = 200 },
                                  { "m", "d", APART("g") },
                                  { "n", "d", APART("g") } } };
    struct topo *map = map_of();

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct plan_cluster *c;
        uint32_t mends = 0;
        struct plan *p;

        plan_settings_init(&u.set);
        u.set.threshold = rows[i].threshold;
        u.set.max_gib = rows[i].max_gib;
        u.set.max_moves = rows[i].max_moves;
        c = cluster_of(map, &u);
        assert_int_equal(plan_rebalance(c, &p), 0);
        for (uint32_t k = 0; k < p->move_n; k++)
            mends += p->move[k].mends;
        if (mends != rows[i].mends || p->move_n < rows[i].least ||
            p->move_n > rows[i].most)
            fail_msg("row %zu: %u moves, %u of them mend", i, p->move_n,
                     mends);
        expect_text("limits", remarks(p), rows[i].remark);
        plan_free(p);
        plan_cluster_free(c);
    }
    topo_free(map);
}

/* --- contradictions ------------------------------------------------------ */

static void test_contradictions(void **state)
{
    static const struct {
        const char *what;
        struct setup u;
        uint32_t remarks;
        const char *remark;
        const char *stay; /* guests that a drain of a leaves behind */
    } rows[] = {
        { "two pairs of one group",
          { .guest = { { "x", "a", APART("g"), TOGETHER("p") },
                       { "y", "a", APART("g"), TOGETHER("p") },
                       { "z", "a", APART("g"), TOGETHER("q") },
                       { "w", "a", APART("g"), TOGETHER("q") },
                       { .name = "v", .host = "a" } } },
          2,
          "z and w are to be apart (group g) and together (group q)",
          "xyzw" },
        { "by racks",
          { .guest = { { "x", "a", RACKS("g"), TOGETHER("p") },
                       { "y", "a", RACKS("g"), TOGETHER("p") },
                       { .name = "v", .host = "a" } } },
          1,
          "(group g of apart_racks)",
          "xy" },
        { "over groups that overlap",
          { .guest = { { "x", "a", APART("g"), TOGETHER("p") },
                       { "y", "a", .together = { "p", "q" } },
                       { "z", "a", APART("g"), TOGETHER("q") } } },
          1,
          "x and z are to be apart (group g)",
          "xyz" },
        { "on two hosts they are told, and hold nobody",
          { .guest = { { "x", "a", APART("g"), TOGETHER("p") },
                       { "y", "b", APART("g"), TOGETHER("p") } } },
          1,
          "x and y are to be apart (group g) and together (group p)",
          "" },
        { "one of each is no contradiction",
          { .guest = { { "x", "a", APART("g"), TOGETHER("p") },
                       { "y", "a", TOGETHER("p") },
                       { "z", "b", APART("g") } } },
          0,
          NULL,
          "" },
    };
    struct topo *map = map_of();

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct setup u = rows[i].u;
        struct plan_cluster *c;
        char stay[GUESTS + 1] = "";
        uint32_t a = 0;
        struct plan *p;

        plan_settings_init(&u.set);
        u.set.best_effort = true;
        c = cluster_of(map, &u);
        assert_int_equal(plan_drain(c, &a, 1, &p), 0);
        assert_int_equal(p->remark_n, rows[i].remarks);
        expect_text(rows[i].what, remarks(p), rows[i].remark);
        for (uint32_t k = 0; k < p->stranded_n; k++) {
            stay[k] = *plan_domain_name(c, p->stranded[k].domain);
            assert_int_equal(p->stranded[k].reason[0].rule, PLAN_TOGETHER);
        }
        assert_string_equal(stay, rows[i].stay);
        plan_free(p);
        plan_cluster_free(c);
    }
    topo_free(map);
}

/* --- soft drains --------------------------------------------------------- */

static void test_soft(void **state)
{
    static const struct {
        const char *what;
        struct setup u;
        const char *ends;
        const char *remark;
        bool infeasible;
    } rows[] = {
        { "where the group can be kept, it is",
          { .guest = { { "x", "a", APART("g") }, { "y", "b", APART("g") } } },
          ".b",
          NULL,
          false },
        { "a host for each but one",
          { .hosts = 3,
            .guest = { { "x", "a", APART("g") },
                       { "y", "b", APART("g") },
                       { "z", "c", APART("g") } } },
          ".bc",
          "the rule apart is broken, because nothing else works: x "
          "goes to",
          false },
        { "only the one without a place breaks it",
          { .hosts = 3,
            .guest = { { "x", "a", .mib = 300, APART("g") },
                       { "y", "b", .mib = 300, APART("g") },
                       { "z", "a", .mib = 100, APART("h") },
                       { "w", "c", .mib = 100, APART("h") },
                       { "v", "c", .mib = 850 } } },
          "bbb.." /* c has no room for x; z is apart from w there */,
          "x goes to b",
          false },
        { "by rack",
          { .guest = { { "x", "a", RACKS("g") },
                       { "y", "b", RACKS("g") },
                       { "z", "c", RACKS("g") } } },
          "...",
          "the rule apart-racks is broken",
          false },
        { "what else forbids it still does",
          { .hosts = 2,
            .guest = { { "x", "a", APART("g"), .mib = 500 },
                       { "y", "b", APART("g"), .mib = 600 } } },
          "ab",
          NULL,
          true },
    };
    struct topo *map = map_of();

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct setup u = rows[i].u;
        struct plan_cluster *c;
        char at[GUESTS + 1];
        uint32_t a = 0;
        struct plan *p;

        plan_settings_init(&u.set);
        u.set.soft_apart = true;
        c = cluster_of(map, &u);
        assert_int_equal(plan_drain(c, &a, 1, &p), 0);
        ends(c, p, at);
        if (p->infeasible != rows[i].infeasible)
            fail_msg("%s: %s", rows[i].what, p->text ? p->text : at);
        for (size_t k = 0; rows[i].ends[k]; k++)
            if (rows[i].ends[k] != '.' && rows[i].ends[k] != at[k])
                fail_msg("%s: ends %s", rows[i].what, at);
        if (!rows[i].infeasible)
            assert_null(strchr(at, 'a'));
        if (!rows[i].remark && p->remark_n)
            fail_msg("%s: %s", rows[i].what, remarks(p));
        expect_text(rows[i].what, remarks(p), rows[i].remark);
        plan_free(p);
        plan_cluster_free(c);
    }
    topo_free(map);
}

/* --- reasons ------------------------------------------------------------- */

static void test_reasons(void **state)
{
    static const struct {
        const char *what;
        struct setup u;
        uint32_t drain; /* the first so many hosts; 0: migrate x instead */
        enum plan_rule rule;
        const char *text;
    } rows[] = {
        { "the only host",
          { .hosts = 1, .guest = { { .name = "x", .host = "a" } } },
          1,
          PLAN_DRAIN,
          "a is the only host" },
        { "all hosts",
          { .hosts = 3, .guest = { { .name = "x", .host = "a" } } },
          3,
          PLAN_DRAIN,
          "all 3 hosts are to be emptied" },
        { "the rest is not up",
          { .hosts = 3,
            .state = { PLAN_UP, PLAN_UP, PLAN_OFFLINE },
            .guest = { { .name = "x", .host = "a" } } },
          2,
          PLAN_STATE,
          "c for one: it is offline" },
        { "an offline source",
          { .state = { PLAN_OFFLINE, PLAN_UP, PLAN_MAINTENANCE },
            .guest = { { .name = "x", .host = "a" } } },
          0,
          PLAN_STATE,
          "x cannot leave a: it is offline" },
        { "no other host",
          { .hosts = 1, .guest = { { .name = "x", .host = "a" } } },
          0,
          PLAN_PATH,
          "there is no other host" },
        { "the same name",
          { .hosts = 2,
            .guest = { { .name = "x", .host = "a" },
                       { .name = "x", .host = "b" } } },
          1,
          PLAN_NAME,
          "runs another guest of its name" },
        { "racks",
          { .guest = { { "x", "a", RACKS("g") },
                       { "y", "b", RACKS("g") },
                       { "z", "c", RACKS("g") } } },
          1,
          PLAN_APART_RACKS,
          "share no rack" },
        { "no host may have it",
          { .guest = { { "x", "a", .only = { "a" } } } },
          1,
          PLAN_ONLY,
          "the guest may only be on a" },
        { "a pinned mate",
          { .guest = { { "x", "a", TOGETHER("p") },
                       { "y", "a", TOGETHER("p"), .pinned = "why" } } },
          0,
          PLAN_TOGETHER,
          "y, which it has to stay with (group p), cannot leave: the guest is "
          "pinned to its host: why" },
        { "a contradiction",
          { .guest = { { "x", "a", APART("g"), TOGETHER("p") },
                       { "y", "a", APART("g"), TOGETHER("p") } } },
          0,
          PLAN_TOGETHER,
          "x and y are to be apart (group g) and together (group p)" },
        /* a search for a tight fit keeps groups, too */
        { "room for both on one host, whose rack one of them may be in",
          { .mib = { 1000, 50, 1000, 50 },
            .guest = { { "x", "a", .mib = 300, RACKS("g") },
                       { "y", "a", .mib = 300, RACKS("g") } } },
          1,
          PLAN_APART_RACKS,
          "the rack of each host with room for it" },
        { "room for both in one rack",
          { .mib = { 1000, 50, 400, 400 },
            .guest = { { "x", "a", .mib = 300, RACKS("g") },
                       { "y", "a", .mib = 300, RACKS("g") } } },
          1,
          PLAN_APART_RACKS,
          "the rack of each host with room for it" },
    };
    static const uint32_t first[] = { 0, 1, 2, 3 };
    struct topo *map = map_of();

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct plan_cluster *c = cluster_of(map, &rows[i].u);
        struct plan *p;

        assert_int_equal(rows[i].drain
                             ? plan_drain(c, first, rows[i].drain, &p)
                             : plan_migrate(c, 0, PLAN_NONE, &p),
                         0);
        if (!p->infeasible || p->rule != rows[i].rule)
            fail_msg("%s: %s: %s", rows[i].what,
                     p->infeasible ? plan_rule_name(p->rule) : "none",
                     p->text);
        expect_text(rows[i].what, p->text, rows[i].text);
        plan_free(p);
        plan_cluster_free(c);
    }
    topo_free(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_level),          cmocka_unit_test(test_limits),
        cmocka_unit_test(test_contradictions), cmocka_unit_test(test_soft),
        cmocka_unit_test(test_reasons),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
